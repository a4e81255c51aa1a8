import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { type Grant, grantsBeyond, undecidedOf } from "../../shared/compare/index.ts";

const actions = ["ecr:PutImage", "ecr:BatchGetImage", "s3:GetObject"];
const resources = ["arn:aws:ecr:us-east-1:123456789012:repository/a", "arn:aws:s3:::b"];

const text = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (...Action: readonly string[]) => ({ Effect: "Allow", Action, Resource: "*" });
const deny = (...Action: readonly string[]) => ({ ...allow(...Action), Effect: "Deny" });
const grant = (policy: string, boundary: string | null = null): Grant => {
  return { policies: [policy], boundary };
};

type Request = { readonly action: string; readonly resource: string };

/** A second opinion: every document evaluated by itself. */
function grants({ policies, boundary }: Grant, request: Request): boolean {
  const passes = (texts: readonly string[]) =>
    evaluateAccess(
      texts.map((each): unknown => JSON.parse(each)),
      { ...request, context: new Map() },
    ).decision === "allow";
  return passes(policies) && (boundary === null || passes([boundary]));
}

describe("a grant within a boundary", () => {
  const all = text(allow("*"));

  test.each([
    ["is what both allow", grant(all, text(allow("s3:*"))), [grant(text(allow("s3:*")))], false],
    ["is less than the policy alone", grant(all), [grant(all, text(allow("s3:*")))], true],
    [
      "leaves out what the boundary denies",
      grant(all, text(allow("*"), deny("s3:*"))),
      [grant(text({ ...allow(), Action: undefined, NotAction: "s3:*" }))],
      false,
    ],
    [
      "may lie within two others together",
      grant(all, text(allow("s3:*", "ecr:*"))),
      [grant(text(allow("s3:*"))), grant(all, text(allow("ecr:*")))],
      false,
    ],
    ["lies within nothing where nothing is known", grant(all), [], true],
  ])("%s", (_, granted, known, beyond) => {
    expect(grantsBeyond({ granted, known }).kind).toBe(beyond ? "proved" : "disproved");
  });

  test.each([
    ["granted[0]", grant("{"), [grant(all)]],
    ["granted.boundary", grant(all, "{"), [grant(all)]],
    ["known[0][0]", grant(all, text(allow("s3:*"))), [grant("{")]],
    ["known[1].boundary", grant(all), [grant(text(allow("s3:*"))), grant(all, "{")]],
  ])("is not decided where %s is not a document", (where, granted, known) => {
    const found = grantsBeyond({ granted, known });
    expect(found).toMatchObject({ kind: "open", possible: null });
    expect(undecidedOf(found)).toMatchObject([{ code: "not-json", where }]);
  });

  test("is the same as itself, whether it can be read or not", () => {
    expect(grantsBeyond({ granted: grant("{"), known: [grant("{")] }).kind).toBe("disproved");
  });
});

const statement = fc
  .record({
    Effect: fc.constantFrom("Allow", "Allow", "Deny"),
    Action: fc.subarray([...actions, "s3:*"], { minLength: 1 }),
    Resource: fc.constantFrom("*", ...resources),
  })
  .map((each): object => each);
const document = fc.array(statement, { minLength: 1, maxLength: 3 }).map((all) => text(...all));
const anyGrant = fc.record({
  policies: fc.array(document, { maxLength: 2 }),
  boundary: fc.option(document),
});

test("the answer is that of a plain evaluation, for any policies and boundaries", () => {
  fc.assert(
    fc.property(anyGrant, fc.array(anyGrant, { maxLength: 2 }), (granted, known) => {
      const found = grantsBeyond({ granted, known });
      const isBeyond = (request: Request) =>
        grants(granted, request) && !known.some((each) => grants(each, request));
      const requests = actions.flatMap((action) =>
        resources.map((resource) => ({ action, resource })),
      );
      if (found.kind === "disproved") expect(requests.filter(isBeyond)).toEqual([]);
      else expect(found.kind === "proved" && isBeyond(found.witness)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
