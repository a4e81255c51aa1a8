import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concerns, type Wake, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, sampleNames, withDetail } from "./sample.ts";

const prefix = "/oidc-reconciler";

function lookedAt(event: unknown): Wake["looksAt"] | null {
  const wake = wakeOf(event, prefix);
  return wake.kind === "refused" ? null : wake.looksAt;
}

const oddValues: readonly unknown[] = [
  undefined,
  null,
  0,
  true,
  "",
  "x",
  "x\n",
  [],
  {},
  { length: 1 },
  JSON.parse('{"__proto__": {"roleName": "CircleCI-OIDC-Role"}}'),
  Array.from({ length: 100_000 }, () => "x"),
];

describe("a hostile event is harmless:", () => {
  test("any member of any event missing or of another type neither throws nor forces", () => {
    for (const name of sampleNames) {
      const event = sampleEvent(name);
      for (const odd of oddValues) {
        for (const key of Object.keys(event)) {
          const wake = wakeOf({ ...event, [key]: odd }, prefix);
          if (wake.kind === "wake") expect([wake.force, wake.dryRun]).toEqual([false, false]);
        }
        for (const key of Object.keys(event.detail)) {
          const wake = wakeOf(withDetail(event, { [key]: odd }), prefix);
          expect(wake).toMatchObject({ kind: "wake", force: false, dryRun: false });
        }
      }
    }
  });

  test("what its prototype would hold is absent", () => {
    const inherited = Object.create({ roleName: "CircleCI-OIDC-Role" });
    const event = withDetail(sampleEvent("iam-update-trust"), { requestParameters: inherited });
    expect(lookedAt(event)).toMatchObject({ kind: "nothing" });
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const call = withDetail(sampleEvent("iam-update-trust"), { eventName: name });
      expect(lookedAt(call)).toMatchObject({ kind: "nothing" });
      const source = { ...sampleEvent("ecr-create-repository"), source: `aws.${name}` };
      expect(lookedAt(withDetail(source, { eventSource: `${name}.amazonaws.com` }))).toMatchObject({
        kind: "nothing",
      });
    }
  });

  test("a source of one's own cannot pass for AWS", () => {
    for (const source of ["my.aws.iam", "AWS.iam", " aws.iam", "oidc-reconciler"]) {
      expect(lookedAt({ ...sampleEvent("iam-update-trust"), source })).toMatchObject({
        kind: "nothing",
      });
    }
  });

  test("a record of one service under another's name looks where the record says", () => {
    const event = { ...sampleEvent("iam-update-trust"), source: "aws.ssm" };
    expect(lookedAt(event)).toMatchObject({ kind: "role" });
  });

  test("an event of another account concerns no environment of this one", () => {
    const account = { id: "210987654321" };
    for (const name of sampleNames) {
      const wake = wakeOf(sampleEvent(name), prefix);
      if (wake.kind === "refused" || wake.looksAt.kind === "every") continue;
      expect(concerns(wake, { name: "production", account, document: null }), name).toBe(false);
    }
  });

  test("anything at all is a wake or a refusal with a sentence", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (event) => {
        const wake = wakeOf(event, prefix);
        if (wake.kind === "refused") expect(wake.error.message).toMatch(/\.$/);
        else expect(wake.looksAt.kind).toBeTypeOf("string");
      }),
      { numRuns: 2_000, seed: 20_261_122 },
    );
  });
});
