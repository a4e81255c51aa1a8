import {
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { type LateAccount, startLate } from "../invariants/late.ts";
import { batchOf } from "../invariants/shut.ts";
import {
  type Act,
  accusations,
  addAudience,
  audienceOff,
  debug,
  ours,
  putDebug,
  putTheirs,
  refuse,
  role,
  startAdopting,
  startStopped,
  writeVersion,
} from "./adopting.ts";
import { everything, policyArn, providerArn } from "./by-hand.ts";
import { guideAs, guideWith, roleName } from "./documents.ts";
import { recordOf, textOf } from "./holds.ts";

import { makeServiceAnew } from "./job-outputs.ts";
import { nth, stoppedAt } from "./stopping.ts";

/** Stopped at a call, on a clock of its own, with CloudTrail's events on the bus. */
async function startWatched(at: "before" | "after", operation: string): Promise<LateAccount> {
  const account = await startLate();
  await startAdopting({
    start: async () => {
      await account.watch();
      return account;
    },
  });
  account.pass(60_000);
  await stoppedAt(account, at, nth(operation));
  account.pass(60_000);
  return account;
}

const closings: readonly (readonly [
  kind: string,
  closing: string,
  what: string,
  act: Act,
  event: string,
])[] = [
  [
    "trust-widened",
    "UpdateAssumeRolePolicy",
    "the trust policy",
    putTheirs,
    "UpdateAssumeRolePolicy",
  ],
  ["permissions-widened", "DeleteRolePolicy", "the inline policy", putDebug, "PutRolePolicy"],
  [
    "permissions-widened",
    "CreatePolicyVersion",
    "the policy's text",
    writeVersion(ours),
    "CreatePolicyVersion",
  ],
];

describe("what a stopped run had closed, and somebody put back as it was before the next one", () => {
  test.each(closings)(
    "%s after %s: %s, where an event says so",
    async (kind, closing, _, act, event) => {
      const account = await startWatched("after", closing);
      await act(account);
      expect(accusations(await account.run(account.eventOf(event)))).toEqual([kind]);
      expect(accusations(await account.run())).toEqual([]);
    },
  );

  test.each(closings)(
    "%s after %s: %s, is excused once where no event comes before it is closed",
    async (kind, closing, _, act, event) => {
      const account = await startWatched("after", closing);
      await act(account);
      const late = account.eventOf(event);
      expect(accusations(await account.run())).toEqual([]);
      expect(accusations(await account.run(late))).toEqual([]);
      await act(account);
      expect(accusations(await account.run())).toEqual([kind]);
    },
  );

  test.each(closings)(
    "%s after %s: the events of its owner, and of the run itself, accuse nobody",
    async (_, closing) => {
      const account = await startWatched("before", closing);
      const owners = ["CreateRole", "PutRolePolicy", "CreatePolicy", "AttachRolePolicy"];
      const events = [...owners, audienceOff].map((name) => account.eventOf(name));
      expect(accusations(await account.run(batchOf(events)))).toEqual([]);
    },
  );
});

test("an audience that another environment has closed is nobody's to open again", async () => {
  const account = await startAdopting();
  refuse(account, audienceOff);
  await stoppedAt(account, "before", nth("UpdateAssumeRolePolicy"));
  const places = Object.keys((await recordOf(account))?.takenOver?.said ?? {});
  expect(places).toContain(`audience ${providerArn} sts.amazonaws.com`);
  await account.put(guideWith({ mode: "observe" }));
  await account.put(guideAs("staging"), "staging");
  const run = await account.run();
  expect(run.iamWrites).toContain(audienceOff);
  expect(accusations(run)).toEqual([]);
  await addAudience(account);
  expect(accusations(await account.run())).toEqual(["audience-widened"]);
});

test("an old role that nobody is accused of loses the policy before that grants more", async () => {
  const account = await startAdopting({ before: writeVersion(everything) });
  await stoppedAt(account, "after", nth("TagRole"));
  await putTheirs(account);
  expect((await recordOf(account))?.takenOver?.said).toHaveProperty([`trust ${roleName}`]);
  await account.put(guideAs("Other", { policy: {}, onWiden: "apply" }));
  expect(accusations(await account.run(), await account.run())).toEqual([]);
  const attached = async () =>
    (await account.iam.send(new ListAttachedRolePoliciesCommand(role))).AttachedPolicies?.map(
      ({ PolicyArn }) => PolicyArn,
    );
  expect(await attached()).toEqual([policyArn]);
  await makeServiceAnew(account);
  expect(accusations(await account.run())).toEqual([]);
  expect(await attached()).toEqual([]);
});

test("a role tag that brings a policy that was taken over back into force", async () => {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "*",
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalTag/admin": "yes" } },
      },
    ],
  });
  const bySomeTag: Act = async ({ iam }) => {
    await iam.send(new PutRolePolicyCommand({ ...debug, PolicyDocument }));
  };
  const account = await startStopped({ before: bySomeTag });
  await account.iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "admin", Value: "yes" }] }));
  expect(accusations(await account.run())).toContain("permissions-widened");
  expect(accusations(await (await startStopped({ before: bySomeTag })).run())).toEqual([]);
});

test("a provider that could not be read is not named as ours", async () => {
  const account = await startAdopting();
  refuse(account, "GetOpenIDConnectProvider");
  await account.run();
  const record = await recordOf(account);
  expect(record?.names).toMatchObject({ roles: [roleName], organizations: [] });
  account.sandbox.faults.clear();
  const run = await account.run();
  expect(accusations(run)).toEqual([]);
  expect(textOf(run, "adopted")).toContain(providerArn);
});

test("of a removed document whose record cannot be written, what is put back only an event shows", async () => {
  const account = await startWatched("after", "TagRole");
  await account.remove();
  account.sandbox.faults.add({
    when: (call) => call.operation === "PutParameter" && /applied/.test(String(call.input["Name"])),
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  const { report } = await account.run();
  expect(report.errors.map(({ message }) => message).join()).toContain("applied/production");
  await putDebug(account);
  expect(accusations(await account.run())).toEqual([]);
  const event = account.eventOf("PutRolePolicy");
  const run = await account.run(event);
  expect(accusations(run)).toEqual(["permissions-widened"]);
});
