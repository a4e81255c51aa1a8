import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { wideningLines } from "../../shared/report/render.ts";
import type { Report } from "../../shared/report/report.ts";
import { type Act, StoryBroken, told } from "../act.ts";
import type { Person } from "../people.ts";
import { callsDuring, iamWrites, productionIn, type Stage } from "../stage.ts";
import { roleName } from "./drift.ts";

export const watched: Act = {
  title: "A door opened by hand is shut within a second",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "This time nobody waits for the schedule: CloudTrail's record of the call reaches the account's event bus, and the bus wakes the function. Another account is let in by hand:",
    );
    page.deed(engineer.name, `aws iam update-assume-role-policy --role-name ${roleName} …`);
    const { event, report, shutAfterMs } = await openAndWait(stage, engineer);
    const [widening] = productionIn(report).widenings;
    if (widening !== undefined) page.show(wideningLines(widening));
    const isShut = widening?.disposition === "reverted" && widening.resource === "trust-policy";
    told(page, "reverted", isShut, report);
    told(
      page,
      `${shutAfterMs} ms after the event`,
      shutAfterMs !== null && shutAfterMs < 1000,
      shutAfterMs,
    );
    told(page, `the report names ${engineer.arn}`, widening?.actor === engineer.arn, widening);
    const isTimed = typeof widening?.openedAt === "string" && widening.closedAt !== null;
    told(page, "and says for how long it was open (CloudTrail's time has whole seconds)", isTimed);
    const kinds = report.alerts.map(({ kind, severity }) => `${severity} ${kind}`);
    told(page, "with a critical alert", kinds.join() === "critical trust-widened", kinds);
    const own = stage.newestEvent((other) => isTrustCall(other) && other.detail !== event.detail);
    const idle = await callsDuring(stage, () => stage.deployed.invoke(own));
    const writes = iamWrites(idle.calls);
    told(
      page,
      "its own write wakes it once more, and it writes nothing",
      writes.length === 0,
      writes,
    );
  },
};

function isTrustCall({ source, detail }: EventBridgeEvent): boolean {
  return source === "aws.iam" && detail["eventName"] === "UpdateAssumeRolePolicy";
}

type Shut = {
  readonly event: EventBridgeEvent;
  readonly report: Report;
  /** From the event's arrival to the write that reverted it. */
  readonly shutAfterMs: number | null;
};

/** Opens the door and lets the bus wake the function. */
async function openAndWait(stage: Stage, engineer: Person): Promise<Shut> {
  const { sandbox, deployed } = stage;
  const trust = await widerTrust(engineer);
  const answers: Promise<Shut>[] = [];
  const stop = sandbox.events.onEvent((event) => {
    if (!isTrustCall(event)) return;
    stop();
    const arrived = sandbox.clock.now().getTime();
    const first = sandbox.calls.length;
    const answer = deployed.invoke(event).then((report): Shut => {
      const write = sandbox.calls
        .slice(first)
        .find(({ operation }) => operation === "UpdateAssumeRolePolicy");
      const shutAfterMs = write === undefined ? null : write.at.getTime() - arrived;
      return { event, report, shutAfterMs };
    });
    answers.push(answer);
  });
  await engineer.iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: trust }),
  );
  const [shut] = answers;
  if (shut === undefined) throw new StoryBroken("the call made no event");
  return shut;
}

/** The role's trust policy with one statement more: another account's users. */
async function widerTrust({ iam }: Person): Promise<string> {
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
  return JSON.stringify({ ...policy, Statement: [policy.Statement, more].flat() });
}
