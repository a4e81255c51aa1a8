import { randomUUID } from "node:crypto";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { LabelParameterVersionCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
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
import { documentWith, organizationId, parameter } from "../../story/documents.ts";
import { schedule } from "../scenarios/harness.ts";
import { loadClients } from "../scenarios/round-trips.ts";
import { measured, type RoundTrips } from "./round-trips.ts";

/** One kind of run, with its calls and round trips. */
export type Measured = RoundTrips & {
  readonly run: string;
  readonly outcomes: readonly string[];
};

/** How many environments stand for a large installation. */
export const many = 50;

const role = "CircleCI-OIDC-Role";
const policyArn = "arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy";
const providerArn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organizationId}`;
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
const team = `${main.slice(0, main.indexOf("deploy:"))}deploy: { ecr: [team] }\n`;

/** An account in which runs happen one after the other and are measured. */
class Laboratory {
  readonly #sandbox: Sandbox;
  readonly #topicArn: string;
  readonly #iam: IAMClient;
  readonly #ssm: SSMClient;
  readonly #ecr: ECRClient;
  readonly #events: EventBridgeEvent[] = [];
  #memory = emptyMemory();

  constructor(sandbox: Sandbox, topicArn: string) {
    this.#sandbox = sandbox;
    this.#topicArn = topicArn;
    this.#iam = new IAMClient(clientOptions(sandbox));
    this.#ssm = new SSMClient(clientOptions(sandbox));
    this.#ecr = new ECRClient(clientOptions(sandbox));
    sandbox.events.onEvent((event) => this.#events.push(event));
  }

  /** Returns the version. */
  async put(document: string, name = parameter): Promise<number> {
    const put = { Name: name, Value: document, Type: "String", Overwrite: true } as const;
    const { Version = 0 } = await this.#ssm.send(new PutParameterCommand(put));
    return Version;
  }

  async approve(version: number): Promise<void> {
    const label = { Name: parameter, ParameterVersion: version, Labels: ["approved"] };
    await this.#ssm.send(new LabelParameterVersionCommand(label));
  }

  /** Deletes the repository that the document names and makes it again. */
  async recreateRepository(): Promise<void> {
    const repositoryName = "demo-backend";
    await this.#ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    await this.createRepository(repositoryName);
  }

  async createRepository(repositoryName: string): Promise<void> {
    await this.#ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }

  async attachPolicy(): Promise<void> {
    const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await this.#iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn }));
  }

  async addPolicyVersion(): Promise<void> {
    const PolicyDocument = JSON.stringify(inlinePolicy);
    const version = { PolicyArn: policyArn, PolicyDocument, SetAsDefault: true };
    await this.#iam.send(new CreatePolicyVersionCommand(version));
  }

  async addAudience(): Promise<void> {
    const added = { OpenIDConnectProviderArn: providerArn, ClientID: "sts.example.com" };
    await this.#iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
  }

  async deleteProvider(): Promise<void> {
    const provider = { OpenIDConnectProviderArn: providerArn };
    await this.#iam.send(new DeleteOpenIDConnectProviderCommand(provider));
  }

  async deleteRole(): Promise<void> {
    await this.#iam.send(new DetachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn }));
    await this.#iam.send(new DeleteRoleCommand({ RoleName: role }));
  }

  /** The newest event of a call by CloudTrail, or of a detail type. */
  eventOf(name: string): EventBridgeEvent {
    const found = this.#events.findLast(
      (event) => event["detail-type"] === name || event.detail["eventName"] === name,
    );
    if (found === undefined) throw new Error(`The bus has seen no ${name}.`);
    return found;
  }

  /** Under another name each time, for the same reason as below. */
  async addInlinePolicy(PolicyName: string): Promise<void> {
    const PolicyDocument = JSON.stringify(inlinePolicy);
    const put = { RoleName: role, PolicyName, PolicyDocument };
    await this.#iam.send(new PutRolePolicyCommand(put));
  }

  /** Another account each time, because a run would read twice what the run before has just replaced. */
  async loosenTrust(account: string): Promise<void> {
    const { Role } = await this.#iam.send(new GetRoleCommand({ RoleName: role }));
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "{}"));
    trust.Statement.push(statementOf(account));
    const PolicyDocument = JSON.stringify(trust);
    await this.#iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument }));
  }

  /** As if the next run came to a process that has made none before. */
  forget(): void {
    this.#memory = emptyMemory();
  }

  /** So much later that no read is in doubt. */
  later(): void {
    this.#sandbox.clock.advance(10 * 60_000);
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
  await inLaboratory(warmUp);
  return [
    ...(await oneEnvironment()),
    ...(await inNewProcesses()),
    ...(await manyEnvironments(many)),
  ];
}

/** What is called for the first time takes longer, and two calls at once would look like two in turn. */
async function warmUp(lab: Laboratory): Promise<void> {
  await lab.put(main);
  await lab.measure("a run that counts for nothing");
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
    lab.forget();
    const inSync = await lab.measure("in sync, the first run of a process");
    const again = await lab.measure("in sync");
    await lab.addInlinePolicy("debug");
    const inline = await lab.measure("an inline policy, found by the schedule");
    await lab.loosenTrust("111111111111");
    const bySchedule = await lab.measure("a wider trust policy, found by the schedule");
    const events = await byEvents(lab, { process: "", among: "" });
    return [creation, inSync, again, inline, bySchedule, ...events];
  });
}

/** In an account of its own: nothing that was undone before comes a second time. */
function inNewProcesses(): Promise<readonly Measured[]> {
  return inLaboratory(async (lab) => {
    await lab.put(main);
    await lab.measure("first creation");
    return byEvents(lab, { process: ", in a new process", among: "" });
  });
}

/** One event after the other, of an environment that a run over all of them left in sync. */
async function byEvents(
  lab: Laboratory,
  { process, among }: { readonly process: string; readonly among: string },
): Promise<readonly Measured[]> {
  const rows: Measured[] = [];
  const row = async (what: string, event: string): Promise<void> => {
    if (process !== "") lab.forget();
    rows.push(await lab.measure(`${what}${process}, by its event${among}`, lab.eventOf(event)));
  };
  const settle = async (): Promise<void> => {
    lab.later();
    // A process that is new for each event remembers no run.
    if (process === "") await lab.measure("one over all environments");
  };
  await settle();
  for (const [what, event, happen] of changesByHand) {
    await happen(lab);
    await row(what, event);
    await settle();
  }
  const wider = await lab.put(documentWith({ refs: ["refs/heads/main", "refs/heads/dev"] }));
  const edit = "Parameter Store Change";
  await row("an edit that widens, held", edit);
  await lab.approve(wider);
  await row("the same edit, approved", edit);
  await settle();
  await lab.put(main);
  await row("an edit that narrows", edit);
  return rows;
}

type ByHand = readonly [what: string, event: string, happen: (lab: Laboratory) => Promise<void>];

/** Each undone by the run that its event wakes. */
const changesByHand: readonly ByHand[] = [
  ["a wider trust policy", "UpdateAssumeRolePolicy", (lab) => lab.loosenTrust("222222222222")],
  ["an attached policy", "AttachRolePolicy", (lab) => lab.attachPolicy()],
  ["an inline policy", "PutRolePolicy", (lab) => lab.addInlinePolicy("test")],
  ["a policy version that grants more", "CreatePolicyVersion", (lab) => lab.addPolicyVersion()],
  ["a re-created deploy target", "CreateRepository", (lab) => lab.recreateRepository()],
  ["an added audience", "AddClientIDToOpenIDConnectProvider", (lab) => lab.addAudience()],
  ["a deleted provider", "DeleteOpenIDConnectProvider", (lab) => lab.deleteProvider()],
  ["a deleted role", "DeleteRole", (lab) => lab.deleteRole()],
];

function manyEnvironments(count: number): Promise<readonly Measured[]> {
  return inLaboratory(async (lab) => {
    await lab.put(main);
    await lab.createRepository("team");
    for (let number = 1; number < count; number += 1) {
      // Of a repository of their own: what is re-created is the first one's alone.
      const names = `role: { name: CircleCI-${number} }\npolicy: { name: CircleCI-Policy-${number} }\n`;
      await lab.put(`${team}${names}`, `/oidc-reconciler/environments/team-${number}`);
    }
    await lab.measure("first creation of many");
    const inSync = await lab.measure(`in sync, ${count} environments`);
    const among = `, among ${count} environments`;
    return [inSync, ...(await byEvents(lab, { process: ", in a new process", among }))];
  });
}
