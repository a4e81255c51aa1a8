import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everything, newVersion, providerArn, readOnlyArn } from "../scenarios/by-hand.ts";
import {
  guide,
  guideAs,
  guideFor,
  guideWith,
  roleName,
  shopMainAndDev,
} from "../scenarios/documents.ts";
import { openScenario, prefix, type Scenario } from "../scenarios/harness.ts";
import { wipe } from "../scenarios/starts.ts";
import { anybody, revoked } from "./policies.ts";
import { isOwn, reportedDuring, stopAt } from "./telling.ts";

type Telling = {
  readonly what: string;
  readonly reports: readonly string[];
  /** Brings an empty account to where the run has something to report. */
  readonly given: (account: Scenario) => Promise<unknown>;
};

const role = { RoleName: roleName };

async function inSync(account: Scenario): Promise<void> {
  await account.put(guide);
  await account.run();
}

const tellings: readonly Telling[] = [
  {
    what: "a trust policy that somebody opened",
    reports: ["production trust-widened"],
    given: async (account) => {
      await inSync(account);
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }),
      );
    },
  },
  {
    what: "permissions that somebody added in three ways",
    reports: ["production permissions-widened"],
    given: async (account) => {
      await inSync(account);
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await account.iam.send(new PutRolePolicyCommand(inline));
      await account.iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: readOnlyArn }));
      await newVersion(account, everything);
    },
  },
  {
    what: "an audience that somebody added",
    reports: ["production audience-widened"],
    given: async (account) => {
      await inSync(account);
      const ClientID = "sts.amazonaws.com";
      const added = { OpenIDConnectProviderArn: providerArn, ClientID };
      await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
    },
  },
  {
    what: "drift that opens nothing",
    reports: ["production drift-corrected"],
    given: async (account) => {
      await inSync(account);
      await account.iam.send(new UpdateRoleCommand({ ...role, Description: "mine" }));
    },
  },
  {
    what: "a foreign tag on the role",
    reports: ["production drift-corrected"],
    given: async (account) => {
      await inSync(account);
      const Tags = [{ Key: "ManagedBy", Value: "platform-team" }];
      await account.iam.send(new TagRoleCommand({ ...role, Tags }));
    },
  },
  {
    what: "outputs for jobs that somebody changed",
    reports: ["production conflict"],
    given: async (account) => {
      await account.put(guideWith({ policy: { readOutputs: true } }));
      await account.run();
      const text = { Value: "{}", Type: "String", Overwrite: true } as const;
      await account.ssm.send(
        new PutParameterCommand({ Name: `${prefix}/outputs/production`, ...text }),
      );
    },
  },
  {
    what: "sessions that somebody revoked",
    reports: ["production sessions-revoked"],
    given: async (account) => {
      await inSync(account);
      await account.iam.send(new PutRolePolicyCommand({ ...role, ...revoked(new Date()) }));
    },
  },
  {
    what: "an edit that is held",
    reports: ["production trust-widening-held"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideFor(shopMainAndDev));
    },
  },
  {
    what: "an edit that is approved",
    reports: ["production trust-widening-applied"],
    given: async (account) => {
      await inSync(account);
      const version = await account.put(guideFor(shopMainAndDev));
      await account.run();
      await account.approve(version);
    },
  },
  {
    what: "a removed document, with everything to go",
    reports: ["production orphaned"],
    given: async (account) => {
      await account.put(guideWith({ onRemove: "delete" }));
      await account.run();
      await account.remove();
    },
  },
  {
    what: "new names, the old role retained",
    reports: ["production orphaned"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideAs("Renamed", {}));
    },
  },
  {
    what: "new names, the old role to go",
    reports: ["production orphaned"],
    given: async (account) => {
      await account.put(guideWith({ onRemove: "delete" }));
      await account.run();
      await account.put(guideAs("Renamed", { onRemove: "delete" }));
    },
  },
  {
    what: "an edit of the mode",
    reports: ["production mode-changed"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideWith({ mode: "observe" }));
    },
  },
  {
    what: "two environments with a door open in each",
    reports: ["production trust-widened", "staging permissions-widened"],
    given: async (account) => {
      await account.put(guide);
      await account.put(guideAs("staging"), "staging");
      await account.run();
      const { iam } = account;
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
      const inline = { RoleName: "CircleCI-staging-Role", PolicyName: "debug" };
      await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: everything }));
    },
  },
];

let account: Scenario;
beforeAll(async () => {
  account = await openScenario();
});
afterAll(() => account.close());

async function begin({ given }: Telling): Promise<void> {
  await wipe(account);
  await given(account);
}

/** The function's own calls in an undisturbed run, and what that run reported. */
async function undisturbed(telling: Telling) {
  await begin(telling);
  const first = account.sandbox.calls.length;
  const reported = await reportedDuring(account, () => account.run());
  return { reported, calls: account.sandbox.calls.slice(first).filter(isOwn) };
}

describe("whatever a run is stopped at, nothing that it did or found stays unreported, with", () => {
  test.each(tellings)("$what", { timeout: 300_000 }, async (telling) => {
    const normal = await undisturbed(telling);
    expect(normal.reported).toEqual(expect.arrayContaining([...telling.reports]));
    const stops = normal.calls.flatMap(({ mutating }, index) => [
      { call: index + 1, at: "before" as const },
      ...(mutating ? [{ call: index + 1, at: "after" as const }] : []),
    ]);
    for (const { call, at } of stops) {
      const { service, operation } = normal.calls[call - 1] ?? { service: "", operation: "" };
      const where = `${at} call ${call} of ${normal.calls.length}, ${service}:${operation}`;
      await begin(telling);
      stopAt(account, call, at);
      const stopped = await reportedDuring(account, () => account.invoke());
      account.sandbox.faults.clear();
      const next = await reportedDuring(account, () => account.run());
      const reported = [...stopped, ...next];
      const unreported = normal.reported.filter((line) => !reported.includes(line));
      expect.soft(unreported, `unreported after a stop ${where}`).toEqual([]);
      const often = [...Map.groupBy(reported, (line) => line)].filter(([, all]) => all.length > 2);
      expect.soft(often, `reported three times after a stop ${where}`).toEqual([]);
      const last = await reportedDuring(account, () => account.run());
      expect.soft(last, `reported again after a stop ${where}`).toEqual([]);
    }
  });
});
