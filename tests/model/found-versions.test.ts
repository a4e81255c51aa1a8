import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { guideWith, organization, roleName, textOf, type Written } from "../scenarios/documents.ts";
import { applied, policyArn } from "./applied.ts";
import { providerArn } from "./callers.ts";
import { type DriftName, drift } from "./drift.ts";
import { type Ground, openGround } from "./ground.ts";
import { makeTargets } from "./targets.ts";

/** What a status remembers of a policy's versions holds for the document by which it was found, and for no other. */

const otherPolicy = { policy: { name: "CircleCI-Other-Policy" } };
const otherArn = policyArn.replace("CircleCI-Deployment-Policy", otherPolicy.policy.name);
const fewer = { deploy: { ecr: ["demo-backend"] } };

/** An environment whose policy has been renamed; the old one has its third version, beside which the second is harmless. */
async function renamed(): Promise<Ground> {
  const ground = await openGround();
  await makeTargets(ground);
  for (const document of [{}, fewer, {}, otherPolicy]) await applied(ground, guideWith(document));
  return ground;
}

async function watch(ground: Ground, document: Written): Promise<void> {
  await applied(ground, guideWith({ ...document, mode: "suspend" }));
  await ground.run();
}

async function drifted(ground: Ground, name: DriftName, arn: string): Promise<void> {
  const provider = providerArn(organization);
  const place = { iam: ground.iam, role: roleName, policyArn: arn, provider };
  await drift(name, place, ground.sandbox.clock.now());
}

async function versionsOf(ground: Ground, PolicyArn: string): Promise<readonly string[]> {
  const { Versions = [] } = await ground.iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  return Versions.map(({ VersionId = "" }) => VersionId);
}

test("a wide version is deleted, though one of that number was harmless in a policy that was only watched", async () => {
  const ground = await renamed();
  await watch(ground, {});
  await drifted(ground, "keeps a wide policy version in store", otherArn);
  await ground.put(textOf(guideWith(otherPolicy)));
  await ground.run();
  expect(await versionsOf(ground, otherArn)).toEqual(["v1"]);
});

test("a version is deleted that was harmless only beside what a watched document asks for", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const { PolicyVersion } = await ground.iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v1" }),
  );
  await applied(ground, guideWith(fewer));
  const PolicyDocument = decodeURIComponent(PolicyVersion?.Document ?? "");
  await watch(ground, {});
  await ground.iam.send(new CreatePolicyVersionCommand({ PolicyArn: policyArn, PolicyDocument }));
  await ground.run();
  await ground.put(textOf(guideWith(fewer)));
  await ground.run();
  expect(await versionsOf(ground, policyArn)).toEqual(["v2"]);
});

test("a wide version is deleted, though one of that number was harmless before the policy was made again", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  for (const document of [{}, fewer, {}]) await applied(ground, guideWith(document));
  await ground.run();
  expect(await versionsOf(ground, policyArn)).toEqual(["v3", "v2"]);
  const { iam } = ground;
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: policyArn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v3" }),
  );
  const PolicyDocument = decodeURIComponent(PolicyVersion?.Document ?? "");
  await drifted(ground, "deletes the policy", policyArn);
  ground.wait(60_000);
  const { PolicyName, Tags } = Policy ?? {};
  await iam.send(new CreatePolicyCommand({ PolicyName, Tags, PolicyDocument }));
  await drifted(ground, "keeps a wide policy version in store", policyArn);
  await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
  ground.wait(15 * 60_000);
  await ground.run();
  expect(await versionsOf(ground, policyArn)).toEqual(["v1"]);
});

test("a run that only watches a policy under another name asks for each version once, and for none that is not there", async () => {
  const ground = await renamed();
  await watch(ground, {});
  ground.wait(15 * 60_000);
  const { calls } = await ground.run();
  const asked = calls.filter(({ operation }) => operation === "GetPolicyVersion");
  const names = asked.map(({ input }) => `${input["PolicyArn"]} ${input["VersionId"]}`);
  expect(names.toSorted()).toEqual([`${policyArn} v3`, `${otherArn} v1`].toSorted());
});
