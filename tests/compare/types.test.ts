import { describe, expect, test } from "vitest";
import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import { compareTrust, mayWiden } from "../../shared/compare/index.ts";
import { key, organization, statement } from "./documents.ts";

/**
 * An operator can ask for a type that no value of the key has. It then fits nobody, and hides nobody
 * else: neither as a Deny, nor beside an Allow.
 */

const project = "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee";
const jobs = (id: string) => `org/${organization}/project/${id}/user/*`;
const subject = `org/${organization}/project/${project}/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690`;

const provider = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const request = {
  principal: { type: "Federated", id: provider },
  action: "sts:AssumeRoleWithWebIdentity",
  context: new Map([
    [key("aud"), [organization]],
    [key("sub"), [subject]],
    ["sts:RoleSessionName", ["job"]],
    ["aws:UserAgent", ["me"]],
    ["aws:SourceIp", ["198.51.100.7"]],
  ]),
};

const text = (...statements: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const audience = { StringEquals: { [key("aud")]: organization } };
const before = statement({
  ...audience,
  StringLike: { [key("sub")]: jobs("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee") },
});
const evil = {
  ...audience,
  StringLike: {
    [key("sub")]: jobs(project),
    "sts:RoleSessionName": "job",
    "aws:UserAgent": "me",
  },
};

const typed = [
  ["ArnLike", "ArnNotLike", "arn:aws:s3:::x"],
  ["ArnEquals", "ArnNotEquals", "arn:*:*:*:*:*"],
  ["Bool", null, ["true", "false"]],
  ["NumericEquals", "NumericNotEquals", "5"],
  ["NumericLessThan", null, "5"],
  ["DateLessThan", "DateNotEquals", "2026-01-01T00:00:00Z"],
  ["IpAddress", "NotIpAddress", ["0.0.0.0/0", "::/0"]],
] as const;
const keys = [key("sub"), key("aud"), "sts:RoleSessionName", "aws:UserAgent"];
const cases = typed.flatMap(([positive, negative, value]) =>
  keys.map((name) => ({ positive, negative, value, name })),
);

/** Does the new policy admit the request, by the sandbox's evaluator, and not the old one? */
function isAdmitted(after: string): boolean {
  const now = evaluateTrust(JSON.parse(after), request).decision;
  const then = evaluateTrust(JSON.parse(text(before)), request).decision;
  return now === "allow" && then !== "allow";
}

describe("a value that is not of the type that an operator asks for", () => {
  test.each(cases)("is not hidden by a Deny: $positive of $name", ({ positive, value, name }) => {
    const deny = { ...statement({ [positive]: { [name]: value } }), Effect: "Deny" };
    const after = text(before, statement(evil), deny);
    expect(isAdmitted(after)).toBe(true);
    const { widening } = compareTrust({ before: [text(before)], after: [after] });
    expect(widening.kind).toBe("proved");
  });

  test.each(cases)("is not hidden by an Allow: $positive of $name", (given) => {
    const { positive, value, name } = given;
    const dead = statement({ ...audience, [positive]: { [name]: value } });
    const after = text(before, dead, statement(evil));
    expect(isAdmitted(after)).toBe(true);
    const { widening } = compareTrust({ before: [text(before)], after: [after] });
    expect(widening.kind).toBe("proved");
    // Nor is it taken for one that was let in before.
    const from = compareTrust({ before: [text(dead)], after: [text(statement(evil))] });
    expect(from.widening.kind).toBe("proved");
  });

  test.each(cases.filter(({ negative }) => negative !== null))(
    "is not hidden by a negation: $negative of $name",
    ({ negative, value, name }) => {
      const after = text(before, statement({ ...evil, [negative ?? ""]: { [name]: value } }));
      const { widening } = compareTrust({ before: [text(before)], after: [after] });
      // AWS does not say what the negation makes of it.
      expect(mayWiden(widening)).toBe(true);
    },
  );
});

test.each(["x:ssh-rerun", "aws:SecureTransport"])(
  "any other key has values of that type alone: %s",
  (name) => {
    const split = [
      statement({ Bool: { [name]: "true" } }),
      statement({ Bool: { [name]: "false" } }),
    ];
    const present = statement({ Null: { [name]: "false" } });
    const { widening, narrowing } = compareTrust({
      before: [text(...split)],
      after: [text(present)],
    });
    expect([widening.kind, narrowing.kind]).toEqual(["disproved", "disproved"]);
  },
);

test("an address has values of that type alone", () => {
  const address = { "aws:SourceIp": ["0.0.0.0/0", "::/0"] };
  const deny = { ...statement({ IpAddress: address }), Effect: "Deny" };
  const here = { ...evil, Null: { "aws:SourceIp": "false" } };
  const { widening } = compareTrust({
    before: [text(before)],
    after: [text(before, statement(here), deny)],
  });
  expect(widening.kind).toBe("disproved");
});
