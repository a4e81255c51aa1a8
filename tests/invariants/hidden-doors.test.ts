import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { Ground, GroundRun } from "../model/ground.ts";
import { guideWith } from "../scenarios/documents.ts";
import { administrator, batchOf, policy, provider, role } from "./shut.ts";
import { watchedGround } from "./watched.ts";

const minute = 60_000;
const reading = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
});

const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);
const admin = { ...role, PolicyArn: administrator };

async function attachAndDetach({ iam, wait }: Ground): Promise<void> {
  await iam.send(new AttachRolePolicyCommand(admin));
  wait(30_000);
  await iam.send(new DetachRolePolicyCommand(admin));
}

test("a provider that was made again with one more audience", async () => {
  const ground = await watchedGround(guideWith({}));
  const { iam } = ground;
  const was = await iam.send(new GetOpenIDConnectProviderCommand(provider));
  await iam.send(new DeleteOpenIDConnectProviderCommand(provider));
  const ClientIDList = [...(was.ClientIDList ?? []), "stranger"];
  const made = { Url: `https://${was.Url}`, ClientIDList, Tags: was.Tags };
  await iam.send(new CreateOpenIDConnectProviderCommand(made));
  ground.wait(30_000);
  const audience = { ...provider, ClientID: "stranger" };
  await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(audience));
  const events = ground.news();
  const run = await ground.run(batchOf(events));
  expect(run.report.alerts).toMatchObject([{ kind: "audience-widened", severity: "critical" }]);
  expect(run.report.alerts[0]?.text).toContain("It was open for 30 s.");
  expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
});

test("a role that was made again without its boundary", async () => {
  const permissionsBoundary = "arn:aws:iam::123456789012:policy/bound";
  const ground = await watchedGround(guideWith({ role: { permissionsBoundary } }));
  const { iam } = ground;
  const { Role } = await iam.send(new GetRoleCommand(role));
  await iam.send(new DetachRolePolicyCommand({ ...role, ...policy }));
  await iam.send(new DeleteRoleCommand(role));
  const AssumeRolePolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
  const { Description, Tags } = Role ?? {};
  await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument, Description, Tags }));
  await iam.send(new AttachRolePolicyCommand({ ...role, ...policy }));
  ground.wait(30_000);
  const bound = { ...role, PermissionsBoundary: permissionsBoundary };
  await iam.send(new PutRolePermissionsBoundaryCommand(bound));
  const events = ground.news();
  const run = await ground.run(batchOf(events));
  expect(run.report.alerts).toMatchObject([{ kind: "permissions-widened", severity: "critical" }]);
  expect(run.iamWrites).toEqual([]);
  expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
});

test("one beside which another one is open, and is closed", async () => {
  const ground = await watchedGround(guideWith({}));
  await attachAndDetach(ground);
  const events = ground.news();
  const left = { ...role, PolicyName: "left", PolicyDocument: reading };
  await ground.iam.send(new PutRolePolicyCommand(left));
  const run = await ground.run(batchOf([...events, ...ground.news()]));
  const both = ["permissions-widened", "permissions-widened"];
  expect(kindsOf(run)).toEqual(both);
  expect(run.report.alerts.map(({ text }) => /GetObject/.test(text))).toEqual([true, false]);
  expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
});

test.each(["observe", "suspend"] as const)(
  "in mode %s, one beside which another one stays open",
  async (mode) => {
    const ground = await watchedGround(guideWith({}), mode);
    const left = { ...role, PolicyName: "left", PolicyDocument: reading };
    await ground.iam.send(new PutRolePolicyCommand(left));
    expect(kindsOf(await ground.run(batchOf(ground.news())))).toEqual(["permissions-widened"]);
    ground.wait(5 * minute);
    await attachAndDetach(ground);
    const events = ground.news();
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual(["permissions-widened"]);
    ground.wait(5 * minute);
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
  },
);

test("in observe, what was seen open beside another one is not reported again by its event", async () => {
  const ground = await watchedGround(guideWith({}), "observe");
  const left = { ...role, PolicyName: "left", PolicyDocument: reading };
  await ground.iam.send(new PutRolePolicyCommand(left));
  await ground.run(batchOf(ground.news()));
  ground.wait(5 * minute);
  await ground.iam.send(new AttachRolePolicyCommand(admin));
  const opened = ground.news();
  expect(kindsOf(await ground.run(batchOf(opened)))).toEqual(["permissions-widened"]);
  ground.wait(5 * minute);
  await ground.iam.send(new DetachRolePolicyCommand(admin));
  await ground.run(batchOf(ground.news()));
  ground.wait(5 * minute);
  expect(kindsOf(await ground.run(batchOf(opened)))).toEqual([]);
});
