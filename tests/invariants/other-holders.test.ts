import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import {
  guideAs,
  guideWith,
  policyName,
  roleName,
  textOf,
  type Written,
} from "../scenarios/documents.ts";

/** Anyone else who holds the deploy policy gains what a later version of the document adds to it. */

const minute = 60_000;
const stranger = { RoleName: "Reports" };
const policy = { PolicyArn: `arn:aws:iam::123456789012:policy/${policyName}` };
const narrow = guideWith({ deploy: { ecr: ["demo-backend"] } });
const alerts = ({ report }: GroundRun) =>
  report.alerts.map(({ severity, kind, title }) => `${severity} ${kind} ${title}`);

/** An account in sync, with a role of somebody else. */
async function opened(documents: Readonly<Record<string, Written>>): Promise<Ground> {
  const ground = await openGround();
  await ground.seed();
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  await ground.iam.send(new CreateRoleCommand({ ...stranger, AssumeRolePolicyDocument }));
  for (const [name, document] of Object.entries(documents)) {
    await ground.put(textOf(document), name);
  }
  for (let nth = 0; nth < 2; nth += 1) {
    await ground.run();
    ground.wait(15 * minute);
  }
  return ground;
}

describe("the deploy policy, given to another role", () => {
  test("is reported once, in the condition too, and with each edit that adds to it", async () => {
    const ground = await opened({ production: narrow });
    await ground.iam.send(new AttachRolePolicyCommand({ ...stranger, ...policy }));
    const run = await ground.run();
    expect(alerts(run)).toEqual([
      `warning conflict production: policy/${policyName} is also given to 1 other identity`,
    ]);
    expect(run.iamWrites).toEqual([]);
    expect(run.report.environments[0]).toMatchObject({
      outcome: "in-sync",
      conditions: {
        InSync: { message: "the account matches version 1; its policy has other holders: 1" },
      },
    });
    ground.wait(15 * minute);
    expect(alerts(await ground.run())).toEqual([]);
    const version = await ground.put(textOf(guideWith({})));
    const [held] = (await ground.run()).report.alerts;
    expect(held?.kind).toBe("permissions-widening-held");
    expect(held?.text).toContain("also given to 1 other identity, who gains the same");
    await ground.approve(version);
    const [applied] = (await ground.run()).report.alerts;
    expect(applied?.kind).toBe("permissions-widening-applied");
    expect(applied?.text).toContain("also given to 1 other identity, who gains the same");
    ground.wait(15 * minute);
    expect(alerts(await ground.run())).toEqual([]);
    await ground.iam.send(new DetachRolePolicyCommand({ ...stranger, ...policy }));
    ground.wait(15 * minute);
    const { report } = await ground.run();
    expect(report.environments[0]?.conditions["InSync"]?.message).toBe(
      "the account matches version 2",
    );
  });

  test.each([1, 6])("or as a boundary, without an event, among %i environments", async (count) => {
    const names = Array.from({ length: count }, (_, nth) => `env-${nth}`);
    const documents = names.map(
      (name) => [name, guideAs(name, { deploy: { ecr: ["demo-backend"] } })] as const,
    );
    const ground = await opened(Object.fromEntries(documents));
    const own = `arn:aws:iam::123456789012:policy/${guideAs("env-0").policy?.name}`;
    await ground.iam.send(new AttachRolePolicyCommand({ ...stranger, PolicyArn: own }));
    const bound = { ...stranger, PermissionsBoundary: own };
    await ground.iam.send(new PutRolePermissionsBoundaryCommand(bound));
    const runs: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      ground.wait(15 * minute);
      runs.push(...alerts(await ground.run()));
    }
    expect(runs).toEqual([expect.stringContaining("warning conflict env-0: ")]);
    expect(runs[0]).toContain("2 other identities");
  });

  test.each(["with the edit", "with its approval"])(
    "in the place of ours in one moment %s is reported",
    async (moment) => {
      const ground = await opened({ production: narrow });
      const replace = async () => {
        await ground.iam.send(new AttachRolePolicyCommand({ ...stranger, ...policy }));
        await ground.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, ...policy }));
      };
      if (moment === "with the edit") await replace();
      const version = await ground.put(textOf(guideWith({})));
      const [held] = (await ground.run()).report.alerts;
      if (moment === "with the edit") {
        expect(held?.text).toContain("also given to 1 other identity, who gains the same");
      } else await replace();
      await ground.approve(version);
      const { report } = await ground.run();
      const applied = report.alerts.find(({ kind }) => kind === "permissions-widening-applied");
      expect(applied?.text).toContain("also given to 1 other identity, who gains the same");
    },
  );

  test("in the place of ours, which observe does not put back, is reported once", async () => {
    const ground = await opened({ production: narrow });
    await ground.put(textOf({ ...narrow, mode: "observe" }));
    await ground.run();
    ground.wait(15 * minute);
    await ground.iam.send(new AttachRolePolicyCommand({ ...stranger, ...policy }));
    await ground.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, ...policy }));
    const titles: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      titles.push(...alerts(await ground.run()).filter((each) => each.includes("also given")));
      ground.wait(15 * minute);
    }
    expect(titles).toHaveLength(1);
  });

  test.each([false, true])(
    "does not count the old role that lets go of it in that run (beside a stranger: %s)",
    async (isShared) => {
      const ground = await opened({ production: { ...narrow, onWiden: "apply" } });
      if (isShared) {
        await ground.iam.send(new AttachRolePolicyCommand({ ...stranger, ...policy }));
        await ground.run();
        ground.wait(15 * minute);
      }
      const renamed = { onWiden: "apply", role: { name: "CircleCI-New-Role" } } as const;
      await ground.put(textOf(guideWith(renamed)));
      const { report, iamWrites } = await ground.run();
      expect(iamWrites).toContain("DetachRolePolicy");
      const texts = report.alerts.map(({ title, text }) => `${title}: ${text}`);
      const others = texts.filter((text) => text.includes("also given to"));
      expect(others).toHaveLength(isShared ? 1 : 0);
      for (const text of others) expect(text).toContain("1 other identity, who gains the same");
    },
  );
});
