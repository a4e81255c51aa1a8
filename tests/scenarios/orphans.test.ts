import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { DeleteParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { isOwn } from "../invariants/telling.ts";
import { everything, newVersion, policyArn, providerArn } from "./by-hand.ts";
import {
  guide,
  guideAs,
  guideWith,
  organization,
  otherOrganization,
  policyName,
  roleName,
} from "./documents.ts";
import { expectIdle, prefix, type Scenario } from "./harness.ts";
import {
  alertedOf,
  everybody,
  kindsOf,
  readBelow,
  recordOf,
  startApplied,
  startReleased,
  textOf,
} from "./holds.ts";

const roleArn = `arn:aws:iam::123456789012:role/${roleName}`;
const deleting = guideWith({ onRemove: "delete" });
const ours = {
  "oidc-reconciler:environment": "production",
  "oidc-reconciler:prefix": prefix,
  "oidc-reconciler:home": "us-east-1",
};

async function openTrust({ iam }: Scenario): Promise<void> {
  const PolicyDocument = JSON.stringify(everybody);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}

/** An account whose only environment has lost its parameter, and a run has seen it. */
async function startOrphaned(): Promise<Scenario> {
  const account = await startApplied();
  await account.remove();
  expect((await account.run()).environment.outcome).toBe("orphaned");
  return account;
}

async function forgotten(account: Scenario): Promise<boolean> {
  const left = [
    await readBelow(account, "status/production"),
    await readBelow(account, "applied/production"),
  ];
  return left.every((text) => text === null);
}

const thirdOrganization = "77777777-8888-4999-8aaa-bbbbbbbbbbbb";

async function providersLeft(account: Scenario): Promise<readonly string[]> {
  return Object.keys((await account.state()).providers).map((arn) => arn.split("/").at(-1) ?? "");
}

function refuseProvider(account: Scenario, organizationId: string): void {
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "DeleteOpenIDConnectProvider" && JSON.stringify(input).includes(organizationId),
    ...refused,
  });
}

const refused = { at: "before", how: { error: "AccessDenied", httpStatus: 403 } } as const;

describe("what onRemove retain leaves", () => {
  test("is watched: a trust opened by hand is reported once, and left", async () => {
    const account = await startOrphaned();
    await openTrust(account);
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["trust-widened", "critical"]]);
    expect(textOf(run, "trust-widened")).toContain("nothing says what is desired");
    expect(run.environment.outcome).toBe("orphaned");
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("is watched in its permissions too", async () => {
    const account = await startOrphaned();
    await newVersion(account, everything);
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["permissions-widened", "critical"]]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("wakes the function by an event", async () => {
    const account = await startApplied();
    await account.watch();
    await account.remove();
    await account.run();
    await openTrust(account);
    const run = await account.run(account.eventOf("UpdateAssumeRolePolicy"));
    expect(kindsOf(run)).toEqual(["trust-widened"]);
  });

  test("is released where a person takes all our tags off: reported once, and forgotten", async () => {
    const account = await startOrphaned();
    account.sandbox.setTags(roleArn, { team: "platform" });
    account.sandbox.setTags(policyArn, {});
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["orphaned", "info"]]);
    expect(textOf(run, "orphaned")).toContain(roleArn);
    expect(textOf(run, "orphaned")).toContain(policyArn);
    expect(await forgotten(account)).toBe(true);
    const again = await account.run();
    expect([again.report.environments, kindsOf(again)]).toEqual([[], []]);
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });

  test("is released one by one, and kept in mind while one is left", async () => {
    const account = await startOrphaned();
    account.sandbox.setTags(roleArn, {});
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(await forgotten(account)).toBe(false);
    // The role still has the policy, which a document may make grant more.
    const names = { roles: [roleName], policies: [policyName] };
    expect((await recordOf(account))?.names).toMatchObject(names);
    expect(kindsOf(await account.run())).toEqual([]);
    account.sandbox.setTags(policyArn, {});
    await account.run();
    expect(await forgotten(account)).toBe(true);
  });

  test.each([
    ["and deleted by a later version", false],
    ["and deleted with its document", true],
  ])("is released for good, though its status is lost %s", async (_, isRemoved) => {
    const account = await startReleased();
    await account.ssm.send(new DeleteParameterCommand({ Name: `${prefix}/status/production` }));
    await account.run();
    if (isRemoved) {
      await account.remove();
      await account.run();
    }
    expect(Object.keys((await account.state()).roles)).toContain(roleName);
  });

  test("is released among so many environments that policies come without their tags", async () => {
    const account = await startOrphaned();
    for (const name of ["a", "b", "c", "d"]) await account.put(guideAs(name), name);
    await account.run();
    account.sandbox.setTags(roleArn, {});
    account.sandbox.setTags(policyArn, {});
    await account.run();
    await account.run();
    expect(await forgotten(account)).toBe(true);
  });

  test("is forgotten once a person has removed it", async () => {
    const account = await startOrphaned();
    await account.iam.send(
      new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }),
    );
    await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
    account.sandbox.setTags(policyArn, {});
    await account.run();
    expect(await forgotten(account)).toBe(true);
  });

  test("under an old name is watched, reported once, and released like the rest", async () => {
    const account = await startApplied();
    await account.put(guideAs("New"));
    const renamed = await account.run();
    expect(kindsOf(renamed).filter((kind) => kind === "orphaned")).toHaveLength(1);
    expectIdle(await account.run());
    await openTrust(account);
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["trust-widened"]);
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
    account.sandbox.setTags(roleArn, {});
    account.sandbox.setTags(policyArn, {});
    await account.run();
    expect((await recordOf(account))?.names.roles).toEqual(["CircleCI-New-Role"]);
    // The door was seen once more in the run that let go of it; the next one forgets it.
    expect(kindsOf(await account.run())).toEqual([]);
    expectIdle(await account.run());
  });

  test("under an old name, and open, is not what the document says, whichever run looks", async () => {
    const account = await startApplied();
    await account.watch();
    await account.put(guideWith({ role: { name: "CircleCI-New-Role" } }));
    await account.run();
    const debug = { RoleName: roleName, PolicyName: "debug" };
    await account.iam.send(new PutRolePolicyCommand({ ...debug, PolicyDocument: everything }));
    const opened = account.eventOf("PutRolePolicy");

    const seen = await account.run();

    expect(alertedOf(seen)).toEqual([["permissions-widened", "critical"]]);
    const message = `more is open on role/${roleName} than was in force, and what is left is not corrected`;
    const conditions = { Ready: { status: false, reason: "NotReady", message } };
    const open = { outcome: "degraded", conditions };
    expect(seen.environment).toMatchObject(open);
    for (const event of [undefined, opened, { environments: ["production"] }]) {
      const { environment, parameterWrites, published } = await account.run(event);
      expect(environment).toMatchObject(open);
      expect(parameterWrites.filter((name) => name !== "/heartbeat")).toEqual([]);
      expect(published).toEqual([]);
    }
    expect((await account.run({ dryRun: true })).environment.outcome).toBe("drifted");

    await account.iam.send(new DeleteRolePolicyCommand(debug));
    expect((await account.run()).environment).toMatchObject({
      outcome: "in-sync",
      conditions: { Ready: { status: true } },
    });
  });

  test("that is opened and untagged between two runs is reported as open, and then let go", async () => {
    const account = await startOrphaned();
    await openTrust(account);
    account.sandbox.setTags(roleArn, {});
    account.sandbox.setTags(policyArn, {});
    expect(kindsOf(await account.run())).toContain("trust-widened");
  });
});

describe("onRemove delete", () => {
  test("takes what the record names, and what merely carries our tags is reported", async () => {
    const account = await startApplied(deleting);
    account.sandbox.createRole({ name: "CircleCI-Victim", tags: ours });
    await account.put(guideWith({ onRemove: "delete", deploy: { ecr: ["demo-backend"] } }));
    await account.run();
    await account.put(deleting);
    await account.run();
    await account.remove();
    const run = await account.run();
    expect(textOf(run, "orphaned")).toContain("role/CircleCI-Victim stays");
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-Victim"]);
    expect(await forgotten(account)).toBe(true);
  });

  test("leaves a role with our tags when the document's role gets another name", async () => {
    const account = await startApplied(deleting);
    account.sandbox.createRole({ name: "CircleCI-Victim", tags: ours });
    await account.put(guideAs("New", { onRemove: "delete" }));
    const run = await account.run();
    expect(kindsOf(run)).toContain("orphaned");
    expect(Object.keys((await account.state()).roles)).toEqual([
      "CircleCI-New-Role",
      "CircleCI-Victim",
    ]);
    expectIdle(await account.run());
  });

  test("leaves the provider while any role of the account names it", async () => {
    const account = await startApplied(deleting);
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: providerArn },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { [`oidc.circleci.com/org/${organization}:aud`]: organization },
          },
        },
      ],
    });
    const other = { RoleName: "Other-Team", AssumeRolePolicyDocument };
    await account.iam.send(new CreateRoleCommand(other));
    await account.remove();
    await account.run();
    const state = await account.state();
    expect(Object.keys(state.providers)).toEqual([providerArn]);
    expect(Object.keys(state.roles)).toEqual(["Other-Team"]);
    expect(await forgotten(account)).toBe(false);
    expect(kindsOf(await account.run())).toEqual([]);
    await account.iam.send(new DeleteRoleCommand({ RoleName: "Other-Team" }));
    await account.run();
    expect((await account.state()).providers).toEqual({});
    expect(await forgotten(account)).toBe(true);
  });

  test("takes the providers of all organisations that it ever had, before it is forgotten", async () => {
    const account = await startApplied(guideWith({ onWiden: "apply" }));
    for (const organizationId of [otherOrganization, thirdOrganization]) {
      await account.put(guideWith({ circleci: { organizationId }, onWiden: "apply" }));
      await account.run();
    }
    const last = { circleci: { organizationId: thirdOrganization }, onRemove: "delete" } as const;
    await account.put(guideWith(last));
    await account.run();
    expect(Object.keys((await account.state()).providers)).toHaveLength(3);
    await account.remove();
    refuseProvider(account, otherOrganization);
    const run = await account.run();
    expect(run.environment.outcome).toBe("orphaned");
    expect(await providersLeft(account)).toEqual([otherOrganization]);
    expect(await forgotten(account)).toBe(false);
    expect((await recordOf(account))?.names.organizations).toEqual([otherOrganization]);
    account.sandbox.faults.clear();
    await account.run();
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
    expect(await forgotten(account)).toBe(true);
  });

  test("takes nothing while only a listing lacks the document", async () => {
    const account = await startApplied(deleting);
    await account.remove();
    await account.put(deleting);
    const before = await account.state();
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && call.operation === "GetParametersByPath",
      at: "before",
      how: "stale",
    });
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "orphaned", version: null });
    expect(run.environment.errors).toMatchObject([{ code: "StaleListing" }]);
    expect(run.iamWrites).toEqual([]);
    account.sandbox.faults.clear();
    await account.run();
    expect(await account.state()).toEqual(before);
    expectIdle(await account.run());
  });

  test("leaves the provider that another environment uses", async () => {
    const account = await startApplied(deleting);
    await account.put(guideAs("staging"), "staging");
    await account.run();
    await account.remove();
    await account.run();
    expect(Object.keys((await account.state()).providers)).toEqual([providerArn]);
    expect(await forgotten(account)).toBe(true);
  });

  test("keeps status and record while a refusal leaves anything, and goes on in the next run", async () => {
    const account = await startApplied(deleting);
    await account.remove();
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "DeleteRole",
      ...refused,
    });
    const run = await account.run();
    expect(run.environment.outcome).toBe("orphaned");
    expect(run.environment.errors).not.toEqual([]);
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
    expect(await forgotten(account)).toBe(false);
    account.sandbox.faults.clear();
    await account.run();
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
    expect(await forgotten(account)).toBe(true);
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("leaves a policy that somebody else holds, says so, and keeps status and record", async () => {
    const account = await startApplied(deleting);
    account.sandbox.createRole({ name: "Other-Team" });
    const attachment = { RoleName: "Other-Team", PolicyArn: policyArn };
    await account.iam.send(new AttachRolePolicyCommand(attachment));
    await account.remove();
    const run = await account.run();
    expect(textOf(run, "orphaned")).toContain(`policy/${policyName} stays`);
    const state = await account.state();
    expect(Object.keys(state.roles)).toEqual(["Other-Team"]);
    expect(state.roles["Other-Team"]?.attached).toEqual([policyArn]);
    expect(await forgotten(account)).toBe(false);
    expect(kindsOf(await account.run())).toEqual([]);
    await account.iam.send(new DetachRolePolicyCommand(attachment));
    await account.run();
    expect(await forgotten(account)).toBe(true);
  });

  test("set by the edit that renames, takes what had the old name in the next run, and the first says so", async () => {
    const account = await startApplied();
    await account.put(guideAs("New", { onRemove: "delete" }));
    const first = await account.run();
    const texts = first.report.alerts.map(({ text }) => text).join("\n");
    expect(texts).toContain("Version 2 says onRemove: delete, so the next run deletes them");
    expect(texts).toContain(
      `What has earlier names is deleted by the next run: role/${roleName}, policy/${policyName}.`,
    );
    expect(texts).not.toContain("Remove them yourself");
    const second = await account.run();
    expect(textOf(second, "orphaned")).toContain(
      "Version 2 uses other names, and says onRemove: delete.",
    );
    // Nobody changed anything: the deletion is not drift.
    expect(kindsOf(second)).toEqual(["orphaned"]);
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-New-Role"]);
    expectIdle(await account.run());
  });

  test("does not hide what somebody changed under the new names meanwhile", async () => {
    const account = await startApplied();
    await account.put(guideAs("New", { onRemove: "delete" }));
    await account.run();
    const RoleName = "CircleCI-New-Role";
    await account.iam.send(new UpdateRoleCommand({ RoleName, Description: "by hand" }));
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["drift-corrected", "orphaned"]);
    const drift = run.report.alerts.find(({ kind }) => kind === "drift-corrected");
    expect(drift?.title).toContain("(1 change)");
    expect(drift?.text).not.toContain(roleName);
  });

  test("does not hide that a policy is made again that has the name of the role that goes", async () => {
    const name = "CircleCI-Same";
    const arn = `arn:aws:iam::123456789012:policy/${name}`;
    const account = await startApplied(guideWith({ role: { name }, policy: { name } }));
    await account.put(
      guideWith({ role: { name: "CircleCI-New-Role" }, policy: { name }, onRemove: "delete" }),
    );
    await account.run();
    for (const RoleName of [name, "CircleCI-New-Role"]) {
      await account.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: arn }));
    }
    await account.iam.send(new DeletePolicyCommand({ PolicyArn: arn }));
    const run = await account.run();
    const drift = run.report.alerts.find(({ kind }) => kind === "drift-corrected");
    expect(drift?.text).toContain(name);
    expect(drift?.title).toContain("(2 changes)");
  });

  test("counts as it was applied last, not as it was before", async () => {
    const account = await startApplied(deleting);
    await account.put(guide);
    await account.run();
    await account.remove();
    await account.run();
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });
});
