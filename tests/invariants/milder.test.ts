import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DetachRolePolicyCommand,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { GroundRun } from "../model/ground.ts";
import { guideWith, roleName, textOf } from "../scenarios/documents.ts";
import { anybody } from "./policies.ts";
import { batchOf, everything, policy, role } from "./shut.ts";
import { type Watched, watchedGround } from "./watched.ts";

/** What was wide for a moment is reported, whatever milder thing is in its place when a run looks. */

const minute = 60_000;
const linesOf = ({ report }: GroundRun) =>
  report.alerts.map(({ severity, kind }) => `${severity} ${kind}`);
const allowing = (Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });
const mild = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::123456789012:root" },
      Action: "sts:AssumeRole",
    },
  ],
});
const trust = ({ iam }: Watched, PolicyDocument: string) =>
  iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
const inline = ({ iam }: Watched, PolicyDocument: string) =>
  iam.send(new PutRolePolicyCommand({ ...role, PolicyName: "x", PolicyDocument }));

const places = [
  { what: "a trust policy", put: trust, wide: anybody, milder: mild, kind: "trust-widened" },
  {
    what: "an inline policy",
    put: inline,
    wide: everything,
    milder: allowing("s3:ListAllMyBuckets"),
    kind: "permissions-widened",
  },
] as const;

test.each(places)("$what, milder by the time a run corrects it", async (place) => {
  const ground = await watchedGround(guideWith({}));
  await place.put(ground, place.wide);
  ground.wait(20_000);
  await place.put(ground, place.milder);
  const events = batchOf(ground.news());
  const run = await ground.run(events);
  expect(linesOf(run)).toEqual([`critical ${place.kind}`, `critical ${place.kind}`]);
  expect(run.report.alerts.map(({ title }) => title).join()).toContain("put back before a run");
  ground.wait(5 * minute);
  expect(linesOf(await ground.run(events))).toEqual([]);
});

test.each(places)("in observe, $what that stays milder before and after", async (place) => {
  const ground = await watchedGround(guideWith({}), "observe");
  await place.put(ground, place.milder);
  expect(linesOf(await ground.run(batchOf(ground.news())))).toEqual([`critical ${place.kind}`]);
  ground.wait(5 * minute);
  await place.put(ground, place.wide);
  ground.wait(20_000);
  await place.put(ground, place.milder);
  const events = batchOf(ground.news());
  expect(linesOf(await ground.run(events))).toEqual([`critical ${place.kind}`]);
  ground.wait(5 * minute);
  expect(linesOf(await ground.run(events))).toEqual([]);
});

test("an attached policy that was emptied before its event was looked at", async () => {
  const ground = await watchedGround(guideWith({}));
  const { iam } = ground;
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: "other", PolicyDocument: everything }),
  );
  const other = { PolicyArn: Policy?.Arn ?? "" };
  await iam.send(new AttachRolePolicyCommand({ ...role, ...other }));
  ground.wait(20_000);
  await iam.send(new DetachRolePolicyCommand({ ...role, ...other }));
  const PolicyDocument = allowing("ecr:GetAuthorizationToken");
  await iam.send(new CreatePolicyVersionCommand({ ...other, PolicyDocument, SetAsDefault: true }));
  const run = await ground.run(batchOf(ground.news()));
  expect(linesOf(run)).toEqual(["critical permissions-widened"]);
});

test("a version that nobody can read any more, before one that the schedule corrected", async () => {
  const ground = await watchedGround(guideWith({}));
  const { iam } = ground;
  const second = { ...policy, VersionId: "v2" };
  await iam.send(new CreatePolicyVersionCommand({ ...policy, PolicyDocument: everything }));
  await iam.send(new SetDefaultPolicyVersionCommand(second));
  ground.wait(20_000);
  await iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId: "v1" }));
  const events = batchOf(ground.news());
  await iam.send(new DeletePolicyVersionCommand(second));
  const PolicyDocument = allowing("ecr:GetAuthorizationToken");
  await iam.send(new CreatePolicyVersionCommand({ ...policy, PolicyDocument, SetAsDefault: true }));
  ground.wait(minute);
  expect((await ground.run()).iamWrites).toContain("CreatePolicyVersion");
  ground.wait(minute);
  expect(linesOf(await ground.run(events))).toEqual(["critical permissions-widened"]);
});

test("in observe, an old role that gains the policy that is open", async () => {
  const ground = await watchedGround(guideWith({}));
  const applied = async (document: Parameters<typeof guideWith>[0]) => {
    const version = await ground.put(textOf(guideWith(document)));
    const { report } = await ground.run();
    if (report.environments[0]?.outcome === "held") {
      await ground.approve(version);
      await ground.run();
    }
    ground.wait(15 * minute);
  };
  const renamed = { role: { name: "CircleCI-Second-Role" } };
  await applied(renamed);
  await ground.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, ...policy }));
  await applied({ ...renamed, mode: "observe" });
  const open = { ...policy, PolicyDocument: everything, SetAsDefault: true };
  await ground.iam.send(new CreatePolicyVersionCommand(open));
  expect(linesOf(await ground.run())).toEqual(["critical permissions-widened"]);
  ground.wait(15 * minute);
  await ground.iam.send(new AttachRolePolicyCommand({ RoleName: roleName, ...policy }));
  const run = await ground.run();
  expect(linesOf(run)).toEqual(["critical permissions-widened"]);
  expect(run.report.alerts[0]?.text).toContain(roleName);
  ground.wait(15 * minute);
  expect(linesOf(await ground.run())).toEqual([]);
});
