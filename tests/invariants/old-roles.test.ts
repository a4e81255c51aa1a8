import { describe, expect, test } from "vitest";
import { type DriftName, drift } from "../model/drift.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { guideWith, policyName, roleName, textOf, type Written } from "../scenarios/documents.ts";

/** What a rename or a removal leaves behind is watched like what is in force. */

const minute = 60_000;
const secondName = "CircleCI-Second-Role";
const arnOf = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);

async function applied(ground: Ground, document: Written): Promise<void> {
  const version = await ground.put(textOf(document));
  const { report } = await ground.run();
  if (report.environments[0]?.outcome !== "held") return;
  await ground.approve(version);
  await ground.run();
}

/** An account in which the role of the guide has an old name by now. */
async function renamed(document: Written = {}): Promise<Ground> {
  const ground = await openGround();
  await ground.seed();
  await applied(ground, guideWith(document));
  await applied(ground, guideWith({ ...document, role: { name: secondName } }));
  ground.wait(5 * minute);
  await ground.run();
  return ground;
}

function does(ground: Ground, what: DriftName, role: string): Promise<unknown> {
  const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
  const place = { iam: ground.iam, role, policyArn, provider: "" };
  return drift(what, place, ground.sandbox.clock.now());
}

describe("a wide version of the policy that an old role shares", () => {
  test("is one alert, which names both roles, and shut for both", async () => {
    const ground = await renamed();
    await does(ground, "makes a policy version that allows everything", secondName);
    ground.wait(5 * minute);
    const run = await ground.run();
    expect(kindsOf(run)).toEqual(["permissions-widened"]);
    expect(run.report.alerts[0]?.text).toContain(`Sessions of ${arnOf(roleName)}, an old name,`);
    const shut = { resource: "permissions", disposition: "reverted" };
    expect(run.report.environments[0]?.widenings).toMatchObject([shut, shut]);
  });
});

test("an old role that was opened and goes in the same run is reported as deleted, not as left", async () => {
  const ground = await openGround();
  await ground.seed();
  await applied(ground, guideWith({ onRemove: "delete" }));
  const version = await ground.put(
    textOf(guideWith({ role: { name: secondName }, onRemove: "delete" })),
  );
  await does(ground, "opens the trust policy to everybody", roleName);
  ground.wait(5 * minute);
  const run = await ground.run();
  expect(version).toBe(2);
  expect(run.iamWrites).toContain("DeleteRole");
  const alert = run.report.alerts.find(({ kind }) => kind === "trust-widened");
  expect(alert?.title).toContain("(reverted)");
  expect(alert?.text).toContain(`role/${roleName}, an old name, was deleted in this run`);
  const [environment] = run.report.environments;
  expect(environment?.widenings).toMatchObject([
    { resource: "trust-policy", disposition: "reverted" },
  ]);
  expect(environment?.conditions["TrustAsIntended"]?.status).toBe(true);
});
