import { describe, expect, test } from "vitest";
import { resolveTargets } from "../../shared/plan/resolve.ts";
import { kindNames } from "../../shared/targets/index.ts";
import { account, all, documentNaming, naming, policyOf, unread } from "../plan/targets.ts";

describe("a target whose look has not ended", () => {
  const { targets, missing } = resolveTargets({
    deploy: documentNaming(naming).deploy,
    observed: unread,
    remembered: null,
    inForce: policyOf(all),
    account,
  });

  test.each(kindNames)("of %s keeps what the policy in force grants, without a memory", (kind) => {
    expect(targets[kind]).not.toEqual([]);
  });

  test("counts as unreadable, never as one that does not exist", () => {
    expect(new Set(missing.map(({ why }) => why))).toEqual(new Set(["unreadable"]));
  });
});
