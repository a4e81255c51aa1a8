import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  TagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, onTestFinished, test } from "vitest";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { connect } from "../model/wire.ts";
import { guideAs, textOf } from "./documents.ts";

/*
 * A role that has lost its tags does not say whose it is. In a process that remembers nothing, the policies
 * that it holds most likely do.
 */

const roleOf = (name: string) => `CircleCI-${name}-Role`;
const policyOf = (name: string) => `arn:aws:iam::123456789012:policy/CircleCI-${name}-Policy`;
const TagKeys = ["environment", "prefix", "home"].map((key) => `oidc-reconciler:${key}`);
const openTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

type Account = Ground & {
  /** A run in a new process, by the newest event of each of these calls. */
  readonly after: (...calls: readonly string[]) => Promise<GroundRun>;
};

/** As many environments as need two pages of Parameter Store. */
async function start(): Promise<Account> {
  const ground = await openGround();
  onTestFinished(() => ground.sandbox.close());
  const trail = connect(new CloudTrailClient({ region: "us-east-1" }), ground.sandbox);
  const Name = "events";
  await trail.send(new CreateTrailCommand({ Name, S3BucketName: "trail-bucket" }));
  await trail.send(new StartLoggingCommand({ Name }));
  const events: EventBridgeEvent[] = [];
  ground.sandbox.events.onEvent((event) => events.push(event));
  await ground.seed();
  for (let at = 0; at < 12; at += 1) await ground.put(textOf(guideAs(`env-${at}`)), `env-${at}`);
  await ground.run();
  ground.wait(600_000);
  const messageOf = (call: string) => {
    const event = events.findLast(({ detail }) => detail["eventName"] === call);
    return { messageId: call, body: JSON.stringify(event), eventSource: "aws:sqs" };
  };
  return { ...ground, after: (...calls) => ground.run({ Records: calls.map(messageOf) }) };
}

const namesOf = ({ report }: GroundRun) => report.environments.map(({ name }) => name);
const pagesOf = ({ report }: GroundRun) => report.calls["ssm:GetParametersByPath"] ?? 0;
const open = (RoleName: string) =>
  new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: openTrust });

test("is found by the policy that it holds, and shut before any page is read", async () => {
  const { iam, after } = await start();
  await iam.send(new UntagRoleCommand({ RoleName: roleOf("env-1"), TagKeys }));
  await iam.send(open(roleOf("env-1")));
  const run = await after("UntagRole", "UpdateAssumeRolePolicy");
  expect([namesOf(run), pagesOf(run)]).toEqual([["env-1"], 0]);
  expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy", "TagRole"]);
  expect(run.report.alerts.map(({ kind }) => kind).toSorted()).toEqual([
    "drift-corrected",
    "trust-widened",
  ]);
});

test("is found by the policy that was taken off it before it was deleted", async () => {
  const { iam, after } = await start();
  const RoleName = roleOf("env-1");
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: policyOf("env-1") }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
  const run = await after("DetachRolePolicy", "DeleteRole");
  expect([namesOf(run), pagesOf(run)]).toEqual([["env-1"], 0]);
  expect(run.iamWrites).toEqual(["CreateRole", "AttachRolePolicy"]);
});

test("that holds only another environment's policy is still its owner's", async () => {
  const { iam, after } = await start();
  const RoleName = roleOf("env-1");
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policyOf("env-2") }));
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: policyOf("env-1") }));
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys }));
  await iam.send(open(RoleName));
  const run = await after("UpdateAssumeRolePolicy");
  expect(namesOf(run)).toContain("env-1");
  expect(pagesOf(run)).toBeGreaterThan(0);
  expect(run.iamWrites).toContain("UpdateAssumeRolePolicy");
  const kinds = run.report.alerts.map(({ kind, environment }) => [environment, kind]);
  expect(kinds).toContainEqual(["env-1", "trust-widened"]);
});

test("that is somebody else's stays so, whichever of our policies it holds", async () => {
  const { iam, after } = await start();
  const RoleName = "CircleCI-stranger";
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: openTrust }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policyOf("env-1") }));
  const run = await after("AttachRolePolicy");
  expect(run.iamWrites).toEqual([]);
  expect(run.report.ignored).toMatch(/^No environment/);
});

test("is found by a policy that has an event of its own", async () => {
  const { iam, after } = await start();
  const RoleName = roleOf("env-1");
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys }));
  const Tags = [{ Key: "cost", Value: "7" }];
  await iam.send(new TagPolicyCommand({ PolicyArn: policyOf("env-1"), Tags }));
  const run = await after("TagPolicy", "UntagRole");
  expect([namesOf(run), pagesOf(run)]).toEqual([["env-1"], 0]);
  expect(run.iamWrites).toEqual(["TagRole"]);
});

test("leads to the policy that was taken off it and deleted", async () => {
  const { iam, after } = await start();
  const [RoleName, PolicyArn] = [roleOf("env-1"), policyOf("env-1")];
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  const run = await after("DetachRolePolicy", "DeletePolicy");
  expect([namesOf(run), pagesOf(run)]).toEqual([["env-1"], 0]);
  expect(run.iamWrites).toEqual(["CreatePolicy", "AttachRolePolicy"]);
});
