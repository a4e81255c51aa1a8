import { randomUUID } from "node:crypto";
import {
  DeleteOpenIDConnectProviderCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { PublishedMessage, RecordedCall } from "../../sandbox/index.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import type { Report } from "../../shared/report/report.ts";
import { reconcile } from "../../shared/runs/reconcile.ts";
import { settingsOf } from "../../shared/settings.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { swiftTime } from "../invariants/run-with.ts";
import { providerArn } from "./by-hand.ts";
import { guide, guideAs, roleName } from "./documents.ts";
import { prefix, type Scenario, schedule, startScenario } from "./harness.ts";

const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

/** An account in sync with a trail, in which something is about to go wrong. */
async function inSync(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  await account.run();
  await account.watch();
  return account;
}

/** What one reader of the topic got. */
type ReportedLine = { readonly kind: string; readonly severity: string; readonly text: string };

function reportedBy({ attributes, message }: PublishedMessage): ReportedLine {
  const body: { readonly content?: { readonly title?: string; readonly description?: string } } =
    JSON.parse(message);
  return {
    kind: attributes.get("kind")?.value ?? "",
    severity: attributes.get("severity")?.value ?? "",
    text: `${body.content?.title}\n${body.content?.description}`,
  };
}

/** All that was reported while a task ran, and in the three runs by the schedule after it. */
async function keysAfter(
  account: Scenario,
  task: () => Promise<unknown>,
): Promise<readonly ReportedLine[]> {
  const first = account.sandbox.messages.length;
  await task();
  for (let again = 0; again < 3; again += 1) await account.run();
  return account.sandbox.messages.slice(first).map(reportedBy);
}

function only(reported: readonly ReportedLine[]): ReportedLine {
  const [first] = reported;
  expect(reported).toHaveLength(1);
  if (first === undefined) throw new Error("Nothing was reported.");
  return first;
}

const openDoor = ({ iam }: Scenario, RoleName = roleName) =>
  iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: anybody }));

describe("a game day: each mishap ends in exactly one true alert", () => {
  test("sessions are revoked", async () => {
    const account = await inSync();
    const PolicyName = "AWSRevokeOlderSessions";
    const at = new Date().toISOString();
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { DateLessThan: { "aws:TokenIssueTime": at } },
        },
      ],
    });
    const policy = { RoleName: roleName, PolicyName };
    const reported = await keysAfter(account, async () => {
      await account.iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
      await account.run(account.eventOf("PutRolePolicy"));
    });
    const until = new Date(Date.parse(at) + 12 * 3_600_000).toISOString();
    expect(only(reported)).toMatchObject({ kind: "sessions-revoked", severity: "critical" });
    expect(only(reported).text).toContain("Done by arn:aws:iam::123456789012:user/administrator");
    expect(only(reported).text).toContain(`${PolicyName} until ${until}`);
    await account.iam.send(new GetRolePolicyCommand(policy));
  });

  test("the provider is deleted", async () => {
    const account = await inSync();
    const before = (await account.state()).providers;
    const reported = await keysAfter(account, async () => {
      const gone = { OpenIDConnectProviderArn: providerArn };
      await account.iam.send(new DeleteOpenIDConnectProviderCommand(gone));
      await account.run(account.eventOf("DeleteOpenIDConnectProvider"));
    });
    expect(only(reported)).toMatchObject({ kind: "drift-corrected", severity: "info" });
    expect((await account.state()).providers).toEqual(before);
  });

  test("somebody's tag claims the role", async () => {
    const account = await inSync();
    const reported = await keysAfter(account, async () => {
      const Tags = [{ Key: "ManagedBy", Value: "platform-team" }];
      await account.iam.send(new TagRoleCommand({ RoleName: roleName, Tags }));
      await account.run(account.eventOf("TagRole"));
    });
    expect(only(reported)).toMatchObject({ kind: "drift-corrected", severity: "critical" });
    expect(only(reported).text).toContain("claimed it for another owner");
  });

  test("ECR throttles: nothing is taken away, and the end of it is reported as well", async () => {
    const account = await inSync();
    const before = (await account.state()).policies;
    account.sandbox.faults.add({
      when: ({ service }) => service === "ecr",
      at: "before",
      how: { error: "ThrottlingException", httpStatus: 400 },
    });
    const reported = await keysAfter(account, () => account.run());
    expect(only(reported)).toMatchObject({ kind: "target-missing", severity: "warning" });
    expect((await account.state()).policies).toEqual(before);
    account.sandbox.faults.clear();
    const mended = await keysAfter(account, () => account.run());
    expect(only(mended)).toMatchObject({ kind: "target-missing", severity: "info" });
  });

  test("the function is killed in the middle of a run, its door shut and nobody alerted", async () => {
    const account = await inSync();
    await openDoor(account);
    const isOwn = ({ caller }: RecordedCall) => caller.includes("oidc-reconciler-prod-reconcile");
    let shut = false;
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && shut,
      at: "before",
      how: "connection-reset",
    });
    account.sandbox.faults.add({
      when: (call) => {
        const strikes = isOwn(call) && call.operation === "UpdateAssumeRolePolicy";
        shut ||= strikes;
        return strikes;
      },
      at: "after",
      how: "connection-reset",
    });
    const first = account.sandbox.messages.length;
    await account.invoke();
    expect(account.sandbox.messages.length).toBe(first);
    account.sandbox.faults.clear();
    const reported = await keysAfter(account, () => account.run());
    expect(only(reported)).toMatchObject({ kind: "run-interrupted", severity: "critical" });
    expect(only(reported).text).toContain(
      "trust-widened: production: the trust policy was widened",
    );
  });

  test("a hundred roles are widened at once: a digest names each", {
    timeout: 120_000,
  }, async () => {
    const account = await startScenario();
    const names = Array.from({ length: 100 }, (_, index) => `team-${index}`);
    for (const name of names) await account.put(guideAs(name), name);
    const topic = await account.sns.send(new CreateTopicCommand({ Name: "game-day" }));
    const runOnce = () => unpaced(account, topic.TopicArn ?? "");
    await runOnce();
    await runOnce();
    for (const name of names) await openDoor(account, `CircleCI-${name}-Role`);
    const first = account.sandbox.messages.length;
    const report = await runOnce();
    await runOnce();
    const messages = account.sandbox.messages.slice(first);
    const reported = only(messages.map(reportedBy));
    expect(reported).toMatchObject({ kind: "trust-widened", severity: "critical" });
    const named = messages[0]?.attributes.get("environment")?.value ?? "[]";
    expect(new Set(JSON.parse(named))).toEqual(new Set(names));
    const left = report.environments.filter(({ outcome }) => outcome !== "reconciled");
    expect(left).toEqual([]);
  });
});

/** A run whose waits for the pace of Parameter Store and CloudTrail take no time. */
async function unpaced({ sandbox }: Scenario, topicArn: string): Promise<Report> {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { installation } = settingsOf({ ...sandbox.environment, OIDC_FIRST_DOCUMENT: "apply" });
  const wake = wakeOf(schedule, prefix, installation);
  if (wake.kind === "refused") throw new Error(wake.error.message);
  const { report } = await reconcile({
    clients: makeClients(sandbox.region, {}, swiftTime()),
    wake,
    installation,
    channels: { topicArn, bus: "default" },
    runId: randomUUID(),
    clock: sandbox.clock.now,
    functionArn: null,
    remainingMs: () => Number.POSITIVE_INFINITY,
    alive: new Set(),
    logRemoval: () => undefined,
  });
  return report;
}
