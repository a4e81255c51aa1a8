import { GetRoleCommand, TagRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { planLines, wideningLines } from "../../shared/report/render.ts";
import type { Report } from "../../shared/report/report.ts";
import type { Act } from "../act.ts";
import { check } from "../check.ts";
import { roleName } from "../documents.ts";
import type { Page } from "../page.ts";
import type { Person } from "../people.ts";
import { callsDuring, iamWrites, productionIn } from "../stage.ts";

export const watched: Act = {
  title: "A change by hand is undone within a second",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "Mo gives another account access by hand. CloudTrail's record of the call goes to the account's event bus, and from there to the queue:",
    );
    await openRole(page, engineer);
    const arrived = stage.sandbox.clock.now().getTime();
    const { result: report, calls } = await callsDuring(stage, stage.deployed.run);
    const [widening] = productionIn(report).widenings;
    if (widening !== undefined) page.show(wideningLines(widening));
    const isReverted = widening?.disposition === "reverted" && widening.resource === "trust-policy";
    check(page, "the run reverts it", isReverted, report);
    const write = calls.find(({ operation }) => operation === "UpdateAssumeRolePolicy");
    const tookMs = write === undefined ? null : write.at.getTime() - arrived;
    const inTime = tookMs !== null && tookMs < 1000;
    check(page, `it takes ${tookMs} ms after the event`, inTime, tookMs);
    const isNamed = widening?.actor === engineer.arn;
    check(page, `the report names who did it: ${engineer.arn}`, isNamed, widening);
    const isTimed = typeof widening?.openedAt === "string" && widening.closedAt !== null;
    check(page, "it says how long the access was open (CloudTrail counts whole seconds)", isTimed);
    const isOneAlert = kindsIn(report) === "critical trust-widened";
    check(page, "the run sends one alert: critical trust-widened", isOneAlert, report.alerts);
    const waiting = stage.deployed.queue.count();
    check(page, "its own write starts no other run: the queue is empty", waiting === 0, waiting);
  },
};

export const tagged: Act = {
  title: "Changed tags do not hide a change",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "Anyone who may tag the role could first mark it as another team's and then open it. But the reconciler's own record names the role, so it stays managed whatever its tags say:",
    );
    page.command(engineer.name, `aws iam tag-role --role-name ${roleName} --tags managed-by=…`);
    await engineer.iam.send(
      new TagRoleCommand({
        RoleName: roleName,
        Tags: [
          { Key: "managed-by", Value: "platform-team" },
          { Key: "oidc-reconciler:environment", Value: "other" },
        ],
      }),
    );
    await openRole(page, engineer);
    const report = await stage.deployed.run();
    const { changes, outcome } = productionIn(report);
    page.show(planLines(changes));
    const isReconciled = outcome === "reconciled";
    check(page, "the run reverts the trust policy and restores the tags", isReconciled, report);
    const kinds = "critical trust-widened, critical drift-corrected";
    check(page, `it sends two alerts: ${kinds}`, kindsIn(report) === kinds, report.alerts);
    const writes = iamWrites((await callsDuring(stage, stage.deployed.runBySchedule)).calls);
    check(page, "the next run writes nothing", writes.length === 0, writes);
  },
};

function kindsIn({ alerts }: Report): string {
  return alerts.map(({ kind, severity }) => `${severity} ${kind}`).join(", ");
}

/** Adds one statement to the role's trust policy: another account's users. */
async function openRole(page: Page, { name, iam }: Person): Promise<void> {
  page.command(name, `aws iam update-assume-role-policy --role-name ${roleName} …`);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
  const policy: unknown = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
  if (typeof policy !== "object" || policy === null || !("Statement" in policy)) {
    throw new Error("The role has no trust policy.");
  }
  const more = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::999999999999:root" },
    Action: "sts:AssumeRole",
  };
  const PolicyDocument = JSON.stringify({ ...policy, Statement: [policy.Statement, more].flat() });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}
