import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAffected, type Wake, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, sampleNames, withDetail } from "./sample.ts";

const prefix = "/oidc-reconciler";

function scopesOf(event: unknown): Wake["scopes"] | null {
  const wake = wakeOf(event, prefix);
  return wake.kind === "refused" ? null : wake.scopes;
}

const bodyOf = (name: string): string => JSON.stringify(sampleEvent(name));

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
    expect(scopesOf(event)).toEqual([]);
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const call = withDetail(sampleEvent("iam-update-trust"), { eventName: name });
      expect(scopesOf(call)).toEqual([]);
      const source = { ...sampleEvent("ecr-create-repository"), source: `aws.${name}` };
      expect(scopesOf(withDetail(source, { eventSource: `${name}.amazonaws.com` }))).toEqual([]);
    }
  });

  test("a source of one's own cannot pass for AWS", () => {
    for (const source of ["my.aws.iam", "AWS.iam", " aws.iam", "oidc-reconciler"]) {
      expect(scopesOf({ ...sampleEvent("iam-update-trust"), source })).toEqual([]);
    }
  });

  test("a record of one service under another's name looks where the record says", () => {
    const event = { ...sampleEvent("iam-update-trust"), source: "aws.ssm" };
    expect(scopesOf(event)).toMatchObject([{ kind: "role" }]);
  });

  test("an event of another account affects no environment of this one", () => {
    const account = { id: "210987654321" };
    const names = { roles: [], policies: [], organizations: [] };
    for (const name of sampleNames) {
      const wake = wakeOf(sampleEvent(name), prefix);
      if (wake.kind === "refused" || wake.trigger === "schedule") continue;
      expect(isAffected(wake, { name: "production", account, document: null, names }), name).toBe(
        false,
      );
    }
  });

  test("anything at all is a wake or a refusal with a sentence", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (event) => {
        const wake = wakeOf(event, prefix);
        if (wake.kind === "refused") expect(wake.error.message).toMatch(/\.$/);
        else expect(wake.ignored === null).toBe(wake.scopes.length + wake.writes.length > 0);
      }),
      { numRuns: 2_000, seed: 20_261_122 },
    );
  });

  test("so is anything at all as a batch or as a message of one, and it never forces", () => {
    const record = fc.oneof(
      fc.anything({ maxDepth: 3 }),
      fc.record({
        eventSource: fc.constant("aws:sqs"),
        messageId: fc.string(),
        body: fc.oneof(fc.json(), fc.string(), fc.constantFrom(...sampleNames).map(bodyOf)),
      }),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (Records) => {
        const wake = wakeOf({ Records }, prefix);
        if (wake.kind === "refused") throw new Error(wake.error.message);
        expect([wake.source, wake.force, wake.dryRun]).toEqual(["queue", false, false]);
        expect(wake.ignored === null).toBe(wake.scopes.length + wake.writes.length > 0);
        for (const { code, message } of wake.errors) {
          expect(code).toBe("BadMessage");
          expect(message).toMatch(/^.{10,200}\.$/);
        }
      }),
      { numRuns: 1_000, seed: 20_261_125 },
    );
  });
});
