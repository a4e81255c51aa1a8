import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetInstanceProfileCommand,
  IAMClient,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { lambdaTrust } from "./documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
const RoleName = "r";
const InstanceProfileName = "web";
const both = { RoleName, InstanceProfileName };
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName, Path: "/ec2/" }));
});
afterEach(() => sandbox.close());

it("shows a profile with its role in every answer", async () => {
  await iam.send(new AddRoleToInstanceProfileCommand(both));
  const { InstanceProfile } = await iam.send(
    new GetInstanceProfileCommand({ InstanceProfileName }),
  );
  expect(InstanceProfile).toMatchObject({
    InstanceProfileName,
    Arn: "arn:aws:iam::123456789012:instance-profile/ec2/web",
    InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
    Roles: [{ RoleName }],
  });
  const ofRole = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  const all = await iam.send(new ListInstanceProfilesCommand({ PathPrefix: "/ec2/" }));
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }));
  for (const shown of [
    ofRole.InstanceProfiles,
    all.InstanceProfiles,
    details.RoleDetailList?.[0]?.InstanceProfileList,
  ]) {
    expect(shown).toEqual([InstanceProfile]);
  }
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
  expect(SummaryMap).toMatchObject({ InstanceProfiles: 1 });
});

it("accepts one role and not a second", async () => {
  await iam.send(new CreateRoleCommand({ RoleName: "s", AssumeRolePolicyDocument: lambdaTrust }));
  await iam.send(new AddRoleToInstanceProfileCommand(both));
  const second = iam.send(new AddRoleToInstanceProfileCommand({ ...both, RoleName: "s" }));
  expect(await refusal(second, "LimitExceededException")).toBe(
    "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
  );
});

it("does not delete the role or the profile while one has the other", async () => {
  await iam.send(new AddRoleToInstanceProfileCommand(both));
  const message = "Cannot delete entity, must remove roles from instance profile first.";
  const role = iam.send(new DeleteRoleCommand({ RoleName }));
  expect(await refusal(role, "DeleteConflictException")).toBe(message);
  const profile = iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  expect(await refusal(profile, "DeleteConflictException")).toBe(message);
  await iam.send(new RemoveRoleFromInstanceProfileCommand(both));
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
});

it("refuses what does not exist, and what exists already", async () => {
  const missing = { ...both, InstanceProfileName: "none" };
  const nowhere = iam.send(new AddRoleToInstanceProfileCommand(missing));
  expect(await refusal(nowhere, "NoSuchEntityException")).toBe(
    "Instance Profile none cannot be found.",
  );
  const empty = iam.send(new RemoveRoleFromInstanceProfileCommand(both));
  await refusal(empty, "NoSuchEntityException");
  const again = iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "WEB" }));
  await refusal(again, "EntityAlreadyExistsException");
});
