import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, guideWith } from "../scenarios/documents.ts";
import { expectIdle } from "../scenarios/harness.ts";
import { kindsOf } from "../scenarios/holds.ts";
import { anybody } from "./policies.ts";

import {
  batchOf,
  calls,
  openAndShut,
  policy,
  role,
  trustOf,
  trustOpened,
  watched,
  withoutHistory,
} from "./shut.ts";

describe("nothing is reported", () => {
  test("of a role of the same name in another account", async () => {
    const account = await watched();
    const [opened, shut] = await openAndShut(account);
    const { account: own } = account.sandbox;
    const foreign = JSON.parse(JSON.stringify(opened).replaceAll(own, "999999999999"));
    expectIdle(await account.run(batchOf([foreign, shut])));
  });

  test("of what runs of a person wrote, one wider and one narrower", async () => {
    const account = await watched();
    const wide = await account.put(guideWith({ trust: { projects: "all" } }));
    await account.run();
    await account.approve(wide);
    const runAs = async (session: string) => {
      const { sandbox, variables } = account;
      const arn = `arn:aws:iam::${sandbox.account}:role/oidc-reconciler-prod-reconcile`;
      const credentials = await sandbox.credentialsOf(arn, session);
      variables.set("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
      variables.set("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
      variables.set("AWS_SESSION_TOKEN", credentials.sessionToken);
      const run = await account.invoke({});
      return run.kind === "returned" ? run.run.report.alerts.map(({ kind }) => kind) : null;
    };
    expect(await runAs("alice")).toEqual(["trust-widening-applied"]);
    const opened = account.eventOf("UpdateAssumeRolePolicy");
    account.pass(20_000);
    await account.put(guide);
    expect(await runAs("alice")).toEqual([]);
    account.pass(90_000);
    expectIdle(await account.run(opened));
  });

  test.each([trustOpened, ...calls])(
    "of what a run corrected, when its event comes later: %s",
    async (name, kind, open) => {
      const account = await watched();
      await open(account);
      const opened = account.eventOf(name);
      expect(kindsOf(await account.run())).toEqual([kind]);
      account.pass(600_000);
      withoutHistory(account);
      expectIdle(await account.run(opened));
    },
  );

  test("of what a run corrected, where IAM shows the account of a principal in other words", async () => {
    const account = await watched();
    const allow = { Effect: "Allow", Principal: { AWS: "999999999999" }, Action: "sts:AssumeRole" };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    await account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
    const opened = account.eventOf("UpdateAssumeRolePolicy");
    expect(kindsOf(await account.run())).toEqual(["trust-widened"]);
    account.pass(90_000);
    withoutHistory(account);
    expectIdle(await account.run(opened));
  });

  test("of what the loop wrote itself, before a narrower version", async () => {
    const account = await watched();
    const wide = await account.put(guideWith({ trust: { projects: "all" } }));
    await account.run();
    await account.approve(wide);
    await account.run();
    const own = account.eventOf("UpdateAssumeRolePolicy");
    await account.put(guide);
    await account.run();
    account.pass(90_000);
    expectIdle(await account.run(own));
  });

  test("of what was narrowed and put back", async () => {
    const account = await watched();
    const { iam } = account;
    const before = await trustOf(account);
    await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: before }));
    const events = [account.eventOf("UpdateAssumeRolePolicy")];
    await iam.send(new DetachRolePolicyCommand({ ...role, ...policy }));
    events.push(account.eventOf("DetachRolePolicy"));
    await iam.send(new AttachRolePolicyCommand({ ...role, ...policy }));
    events.push(account.eventOf("AttachRolePolicy"));
    expectIdle(await account.run(batchOf(events)));
  });

  test("twice of what observe has reported while it was open", async () => {
    const account = await watched(guideWith({ mode: "observe" }));
    account.pass(60_000);
    await account.put(guideWith({ mode: "enforce" }));
    await account.run();
    await account.put(guideWith({ mode: "observe" }));
    await account.run();
    account.pass(60_000);
    const before = await trustOf(account);
    const set = (PolicyDocument: string) =>
      account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
    await set(anybody);
    const opened = account.eventOf("UpdateAssumeRolePolicy");
    expect(kindsOf(await account.run(opened))).toEqual(["trust-widened"]);
    await set(before);
    await account.run();
    account.pass(600_000);
    expect(kindsOf(await account.run(opened))).toEqual([]);
  });
});
