import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  PutRolePolicyCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  boundaryArn,
  everything,
  newVersion,
  policyArn,
  providerArn,
  readOnlyArn,
  trustNow,
} from "../scenarios/by-hand.ts";
import {
  guideAs,
  guideWith,
  roleName,
  shopMainAndDev,
  textOf,
  type Written,
} from "../scenarios/documents.ts";
import { openScenario, type Run, type Scenario } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";

const role = { RoleName: roleName };
const stranger = [{ Key: "ManagedBy", Value: "platform-team" }];
const audience = { OpenIDConnectProviderArn: providerArn, ClientID: "sts.amazonaws.com" };

/** Each opens one door in the account, by hand. */
const drifts = [
  {
    drift: "an opened trust policy",
    resource: "trust-policy",
    open: ({ iam }: Scenario) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
  },
  {
    drift: "an attached policy",
    resource: "permissions",
    open: ({ iam }: Scenario) =>
      iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: readOnlyArn })),
  },
  {
    drift: "an inline policy",
    resource: "permissions",
    open: ({ iam }: Scenario) =>
      iam.send(
        new PutRolePolicyCommand({ ...role, PolicyName: "debug", PolicyDocument: everything }),
      ),
  },
  {
    drift: "a version of the policy",
    resource: "permissions",
    open: (account: Scenario) => newVersion(account, everything),
  },
  {
    drift: "a lost boundary",
    resource: "permissions",
    open: ({ iam }: Scenario) => iam.send(new DeleteRolePermissionsBoundaryCommand(role)),
  },
  {
    drift: "another audience",
    resource: "audience",
    open: ({ iam }: Scenario) => iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience)),
  },
] as const;

const bounded: Written = guideWith({ role: { name: roleName, permissionsBoundary: boundaryArn } });
const boundedWith = (changes: Written): Written => ({ ...bounded, ...changes });

/** Each keeps something from being written, or something new from being in force. */
const blocks = [
  {
    block: "a foreign tag on the role",
    set: ({ iam }: Scenario) => iam.send(new TagRoleCommand({ ...role, Tags: stranger })),
  },
  {
    block: "a foreign tag on the policy",
    set: ({ iam }: Scenario) =>
      iam.send(new TagPolicyCommand({ PolicyArn: policyArn, Tags: stranger })),
  },
  {
    block: "a foreign tag on the provider",
    set: ({ iam }: Scenario) =>
      iam.send(
        new TagOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: providerArn,
          Tags: stranger,
        }),
      ),
  },
  { block: "the role re-created at another path", set: madeAnew },
  {
    block: "a newest version that is held",
    set: (account: Scenario) => account.put(boundedWith({ trust: { projects: [shopMainAndDev] } })),
  },
  {
    block: "a newest version that is invalid",
    set: (account: Scenario) => account.put("circleci: 7"),
  },
  {
    block: "mode observe",
    set: (account: Scenario) => account.put(boundedWith({ mode: "observe" })),
  },
  {
    block: "mode suspend",
    set: (account: Scenario) => account.put(boundedWith({ mode: "suspend" })),
  },
  {
    block: "a second document that claims the role",
    set: (account: Scenario) =>
      account.put(textOf(guideAs("Second", { role: { name: roleName } })), "second"),
  },
  {
    block: "a target that does not exist",
    set: (account: Scenario) =>
      account.put(boundedWith({ deploy: { ecr: ["demo-backend", "missing"] } })),
  },
] as const;

/** The same role again, where IAM has no way to move it back from. */
async function madeAnew(account: Scenario): Promise<void> {
  const { iam } = account;
  const AssumeRolePolicyDocument = JSON.stringify(await trustNow(account));
  await iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
  await iam.send(new DeleteRoleCommand(role));
  await iam.send(
    new CreateRoleCommand({
      ...role,
      Path: "/elsewhere/",
      AssumeRolePolicyDocument,
      PermissionsBoundary: boundaryArn,
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
}

async function inSync(): Promise<Scenario> {
  const account = await openScenario();
  const boundary = { PolicyName: "ci-boundary", PolicyDocument: everything };
  await account.iam.send(new CreatePolicyCommand(boundary));
  await account.put(bounded);
  await account.run();
  return account;
}

/** Resources of the drift that production reports. */
function reported({ report }: Run): readonly string[] {
  const production = report.environments.find(({ name }) => name === "production");
  const drift = production?.widenings.filter(({ source }) => source === "drift") ?? [];
  return [...new Set(drift.map(({ resource }) => resource))].toSorted();
}

const alertKinds: Readonly<Record<string, string>> = {
  "trust-policy": "trust-widened",
  permissions: "permissions-widened",
  audience: "audience-widened",
};

function widened({ report }: Run): readonly string[] {
  const kinds = new Set(Object.values(alertKinds));
  const alerts = report.alerts.filter(({ environment }) => environment === "production");
  return alerts
    .map(({ kind }) => kind)
    .filter((kind) => kinds.has(kind))
    .toSorted();
}

describe.each(drifts)("$drift is reported and alerted once", ({ open, resource }) => {
  test.each(blocks)("with $block", { timeout: 60_000 }, async ({ set }) => {
    const account = await inSync();
    try {
      await set(account);
      await open(account);
      const run = await account.run();
      expect(reported(run)).toEqual([resource]);
      expect(widened(run)).toEqual([alertKinds[resource]]);
      const next = await account.run();
      expect(widened(next)).toEqual([]);
    } finally {
      await account.close();
    }
  });
});
