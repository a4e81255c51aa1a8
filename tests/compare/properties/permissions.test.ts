import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { permissionAnswer } from "../answers.ts";
import { blockOf, type ConditionAtom, familiesOf } from "./arbitraries.ts";
import { overlooked, proves } from "./permission-requests.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? "300");
const seed = Number(process.env["PROPERTY_SEED"] ?? "20261123");
const timeout = runs > 1000 ? 24 * 3_600_000 : 60_000;

const actions = [
  ...["*", "s3:*", "s3:Get*", "s3:GetObject", "S3:getobject", "s3:*Object", "s3:???Object"],
  ...["ecr:*", "ecr:PutImage", "s3:PutObject", "*:PutObject"],
];
const resources = [
  ...["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a", "arn:aws:s3:::*", "arn:aws:s3:::b/a*"],
  ...["arn:aws:s3:::?/a", "arn:aws:ecr:*:repository/x", "arn:aws:ecr:us-east-1:1:repository/x"],
  ...["arn:aws:s3:::b/${*}", "arn:aws:s3:::*a"],
];

const listFrom = (items: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...items),
    fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: 3 }),
  );

const oneInSix = fc.integer({ min: 0, max: 5 }).map((number) => number === 0);

function statementWith(atom: fc.Arbitrary<ConditionAtom>) {
  return fc
    .record({
      effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
      action: listFrom(actions),
      notAction: oneInSix,
      resource: listFrom(resources),
      notResource: oneInSix,
      atoms: fc.array(atom, { maxLength: 2 }),
    })
    .map((parts) => ({
      Effect: parts.effect,
      [parts.notAction ? "NotAction" : "Action"]: parts.action,
      [parts.notResource ? "NotResource" : "Resource"]: parts.resource,
      ...(parts.atoms.length === 0 ? {} : { Condition: blockOf(parts.atoms) }),
    }));
}

/** Two sets of policies that share most of their statements. */
const pair = familiesOf().chain((atom) => {
  const statement = statementWith(atom);
  const document = (statements: readonly object[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return fc
    .record({
      shared: fc.array(statement, { maxLength: 2 }),
      before: fc.array(statement, { maxLength: 1 }),
      after: fc.array(statement, { maxLength: 1 }),
    })
    .map(({ shared, before, after }) => ({
      before: [shared, before].filter((part) => part.length > 0).map(document),
      after: [[...after, ...shared]].filter((part) => part.length > 0).map(document),
    }));
});

describe("a comparison of permissions", () => {
  it(
    "is proved by its witnesses and overlooks no request",
    () => {
      fc.assert(
        fc.property(pair, (given) => {
          const answer = permissionAnswer(given);
          if (answer.kind === "refused") throw new Error(JSON.stringify(answer.error));
          const note = JSON.stringify(given);
          for (const [is, witness, sides] of [
            [answer.widens, answer.admitted, { allows: given.after, refuses: given.before }],
            [answer.narrows, answer.dropped, { allows: given.before, refuses: given.after }],
          ] as const) {
            expect(is === true, note).toBe(witness !== null);
            if (witness !== null) {
              const context = new Map(Object.entries(witness.context));
              const request = { ...witness, context };
              expect(proves(sides, request), `${JSON.stringify(witness)} ${note}`).toBe(true);
              expect(`${witness.action} ${witness.resource}`).not.toMatch(/[?]/);
            }
            if (is === false) expect(overlooked(sides), note).toBeNull();
            if (is === null) {
              const codes = answer.undecided.map(({ code }) => code);
              expect(codes, note).toContain("unclear-absence");
            }
          }
        }),
        { numRuns: runs, seed },
      );
    },
    timeout,
  );

  it("with no policy at all widens by whatever is granted", () => {
    const document = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    });
    const granted = permissionAnswer({ before: [], after: [document] });
    expect(granted).toMatchObject({ verdict: "widened", admitted: { action: "s3:GetObject" } });
    expect(permissionAnswer({ before: [], after: [] })).toMatchObject({ verdict: "equivalent" });
  });

  it("of a wildcard resource against the ARN that it replaced shows another resource", () => {
    const grant = (resource: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "ecr:PutImage", Resource: resource },
      });
    const before = [grant("arn:aws:ecr:us-east-1:123456789012:repository/demo-backend")];
    const answer = permissionAnswer({ before, after: [grant("*")] });
    expect(answer).toMatchObject({ verdict: "widened", widens: true, narrows: false });
  });
});
