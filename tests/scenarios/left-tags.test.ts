import { DetachRolePolicyCommand, TagRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { isOwn } from "../invariants/telling.ts";
import { setTrust } from "./by-hand.ts";
import { guideWith, policyName, roleName, shopMain, shopMainAndDev } from "./documents.ts";
import { type Run, type Scenario, startScenario } from "./harness.ts";
import { stoppedAt } from "./stopped.ts";

const PolicyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
const onWiden = "apply";
const setting = guideWith({ onWiden, role: { name: roleName, tags: { Team: "platform" } } });
const leaving = guideWith({ onWiden, role: { name: roleName, ignoreTags: ["team"] } });

/** In force with a tag, and about to leave that tag to others. */
async function tagged(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(setting);
  await account.run();
  await account.put(leaving);
  return account;
}

const tag = ({ iam }: Scenario, Value: string) =>
  iam.send(new TagRoleCommand({ RoleName: roleName, Tags: [{ Key: "Team", Value }] }));
const teamOf = async (account: Scenario) => (await account.state()).roles[roleName]?.tags["Team"];
const appliedIn = ({ environment }: Run) => environment.appliedVersion;

function refuse({ sandbox }: Scenario, error: string): void {
  sandbox.faults.add({
    at: "before",
    how: { error, httpStatus: error === "AccessDenied" ? 403 : 400 },
    when: (call) => isOwn(call) && call.operation === "UntagRole",
  });
}

describe("a tag that a version set, and the next one leaves to others,", () => {
  test("is taken off first, and stays once others set it, with the same value too", async () => {
    const account = await tagged();
    const edit = await account.run();
    expect([edit.iamWrites, appliedIn(edit)]).toEqual([["UntagRole"], 2]);
    await tag(account, "platform");
    const { iamWrites, report } = await account.run();
    expect([iamWrites, report.alerts, await teamOf(account)]).toEqual([[], [], "platform"]);
  });

  test("is nobody's to take off where somebody has set another value by then", async () => {
    const account = await tagged();
    await tag(account, "admins");
    expect((await account.run()).iamWrites).toEqual([]);
    expect(await teamOf(account)).toBe("admins");
  });

  test("is taken off by the run after one that was stopped before it", async () => {
    const account = await tagged();
    await stoppedAt(account, "before", ({ operation }) => operation === "UntagRole");
    const { iamWrites } = await account.run();
    expect([iamWrites, await teamOf(account)]).toEqual([["UntagRole"], undefined]);
  });

  test("waits for a call that is throttled, and so does the version", async () => {
    const account = await tagged();
    refuse(account, "Throttling");
    expect(appliedIn(await account.run())).toBe(1);
    account.sandbox.faults.clear();
    const next = await account.run();
    expect([next.iamWrites, appliedIn(next)]).toEqual([["UntagRole"], 2]);
    expect(await teamOf(account)).toBeUndefined();
  });

  test("stays as if others had set it where IAM refuses to take it off, which is reported once", async () => {
    const account = await tagged();
    refuse(account, "AccessDenied");
    const refused = await account.run();
    expect(appliedIn(refused)).toBe(2);
    expect(refused.report.alerts).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining("untag-role") }),
    );
    const later = [await account.run(), await account.run()];
    expect(later.flatMap(({ iamWrites }) => iamWrites)).toEqual([]);
    // The fault is over.
    const alerts = later.flatMap(({ report }) => report.alerts);
    expect(alerts.map(({ severity }) => severity)).toEqual(["info"]);
    expect(await teamOf(account)).toBe("platform");
  });

  test("waits for nothing that IAM refuses: what the version closes is closed for good", async () => {
    const account = await startScenario();
    const main = guideWith({ ...leaving, trust: { projects: [shopMain] } });
    await account.put({ ...setting, trust: { projects: [shopMainAndDev] } });
    await account.run();
    const { roles } = account.sandbox.directory();
    const wide = roles.get(roleName.toLowerCase())?.trust ?? "";
    await account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
    await account.put(main);
    account.sandbox.faults.add({
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
      when: (call) => isOwn(call) && call.operation === "AttachRolePolicy",
    });
    const edit = await account.run();
    expect(edit.iamWrites).toEqual(["UpdateAssumeRolePolicy", "AttachRolePolicy", "UntagRole"]);
    expect([appliedIn(edit), await teamOf(account)]).toEqual([2, undefined]);
    await setTrust(account, () => JSON.parse(wide));
    const kinds = (await account.run()).report.alerts.map(({ kind }) => kind);
    expect(kinds).toEqual(["trust-widened"]);
  });
});
