import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { Ground, GroundRun } from "../model/ground.ts";
import { guideWith } from "../scenarios/documents.ts";
import { batchOf, role } from "./shut.ts";
import { watchedGround } from "./watched.ts";

/** A policy of somebody else is attached to the role, and says something else later. */

const minute = 60_000;
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);
const allowing = (Action: string, Sid?: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid, Effect: "Allow", Action, Resource: "*" }],
  });

type Other = { readonly PolicyArn: string };

async function made({ iam }: Ground, action: string, sid?: string): Promise<Other> {
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: "other", PolicyDocument: allowing(action, sid) }),
  );
  return { PolicyArn: Policy?.Arn ?? "" };
}

const grows = ({ iam }: Ground, policy: Other, action: string, sid?: string) =>
  iam.send(
    new CreatePolicyVersionCommand({
      ...policy,
      PolicyDocument: allowing(action, sid),
      SetAsDefault: true,
    }),
  );

test("what was unread for a run and has grown by the next one is reported again", async () => {
  const ground = await watchedGround(guideWith({}), "observe");
  const other = await made(ground, "s3:ListBucket");
  await ground.iam.send(new AttachRolePolicyCommand({ ...role, ...other }));
  expect(kindsOf(await ground.run())).toEqual(["permissions-widened"]);
  ground.wait(15 * minute);
  ground.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation.startsWith("GetPolicy") && input["PolicyArn"] === other.PolicyArn,
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  expect(kindsOf(await ground.run())).toEqual([]);
  ground.sandbox.faults.clear();
  await grows(ground, other, "*");
  ground.wait(15 * minute);
  expect(kindsOf(await ground.run())).toEqual(["permissions-widened"]);
});

test("a text whose digest begins as that of the smaller one does is another text", async () => {
  const ground = await watchedGround(guideWith({}), "observe");
  // The SHA-256 of both begins with 1eb661.
  const other = await made(ground, "s3:ListBucket", "a2090");
  await ground.iam.send(new AttachRolePolicyCommand({ ...role, ...other }));
  expect(kindsOf(await ground.run())).toEqual(["permissions-widened"]);
  await grows(ground, other, "*", "b275");
  ground.wait(15 * minute);
  expect(kindsOf(await ground.run())).toEqual(["permissions-widened"]);
});

test("the event of a door is not reported again once what was attached says something else", async () => {
  const ground = await watchedGround(guideWith({}));
  const other = await made(ground, "s3:*");
  await ground.iam.send(new AttachRolePolicyCommand({ ...role, ...other }));
  ground.wait(20_000);
  await ground.iam.send(new DetachRolePolicyCommand({ ...role, ...other }));
  const events = batchOf(ground.news());
  expect(kindsOf(await ground.run(events))).toEqual(["permissions-widened"]);
  ground.wait(minute);
  await grows(ground, other, "ec2:*");
  expect(kindsOf(await ground.run(events))).toEqual([]);
});
