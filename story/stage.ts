import { AmplifyClient } from "@aws-sdk/client-amplify";
import { AppRunnerClient, ListServicesCommand } from "@aws-sdk/client-apprunner";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type RecordedCall, type Sandbox, startSandbox } from "../sandbox/index.ts";
import { clientOptions, type Seeded, seed } from "../sandbox/seed.ts";
import type { EnvironmentReport, Report } from "../shared/report/report.ts";
import { type DeployedFunction, deploy } from "./deployed.ts";
import { environment, parameter, roleName } from "./documents.ts";
import { createPeople, type People, type Person } from "./people.ts";

/** The account in which the story plays, and everyone in it. */
export type Stage = {
  readonly sandbox: Sandbox;
  readonly seeded: Seeded;
  readonly people: People;
  readonly deployed: DeployedFunction;
  /** The account's administrator, who reads IAM and creates deploy targets. */
  readonly admin: {
    readonly iam: IAMClient;
    readonly ssm: SSMClient;
    readonly ecr: ECRClient;
    readonly appRunner: AppRunnerClient;
    readonly amplify: AmplifyClient;
  };
  /** Puts a new version of the environment's document; returns its number. */
  put(person: Person, document: string): Promise<number>;
};

export async function setStage(): Promise<Stage> {
  const sandbox = await startSandbox();
  const options = clientOptions(sandbox);
  const seeded = await seed(sandbox);
  const topicArn = await watch(sandbox);
  return {
    sandbox,
    seeded,
    people: await createPeople(sandbox),
    deployed: await deploy(sandbox, topicArn),
    admin: {
      iam: new IAMClient(options),
      ssm: new SSMClient(options),
      ecr: new ECRClient(options),
      appRunner: new AppRunnerClient(options),
      amplify: new AmplifyClient(options),
    },
    put: async ({ ssm }, document) => {
      const put = await ssm.send(
        new PutParameterCommand({
          Name: parameter,
          Value: document,
          Type: "String",
          Overwrite: true,
        }),
      );
      return put.Version ?? 0;
    },
  };
}

/** Creates the trail that turns calls to IAM into events, and a topic for alerts. */
async function watch(sandbox: Sandbox): Promise<string> {
  const options = clientOptions(sandbox);
  const trail = new CloudTrailClient(options);
  const Name = "management-events";
  await trail.send(
    new CreateTrailCommand({ Name, S3BucketName: "acme-trail", IsMultiRegionTrail: true }),
  );
  await trail.send(new StartLoggingCommand({ Name }));
  const sns = new SNSClient(options);
  const topic = await sns.send(new CreateTopicCommand({ Name: "oidc-reconciler-alerts" }));
  return topic.TopicArn ?? "";
}

/** The story's environment in a report. */
export function productionIn(report: Report): EnvironmentReport {
  const found = report.environments.find(({ name }) => name === environment);
  if (found === undefined) throw new Error(`The run did not look at ${environment}.`);
  return found;
}

/** Runs something and returns it with the calls that reached the account during that time. */
export async function callsDuring<Result>(
  { sandbox }: Stage,
  act: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly calls: readonly RecordedCall[] }> {
  const first = sandbox.calls.length;
  const result = await act();
  return { result, calls: sandbox.calls.slice(first) };
}

/** The operations that changed IAM, in their order. */
export function iamWrites(calls: readonly RecordedCall[]): readonly string[] {
  return calls
    .filter(({ service, mutating }) => service === "iam" && mutating)
    .map(({ operation }) => operation);
}

/** A run by the schedule: what it found, and what it did. */
export async function scheduledRun(stage: Stage) {
  await stage.deployed.queue.fireSchedule();
  const { result, calls } = await callsDuring(stage, stage.deployed.run);
  const { outcome, conditions } = productionIn(result);
  return { outcome, conditions, writes: iamWrites(calls), count: calls.length };
}

/** The role that the story's jobs assume. */
export function roleArnOf({ sandbox }: Stage): string {
  return `arn:aws:iam::${sandbox.account}:role/${roleName}`;
}

/** The ARN of the App Runner service that runs now. */
export async function runningService({ admin }: Stage): Promise<string> {
  const { ServiceSummaryList } = await admin.appRunner.send(new ListServicesCommand({}));
  const running = ServiceSummaryList?.find(({ Status }) => Status === "RUNNING");
  return running?.ServiceArn ?? "";
}
