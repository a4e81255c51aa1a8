import { describe, expect, test } from "vitest";
import type { HeldPolicy } from "../../shared/takeover/role.ts";
import { guidePolicy } from "./published.ts";
import {
  condition,
  inline,
  jobs,
  managed,
  now,
  policyText,
  shop,
  take,
  takeWith,
} from "./taking.ts";

const deny = { Effect: "Deny", Action: "ecr:PutImage", Resource: "*" };

/** A statement that refuses sessions which began before some time, as the console writes it. */
const revoked = (at: string) => ({
  ...deny,
  Condition: { DateLessThan: { "aws:TokenIssueTime": at } },
});

/** What is said of policies beside the one that is kept. */
function notesFor(...policies: readonly HeldPolicy[]): readonly string[] {
  const trust = policyText(jobs(condition(null)));
  return take({ trust, policies: [managed(guidePolicy), ...policies] }).notes;
}

describe("what becomes of a policy of the role", () => {
  test("that allows: it moves", () => {
    const [note] = notesFor(inline("more", guidePolicy));
    expect(note).toMatch(
      /^inline policy more is deleted .* what it carries over goes into deploy$/,
    );
  });

  test.each([
    ["inline", inline("no", policyText(deny)), /^inline policy no only denies: .* is deleted from/],
    [
      "attached",
      managed(policyText(deny), { name: "no", obstacle: "is attached to 2 more" }),
      /^policy no only denies: .* is detached from deploy/,
    ],
  ])("that only denies, %s: it stays for a while, and nothing moves", (_kind, policy, says) => {
    const [note, ...others] = notesFor(policy);
    expect(note).toMatch(says);
    expect(note).toContain("it stays for 12 hours from the first run that applies the document");
    expect(note).toContain("is reported as sessions-revoked");
    expect(note).not.toContain("carries over");
    expect(others).toEqual([]);
  });

  test("that refuses earlier sessions: it stays until they have ended", () => {
    const at = new Date(now.getTime() - 3_600_000).toISOString();
    const until = new Date(now.getTime() + 11 * 3_600_000).toISOString();
    expect(notesFor(inline("no", policyText(revoked(at))))[0]).toContain(
      `it stays until ${until},`,
    );
    const [soon] = notesFor(inline("no", policyText(revoked("2099-01-01T00:00:00Z"))));
    expect(soon).toContain("it stays for 12 hours from the first run");
    const [over] = notesFor(inline("no", policyText(revoked("2020-01-01T00:00:00Z"))));
    expect(over).toMatch(/only denies, and is deleted from deploy by the first run/);
  });
});

test("a Deny over what the document grants is not said to be outside of it", () => {
  const given = {
    trust: policyText(jobs(condition(null))),
    policies: [managed(guidePolicy), inline("no", policyText(deny))],
  };
  const says = (taken: ReturnType<typeof take>) =>
    taken.notCarried.find((each) => each.includes("is a Deny"));
  expect(says(take(given))).toMatch(/what it denies, the document does not grant$/);
  expect(says(takeWith(given, [{ id: shop }], { ecr: ["shop/web"] }))).toMatch(
    /it may deny something that the document grants$/,
  );
});
