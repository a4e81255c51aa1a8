import { describe, expect, test } from "vitest";
import type { TrailField } from "../../shared/audit/audited-account.ts";
import { logsWrites } from "../../shared/audit/trails.ts";

const management = { field: "eventCategory", equals: ["Management"], notEquals: [], other: false };

function selector(...fields: readonly Partial<TrailField>[]): readonly TrailField[] {
  const empty = { field: "", equals: [], notEquals: [], other: false };
  return [management, ...fields.map((field) => ({ ...empty, ...field }))];
}

describe("advanced selectors of a trail take the writes that the watch needs", () => {
  test.each<[string, boolean, readonly TrailField[]]>([
    ["all management events", true, selector()],
    ["writes", true, selector({ field: "readOnly", equals: ["false"] })],
    ["reads", false, selector({ field: "readOnly", equals: ["true"] })],
    ["data events", false, [{ ...management, equals: ["Data"] }]],
    ["all but KMS", true, selector({ field: "eventSource", notEquals: ["kms.amazonaws.com"] })],
    ["all but IAM", false, selector({ field: "eventSource", notEquals: ["iam.amazonaws.com"] })],
    ["one source", false, selector({ field: "eventSource", equals: ["iam.amazonaws.com"] })],
    ["one call", false, selector({ field: "eventName", equals: ["CreateRole"] })],
    ["some callers", false, selector({ field: "userIdentity.arn", other: true })],
    ["nothing that is named", false, []],
  ])("%s: %s", (_, takes, fields) => {
    expect(logsWrites({ basic: [], advanced: [fields] })).toBe(takes);
  });

  test("one of several is enough, and basic ones beside them count for nothing", () => {
    const reads = selector({ field: "readOnly", equals: ["true"] });
    const basic = [{ management: true, readWrite: "All" }];
    expect(logsWrites({ basic, advanced: [reads] })).toBe(false);
    expect(logsWrites({ basic: [], advanced: [reads, selector()] })).toBe(true);
  });

  test("a trail without selectors logs every management event", () => {
    expect(logsWrites({ basic: [], advanced: [] })).toBe(true);
  });
});
