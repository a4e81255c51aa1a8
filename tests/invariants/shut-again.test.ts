import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guideAs, guideWith, policyName } from "../scenarios/documents.ts";
import { expectIdle, schedule } from "../scenarios/harness.ts";
import { kindsOf } from "../scenarios/holds.ts";
import { anybody } from "./policies.ts";

import {
  administrator,
  batchOf,
  calls,
  everything,
  expectShut,
  openAndShut,
  policy,
  provider,
  role,
  trustOf,
  watched,
  withoutHistory,
} from "./shut.ts";

describe("what was opened and put back before a run looked", () => {
  test.each(calls)("%s is reported with both sides of it", async (name, kind, open, shut) => {
    const account = await watched();
    await open(account);
    const opened = account.eventOf(name);
    account.pass(20_000);
    await shut(account);
    const run = await account.run(opened);
    expect(kindsOf(run)).toContain(kind);
    expect(run.report.alerts[0]?.text).toMatch(
      /It was put back by \S+user\/\S+ at \S+Z\. It was open for 20 s\./,
    );
  });

  test("a trust policy is reported once, by one event or both, and never again", async () => {
    const account = await watched();
    const events = await openAndShut(account);
    const run = await account.run(batchOf(events));
    expectShut(run, "trust-widened");
    expect(run.report.alerts[0]?.text).toContain("It was open for 30 s.");
    for (const event of [...events, batchOf(events), undefined])
      expectIdle(await account.run(event));
    account.pass(3 * 3_600_000);
    await account.run();
    expectIdle(await account.run(events[0]));
  });

  test("where the schedule is slow, it is known for as long as its event counts", async () => {
    const account = await watched();
    account.variables.set("OIDC_SCHEDULE_MINUTES", "60");
    const events = await openAndShut(account);
    expectShut(await account.run(batchOf(events)), "trust-widened");
    account.pass(150 * 60_000);
    await account.run();
    expectIdle(await account.run(batchOf(events)));
  });

  test("a boundary that was off for a time counts too", async () => {
    const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const account = await watched(guideWith({ role: { permissionsBoundary: boundary } }));
    await account.iam.send(new DeleteRolePermissionsBoundaryCommand(role));
    const opened = account.eventOf("DeleteRolePermissionsBoundary");
    const back = { ...role, PermissionsBoundary: boundary };
    await account.iam.send(new PutRolePermissionsBoundaryCommand(back));
    const run = await account.run(opened);
    expectShut(run, "permissions-widened");
    expect(run.report.alerts[0]?.text).toContain("could perform ecr:PutImage");
  });

  test("where history shows nothing yet, it says so a minute later", async () => {
    const account = await watched();
    const [opened] = await openAndShut(account);
    withoutHistory(account);
    const run = await account.run(opened);
    expectShut(run, "trust-widened");
    expect(run.report.alerts[0]?.text).toContain("did not find it open");
  });

  test("an event beside the schedule's in one batch counts as well", async () => {
    const account = await watched();
    const events = await openAndShut(account);
    expectShut(await account.run(batchOf([schedule, ...events])), "trust-widened");
  });

  test("what was opened twice is reported by its own times", async () => {
    const account = await watched();
    const events = await openAndShut(account);
    account.pass(5_000);
    events.push(...(await openAndShut(account)));
    const { environment } = await account.run(batchOf(events));
    expect(new Set(environment.widenings.map(({ openedAt }) => openedAt)).size).toBe(2);
    expectIdle(await account.run(batchOf(events)));
  });

  test("an inline policy was more than it is now", async () => {
    const account = await watched();
    const token = { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" };
    const little = JSON.stringify({ Version: "2012-10-17", Statement: [token] });
    const events: unknown[] = [];
    for (const PolicyDocument of [everything, little]) {
      const inline = { ...role, PolicyName: "x", PolicyDocument };
      await account.iam.send(new PutRolePolicyCommand(inline));
      events.push(account.eventOf("PutRolePolicy"));
      account.pass(3_000);
    }
    const run = await account.run(batchOf(events));
    expect(kindsOf(run).toSorted()).toEqual(["drift-corrected", "permissions-widened"]);
  });

  test.each([
    { now: "there", isDeleted: false, says: "could perform" },
    { now: "deleted", isDeleted: true, says: "obody can read any more what version v2 granted" },
  ])("a version was the default for a time, and is $now", async ({ isDeleted, says }) => {
    const account = await watched();
    const { iam } = account;
    await iam.send(new CreatePolicyVersionCommand({ ...policy, PolicyDocument: everything }));
    const events = [account.eventOf("CreatePolicyVersion")];
    for (const VersionId of ["v2", "v1"]) {
      account.pass(3_000);
      await iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId }));
      events.push(account.eventOf("SetDefaultPolicyVersion"));
    }
    if (isDeleted) await iam.send(new DeletePolicyVersionCommand({ ...policy, VersionId: "v2" }));
    const run = await account.run(batchOf(events));
    const [alert] = run.report.alerts;
    expect(alert).toMatchObject({ kind: "permissions-widened", severity: "critical" });
    expect(alert?.text).toContain(says);
  });

  test("a role that was re-created let others in at first", async () => {
    const account = await watched();
    const { iam } = account;
    const { Role: before } = await iam.send(new GetRoleCommand(role));
    const trust = await trustOf(account);
    await iam.send(new DetachRolePolicyCommand({ ...role, ...policy }));
    await iam.send(new DeleteRoleCommand(role));
    const AssumeRolePolicyDocument = anybody;
    await iam.send(
      new CreateRoleCommand({
        ...role,
        AssumeRolePolicyDocument,
        Path: before?.Path,
        Description: before?.Description,
        MaxSessionDuration: before?.MaxSessionDuration,
        Tags: before?.Tags,
      }),
    );
    const made = account.eventOf("CreateRole");
    account.pass(30_000);
    await iam.send(new AttachRolePolicyCommand({ ...role, ...policy }));
    await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: trust }));
    expectShut(await account.run(made), "trust-widened");
  });

  test("a policy that was re-created granted more at first", async () => {
    const account = await watched();
    const { iam } = account;
    const { Policy: before } = await iam.send(new GetPolicyCommand(policy));
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ ...policy, VersionId: before?.DefaultVersionId }),
    );
    await iam.send(new DetachRolePolicyCommand({ ...role, ...policy }));
    await iam.send(new DeletePolicyCommand(policy));
    await iam.send(
      new CreatePolicyCommand({
        PolicyName: policyName,
        PolicyDocument: everything,
        Description: before?.Description,
        Tags: before?.Tags,
      }),
    );
    const made = account.eventOf("CreatePolicy");
    await iam.send(new AttachRolePolicyCommand({ ...role, ...policy }));
    account.pass(30_000);
    await iam.send(
      new CreatePolicyVersionCommand({
        ...policy,
        PolicyDocument: decodeURIComponent(PolicyVersion?.Document ?? ""),
        SetAsDefault: true,
      }),
    );
    await iam.send(new DeletePolicyVersionCommand({ ...policy, VersionId: "v1" }));
    expectShut(await account.run(made), "permissions-widened");
  });

  test.each([undefined, "{", "null"])(
    "a record that has %j as the policy stops no run",
    async (policyDocument) => {
      const account = await watched();
      const { iam } = account;
      const events: unknown[] = [];
      const spoil = (name: string) => {
        const { detail, ...event } = account.eventOf(name);
        const { requestParameters, ...record } = detail;
        const parameters = { ...Object(requestParameters), policyDocument };
        events.push({ ...event, detail: { ...record, requestParameters: parameters } });
      };
      await openAndShut(account);
      spoil("UpdateAssumeRolePolicy");
      const inline = { ...role, PolicyName: "x", PolicyDocument: everything };
      await iam.send(new PutRolePolicyCommand(inline));
      spoil("PutRolePolicy");
      await iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: "x" }));
      const next = { ...policy, PolicyDocument: everything, SetAsDefault: true };
      await iam.send(new CreatePolicyVersionCommand(next));
      spoil("CreatePolicyVersion");
      await iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId: "v1" }));
      await iam.send(new DeletePolicyVersionCommand({ ...policy, VersionId: "v2" }));
      const run = await account.run(batchOf(events));
      expect(run.iamWrites).toEqual([]);
      expect(run.environment.outcome).toBe("in-sync");
    },
  );

  test("what else is corrected at once hides nothing", async () => {
    const account = await watched();
    await account.iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "noise", Value: "1" }] }));
    const [opened, shut] = await openAndShut(account);
    withoutHistory(account);
    const run = await account.run(opened);
    expect(kindsOf(run).toSorted()).toEqual(["drift-corrected", "trust-widened"]);
    expect(run.report.errors).toEqual([]);
    for (const event of [shut, opened, undefined]) expectIdle(await account.run(event));
  });

  test("what a run corrected after it hides nothing", async () => {
    const account = await watched();
    const deny = { Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" };
    const nobody = JSON.stringify({ Version: "2012-10-17", Statement: [deny] });
    const events: unknown[] = [];
    for (const PolicyDocument of [anybody, nobody]) {
      await account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
      events.push(account.eventOf("UpdateAssumeRolePolicy"));
      account.pass(5_000);
    }
    const [opened, narrowed] = events;
    account.pass(120_000);
    expect(kindsOf(await account.run(narrowed))).toEqual(["drift-corrected"]);
    expectShut(await account.run(opened), "trust-widened");
  });

  test("what observe has found since hides nothing", async () => {
    const account = await watched();
    await account.put(guideWith({ mode: "observe" }));
    await account.run();
    account.pass(60_000);
    const events: unknown[] = [];
    const admin = { ...role, PolicyArn: administrator };
    await account.iam.send(new AttachRolePolicyCommand(admin));
    events.push(account.eventOf("AttachRolePolicy"));
    account.pass(30_000);
    await account.iam.send(new DetachRolePolicyCommand(admin));
    events.push(account.eventOf("DetachRolePolicy"));
    await account.iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "noise", Value: "1" }] }));
    account.pass(30_000);
    await account.run(account.eventOf("TagRole"));
    const { report } = await account.run(batchOf(events));
    expect(report.alerts).toMatchObject([{ kind: "permissions-widened" }]);
  });

  test("an audience is in the report of one of those that share the provider", async () => {
    const account = await watched();
    await account.put(guideAs("staging"), "staging");
    await account.invoke();
    account.pass(120_000);
    const audience = { ...provider, ClientID: "x" };
    await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience));
    const opened = account.eventOf("AddClientIDToOpenIDConnectProvider");
    account.pass(20_000);
    await account.iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(audience));
    const run = await account.invoke(opened);
    const alerts = run.kind === "returned" ? run.run.report.alerts : [];
    expect(alerts).toMatchObject([{ kind: "audience-widened" }]);
  });
});
