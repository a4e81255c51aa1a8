import { GetRoleCommand, TagRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { planLines, wideningLines } from "../../shared/report/render.ts";
import { type Act, told } from "../act.ts";
import type { Page } from "../page.ts";
import type { Person } from "../people.ts";
import { callsDuring, iamWrites, productionIn, type Stage } from "../stage.ts";
import { roleName } from "./drift.ts";

export const watched: Act = {
  title: "A door opened by hand is shut within a second",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "Another account is let in by hand. CloudTrail's record of the call reaches the account's event bus, and the bus the queue:",
    );
    await openDoor(page, engineer);
    const arrived = stage.sandbox.clock.now().getTime();
    const { result: report, calls } = await callsDuring(stage, stage.deployed.work);
    const [widening] = productionIn(report).widenings;
    if (widening !== undefined) page.show(wideningLines(widening));
    const isShut = widening?.disposition === "reverted" && widening.resource === "trust-policy";
    told(page, "reverted", isShut, report);
    const write = calls.find(({ operation }) => operation === "UpdateAssumeRolePolicy");
    const shutAfterMs = write === undefined ? null : write.at.getTime() - arrived;
    const inTime = shutAfterMs !== null && shutAfterMs < 1000;
    told(page, `${shutAfterMs} ms after the event`, inTime, shutAfterMs);
    told(page, `the report names ${engineer.arn}`, widening?.actor === engineer.arn, widening);
    const isTimed = typeof widening?.openedAt === "string" && widening.closedAt !== null;
    told(page, "and says for how long it was open (CloudTrail's time has whole seconds)", isTimed);
    told(
      page,
      "with a critical alert",
      kindsIn(report) === "critical trust-widened",
      report.alerts,
    );
    const waiting = stage.deployed.queue.count();
    told(page, "its own write wakes nobody: the queue is empty", waiting === 0, waiting);
  },
};

export const tagged: Act = {
  title: "A tag does not blind it",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "Whoever may tag could claim the role for somebody else first, and open it then. But what the reconciler's own record names stays its own, whatever the tags say:",
    );
    page.deed(engineer.name, `aws iam tag-role --role-name ${roleName} --tags managed-by=…`);
    await engineer.iam.send(
      new TagRoleCommand({
        RoleName: roleName,
        Tags: [
          { Key: "managed-by", Value: "platform-team" },
          { Key: "oidc-reconciler:environment", Value: "other" },
        ],
      }),
    );
    await openDoor(page, engineer);
    const report = await stage.deployed.work();
    const { changes, outcome } = productionIn(report);
    page.show(planLines(changes));
    told(page, "the door is shut and the tags are put right", outcome === "reconciled", report);
    const kinds = "critical trust-widened, critical drift-corrected";
    told(page, `two alerts: ${kinds}`, kindsIn(report) === kinds, report.alerts);
    const writes = iamWrites((await callsDuring(stage, stage.deployed.workBySchedule)).calls);
    told(page, "the run after it writes nothing", writes.length === 0, writes);
  },
};

function kindsIn({ alerts }: Awaited<ReturnType<Stage["deployed"]["work"]>>): string {
  return alerts.map(({ kind, severity }) => `${severity} ${kind}`).join(", ");
}

/** Adds one statement to the role's trust policy: another account's users. */
async function openDoor(page: Page, { name, iam }: Person): Promise<void> {
  page.deed(name, `aws iam update-assume-role-policy --role-name ${roleName} …`);
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
