import { randomUUID } from "node:crypto";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { vi } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { realTime, type Time } from "../../shared/edge/time.ts";
import { emptyMemory } from "../../shared/loop/memory.ts";
import type { Report } from "../../shared/report/report.ts";
import { reconcile } from "../../shared/runs/reconcile.ts";
import { settingsOf } from "../../shared/settings.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { documentWith, parameter } from "../../story/documents.ts";
import { schedule } from "../scenarios/harness.ts";
import { loadClients } from "../scenarios/round-trips.ts";
import { measured, type RoundTrips } from "./round-trips.ts";

/** One kind of run, with its calls and round trips. */
export type Measured = RoundTrips & {
  readonly run: string;
  readonly outcomes: readonly string[];
};

const role = "CircleCI-OIDC-Role";
const statementOf = (account: string) => ({
  Effect: "Allow",
  Principal: { AWS: account },
  Action: "sts:AssumeRole",
});
const inlinePolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
};

const main = documentWith({ refs: ["refs/heads/main"] });

/** An account in which runs happen one after the other and are measured. */
class Laboratory {
  readonly #sandbox: Sandbox;
  readonly #topicArn: string;
  readonly #iam: IAMClient;
  readonly #ssm: SSMClient;
  #newest: EventBridgeEvent | null = null;
  #memory = emptyMemory();

  constructor(sandbox: Sandbox, topicArn: string) {
    this.#sandbox = sandbox;
    this.#topicArn = topicArn;
    this.#iam = new IAMClient(clientOptions(sandbox));
    this.#ssm = new SSMClient(clientOptions(sandbox));
    sandbox.events.onEvent((event) => {
      if (event.source === "aws.iam") this.#newest = event;
    });
  }

  async put(document: string, name = parameter): Promise<void> {
    const put = { Name: name, Value: document, Type: "String", Overwrite: true } as const;
    await this.#ssm.send(new PutParameterCommand(put));
  }

  async addInlinePolicy(): Promise<void> {
    const PolicyDocument = JSON.stringify(inlinePolicy);
    const put = { RoleName: role, PolicyName: "debug", PolicyDocument };
    await this.#iam.send(new PutRolePolicyCommand(put));
  }

  /**
   * Returns CloudTrail's event of the call. Uses another account each time, because a run would
   * read twice what the run before has just replaced.
   */
  async loosenTrust(account: string): Promise<EventBridgeEvent | null> {
    const { Role } = await this.#iam.send(new GetRoleCommand({ RoleName: role }));
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "{}"));
    trust.Statement.push(statementOf(account));
    const PolicyDocument = JSON.stringify(trust);
    await this.#iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument }));
    return this.#newest;
  }

  /** As if the next run came to a process that has made none before. */
  forget(): void {
    this.#memory = emptyMemory();
  }

  async measure(name: string, event: unknown = schedule): Promise<Measured> {
    const prefix = "/oidc-reconciler";
    const wake = wakeOf(event, prefix);
    if (wake.kind === "refused") throw new Error(wake.error.message);
    for (const [variable, value] of Object.entries(this.#sandbox.environment)) {
      vi.stubEnv(variable, value);
    }
    let outcomes: readonly string[] = [];
    const taken = await measured(async () => {
      const { report } = await reconcile({
        clients: makeClients(this.#sandbox.region, {}, withoutPace()),
        wake,
        installation: settingsOf({ ...process.env, OIDC_FIRST_DOCUMENT: "apply" }).installation,
        channels: { topicArn: this.#topicArn, bus: "default" },
        runId: randomUUID(),
        clock: this.#sandbox.clock.now,
        functionArn: "arn:aws:lambda:us-east-1:123456789012:function:reconcile",
        memory: this.#memory,
        remainingMs: () => Number.POSITIVE_INFINITY,
        alive: new Set(),
        logRemoval: () => undefined,
      });
      outcomes = outcomesOf(report);
    });
    vi.unstubAllEnvs();
    return { run: name, outcomes, ...taken };
  }
}

/**
 * A clock on which the pauses between writes of parameters take no time, because they are not round
 * trips.
 */
function withoutPace(): Time {
  let ahead = 0;
  return {
    now: () => realTime.now() + ahead,
    sleep: async (ms, signal) => {
      // Only these pauses have no signal to end them.
      if (signal !== undefined) return realTime.sleep(ms, signal);
      ahead += ms;
    },
  };
}

function outcomesOf({ environments }: Report): readonly string[] {
  return [...new Set(environments.map(({ outcome }) => outcome))];
}

/** Plays the runs of the table. Each starts with the state that the run before left. */
export async function measureRuns(): Promise<readonly Measured[]> {
  await loadClients();
  return [...(await oneEnvironment()), await manyEnvironments(50)];
}

async function inLaboratory<Result>(play: (lab: Laboratory) => Promise<Result>): Promise<Result> {
  const sandbox = await startSandbox();
  try {
    await seed(sandbox);
    const options = clientOptions(sandbox);
    const Name = "management-events";
    const trail = new CloudTrailClient(options);
    await trail.send(new CreateTrailCommand({ Name, S3BucketName: "trail-of-the-account" }));
    await trail.send(new StartLoggingCommand({ Name }));
    const topic = await new SNSClient(options).send(new CreateTopicCommand({ Name: "alerts" }));
    return await play(new Laboratory(sandbox, topic.TopicArn ?? ""));
  } finally {
    await sandbox.close();
  }
}

function oneEnvironment(): Promise<readonly Measured[]> {
  return inLaboratory(async (lab) => {
    await lab.put(main);
    const creation = await lab.measure("first creation");
    const inSync = await lab.measure("in sync");
    await lab.addInlinePolicy();
    const inline = await lab.measure("one drift: an inline policy, found by the schedule");
    await lab.loosenTrust("111111111111");
    const bySchedule = await lab.measure("one drift: a wider trust policy, found by the schedule");
    const event = await lab.loosenTrust("222222222222");
    const byEvent = await lab.measure("one drift: a wider trust policy, woken by its event", event);
    await lab.put(documentWith({ refs: ["refs/heads/main", "refs/heads/dev"] }));
    const held = await lab.measure("an edit that widens, held and reported for the first time");
    const stillHeld = await lab.measure("the same, still held");
    return [creation, inSync, inline, bySchedule, byEvent, held, stillHeld];
  });
}

function manyEnvironments(count: number): Promise<Measured> {
  return inLaboratory(async (lab) => {
    for (let number = 1; number <= count; number += 1) {
      const names = `role: { name: CircleCI-${number} }\npolicy: { name: CircleCI-Policy-${number} }\n`;
      await lab.put(`${main}${names}`, `/oidc-reconciler/environments/team-${number}`);
    }
    await lab.measure("first creation of many");
    return lab.measure(`in sync, ${count} environments`);
  });
}

export async function measureTry(): Promise<readonly Measured[]> {
  await loadClients();
  return inLaboratory(async (lab) => {
    const out: Measured[] = [];
    await lab.put(main);
    out.push(await lab.measure("first creation"));
    out.push(await lab.measure("in sync"));
    out.push(await lab.measure("in sync again"));
    lab.forget();
    out.push(await lab.measure("in sync cold"));
    const warm = await lab.loosenTrust("222222222222");
    out.push(await lab.measure("trust by event, warm", warm));
    await lab.measure("in sync");
    await lab.measure("in sync");
    lab.forget();
    const cold = await lab.loosenTrust("222222222223");
    out.push(await lab.measure("trust by event, cold", cold));
    await lab.put(documentWith({ refs: ["refs/heads/main", "refs/heads/dev"] }));
    return out;
  });
}
