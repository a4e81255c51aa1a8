import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { everything } from "../scenarios/by-hand.ts";
import {
  guideWith,
  roleName,
  shopMain,
  textOf,
  type Written,
  wiki,
} from "../scenarios/documents.ts";
import { anybody } from "./policies.ts";

/** The record of what is in force cannot be read, for a moment or because somebody denies it. */

const quarter = 15 * 60_000;
const first = guideWith({ trust: { projects: [shopMain, { id: wiki }] } });
const narrower = guideWith({
  trust: { projects: [shopMain] },
  deploy: { ecr: ["demo-backend"] },
});
const alertsOf = ({ report }: GroundRun) =>
  report.alerts.map(({ severity, kind }) => `${severity} ${kind}`);
const codesOf = ({ report }: GroundRun) =>
  report.environments.flatMap(({ errors }) => errors.map(({ code }) => code));

/** In force is the first version; the second one was put, and nobody can read the record. */
async function unread(second: Written | string, times = Number.POSITIVE_INFINITY): Promise<Ground> {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(first));
  await ground.run();
  ground.wait(quarter);
  await ground.run();
  ground.wait(quarter);
  await ground.put(typeof second === "string" ? second : textOf(second));
  ground.sandbox.faults.add({
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
    times,
    when: ({ operation, input, caller }) =>
      operation === "GetParameters" &&
      JSON.stringify(input).includes("/applied/") &&
      caller === ground.caller,
  });
  return ground;
}

const open = ({ iam }: Ground, RoleName = roleName) =>
  iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: anybody }));

describe("a record that cannot be read", () => {
  test("for a moment makes no attack of an edit that narrows", async () => {
    const ground = await unread(narrower, 1);
    const run = await ground.run();
    expect(alertsOf(run)).toEqual(["critical reconcile-failed"]);
    expect(codesOf(run)).toEqual(["AccessDeniedException"]);
    expect(run.iamWrites).toEqual([]);
    ground.wait(quarter);
    const next = await ground.run();
    expect(next.report.environments[0]?.outcome).toBe("reconciled");
    expect(alertsOf(next)).toEqual(["info reconcile-failed"]);
  });

  test("hides no door: it is said once, with what it was measured by, and shut later", async () => {
    const ground = await unread(narrower);
    await open(ground);
    await ground.iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: "debug",
        PolicyDocument: everything,
      }),
    );
    const run = await ground.run();
    expect(alertsOf(run)).toEqual([
      "critical trust-widened",
      "critical permissions-widened",
      "critical reconcile-failed",
    ]);
    const [trust, permissions] = run.report.alerts;
    expect(trust?.title).toBe("production: the trust policy may have been widened (not reverted)");
    expect(trust?.text).toContain(
      `${roleName} lets callers in that versions 2 and 1 of the document do not.`,
    );
    expect(trust?.text).toContain("nobody knows which version is in force");
    expect(permissions?.text).toContain(
      `Sessions of ${roleName} can do what versions 2 and 1 of the document do not allow.`,
    );
    ground.wait(quarter);
    expect(alertsOf(await ground.run())).toEqual([]);
    ground.sandbox.faults.clear();
    ground.wait(quarter);
    const shut = await ground.run();
    expect(shut.report.alerts.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        "production: the trust policy was widened (reverted)",
        "production: the role was given more permissions (reverted)",
      ]),
    );
  });

  test("hides no door of the role that an edit renames", async () => {
    const ground = await unread(guideWith({ role: { name: "CircleCI-Second-Role" } }));
    expect(alertsOf(await ground.run())).toEqual(["critical reconcile-failed"]);
    await open(ground);
    ground.wait(quarter);
    expect(alertsOf(await ground.run())).toEqual(["critical trust-widened"]);
  });

  test("hides no door behind an edit that is not valid", async () => {
    const ground = await unread("mode: nonsense");
    await open(ground);
    expect(alertsOf(await ground.run())).toContain("critical trust-widened");
  });

  test("hides no door where the history has lost the version in force", async () => {
    const ground = await unread(narrower);
    await ground.remove();
    await ground.put(textOf(first));
    await ground.put(
      textOf(
        guideWith({
          trust: { projects: [shopMain, { id: wiki }] },
          mode: "enforce",
          onRemove: "delete",
        }),
      ),
    );
    expect(alertsOf(await ground.run())).toEqual(["critical reconcile-failed"]);
    await open(ground);
    ground.wait(quarter);
    const run = await ground.run();
    expect(alertsOf(run)).toEqual(["critical trust-widened"]);
    expect(run.report.alerts[0]?.text).toMatch(/that versions? [\d and]+ of the document do/);
  });
});
