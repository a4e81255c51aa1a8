import { CreateRoleCommand, GetRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { guideAs, guideWith, roleName, textOf } from "../scenarios/documents.ts";
import { applied, kindsOf } from "./applied.ts";
import { openGround } from "./ground.ts";
import { makeTargets } from "./targets.ts";

/** More of one kind than a status has room for: it is alerted once all the same. */

test.each<readonly [what: string, count: number, mode: "suspend" | null]>([
  ["where the mode is suspend", 120, "suspend"],
  ["of a removed environment", 70, null],
])("inline policies that stay are alerted once %s: %i", async (_what, count, mode) => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  if (mode === null) await ground.remove();
  else await ground.put(textOf(guideWith({ mode })));
  await ground.run();
  for (let nth = 0; nth < count; nth += 1) {
    const Statement = { Effect: "Allow", Action: "*", Resource: `arn:aws:s3:::b${nth}` };
    const PolicyDocument = JSON.stringify({ Statement });
    const put = { RoleName: roleName, PolicyName: `p${nth}`, PolicyDocument };
    await ground.iam.send(new PutRolePolicyCommand(put));
  }
  const { report } = await ground.run();
  expect(kindsOf(report).filter((kind) => kind === "permissions-widened").length).toBe(1);
  for (let nth = 1; nth <= 3; nth += 1) {
    ground.wait(15 * 60_000);
    expect(kindsOf((await ground.run()).report)).toEqual([]);
  }
});

test("sixty roles that only carry an environment's tags are alerted once where its role has another name", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const { Role } = await ground.iam.send(new GetRoleCommand({ RoleName: roleName }));
  const { AssumeRolePolicyDocument = "", Tags = [] } = Role ?? {};
  for (let nth = 0; nth < 60; nth += 1) {
    const made = {
      RoleName: `copy-${nth}`,
      AssumeRolePolicyDocument: decodeURIComponent(AssumeRolePolicyDocument),
      Tags,
    };
    await ground.iam.send(new CreateRoleCommand(made));
  }
  // Of more than four environments a run lists the account, with all its tags.
  for (let nth = 0; nth < 5; nth += 1) {
    await ground.put(textOf(guideAs(`e${nth}`, { deploy: {} })), `e${nth}`);
  }
  await ground.run();
  await ground.approve(
    await ground.put(textOf(guideWith({ role: { name: "CircleCI-New-Role" } }))),
  );
  const titles: string[] = [];
  for (let nth = 1; nth <= 4; nth += 1) {
    ground.wait(15 * 60_000);
    // A run in which nothing else happens asks for no alerts at all.
    await ground.remove(`e${nth}`);
    const { report } = await ground.run();
    const own = report.alerts.filter(({ environment }) => environment === "production");
    titles.push(...own.map(({ kind }) => `run ${nth}: ${kind}`));
  }
  expect(titles).toEqual(["run 1: mode-changed", "run 1: orphaned"]);
});
