import { describe, expect, test } from "vitest";
import { wakeOf } from "../../shared/wake/index.ts";

const prefix = "/oidc-reconciler";

describe("a payload by hand", () => {
  test.each([
    ["empty", {}, { scopes: [{ kind: "every" }], dryRun: false, force: false }],
    ["absent", undefined, { scopes: [{ kind: "every" }], dryRun: false, force: false }],
    ["null", null, { scopes: [{ kind: "every" }], dryRun: false, force: false }],
    ["a dry run", { dryRun: true }, { scopes: [{ kind: "every" }], dryRun: true }],
    ["forced", { force: true, dryRun: false }, { force: true, dryRun: false }],
    [
      "of two names, one of them twice",
      { environments: ["staging", "production", "staging"] },
      { scopes: [{ kind: "named", environments: ["staging", "production"] }] },
    ],
    [
      "of names that objects have members for",
      { environments: ["__proto__", "constructor"] },
      { scopes: [{ kind: "named", environments: ["__proto__", "constructor"] }] },
    ],
  ])("is taken when it is %s", (_, payload, wake) => {
    expect(wakeOf(payload, prefix)).toMatchObject({
      kind: "wake",
      trigger: "manual",
      source: "hand",
      calls: [],
      ignored: null,
      ...wake,
    });
  });

  test.each([
    ["a text", "production", "wrong-type", '"production"'],
    ["a list", ["production"], "wrong-type", "a list"],
    ["a number", 7, "wrong-type", "7"],
    ["misspelt", { dryrun: true }, "unknown-field", '"dryrun"'],
    ["a batch and a payload at once", { Records: [], dryRun: true }, "unknown-field", '"Records"'],
    ["a batch that is not a list", { Records: 7 }, "unknown-field", '"Records"'],
    ["of a prototype", JSON.parse('{"__proto__": {"dryRun": true}}'), "unknown-field", "__proto__"],
    ["dry by a text", { dryRun: "true" }, "wrong-type", '"dryRun"'],
    ["dry by null", { dryRun: null }, "wrong-type", '"dryRun"'],
    ["forced by a number", { force: 1 }, "wrong-type", '"force"'],
    ["of one bare name", { environments: "production" }, "wrong-type", '"environments"'],
    ["of no name", { environments: [] }, "no-environment", "leave it out"],
    ["of a name with a slash", { environments: ["a", "a/b"] }, "bad-environment-name", "[1]"],
    ["of an empty name", { environments: [""] }, "bad-environment-name", "[0]"],
    ["of a long name", { environments: ["a".repeat(65)] }, "bad-environment-name", "64"],
    ["of a number", { environments: [1] }, "bad-environment-name", "[0]"],
    [
      "of endless names",
      { environments: Array.from({ length: 1_000_000 }, () => "a") },
      "too-many-environments",
      "1000",
    ],
  ])("is refused when it is %s", (_, payload, code, said) => {
    const wake = wakeOf(payload, prefix);
    if (wake.kind !== "refused") throw new Error("must be refused");
    expect(wake.error.code).toBe(code);
    expect(wake.error.message).toContain(said);
    // What is allowed follows what is wrong.
    expect(wake.error.message).toContain('"environments" (names), "dryRun" and "force"');
    expect(wake.error.message.length).toBeLessThan(400);
  });

  test("cannot dress as an event to force a run", () => {
    const dressed = { source: "aws.events", "detail-type": "Scheduled Event", force: true };
    expect(wakeOf(dressed, prefix)).toMatchObject({ trigger: "schedule", force: false });
  });
});
