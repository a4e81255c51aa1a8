import {
  AppRunnerClient,
  CreateServiceCommand,
  DeleteServiceCommand,
  StartDeploymentCommand,
} from "@aws-sdk/client-apprunner";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { expect } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { guideWith, policyName, roleName, type Written } from "./documents.ts";
import { prefix, type Run, type Scenario, startScenario } from "./harness.ts";

export const parameter = `${prefix}/outputs/production`;
export const roleArn = `arn:aws:iam::123456789012:role/${roleName}`;
export const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
export const reading = guideWith({ policy: { readOutputs: true } });
export const silent = guideWith({ policy: { readOutputs: false } });
export const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);
export const evil = JSON.stringify({ AWS_APP_RUNNER_SERVICE_ARN: "arn:of:eve" });
export const tampered = "production: its outputs were written by somebody else";

export async function outputs(account: Scenario, name = parameter): Promise<string | null> {
  const read = account.ssm.send(new GetParameterCommand({ Name: name }));
  return read.then(
    ({ Parameter }) => Parameter?.Value ?? null,
    () => null,
  );
}

export function forge(account: Scenario, more: object = {}): Promise<unknown> {
  return account.ssm.send(
    new PutParameterCommand({
      Name: parameter,
      Value: evil,
      Type: "String",
      Overwrite: true,
      ...more,
    }),
  );
}

export const drop = (account: Scenario) =>
  account.ssm.send(new DeleteParameterCommand({ Name: parameter }));

export async function applied(document: Written = reading): Promise<Scenario> {
  const account = await startScenario();
  await account.put(document);
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  return account;
}

export async function makeServiceAnew(account: Scenario): Promise<string> {
  const { serviceArn } = account.targets;
  await account.appRunner.send(new DeleteServiceCommand({ ServiceArn: serviceArn }));
  const { Service } = await account.appRunner.send(
    new CreateServiceCommand({
      ServiceName: "demo-backend",
      SourceConfiguration: {
        ImageRepository: { ImageIdentifier: "demo:latest", ImageRepositoryType: "ECR" },
      },
    }),
  );
  return Service?.ServiceArn ?? "";
}

/** Clients of a job that has assumed the role. */
export async function jobIn(account: Scenario) {
  const credentials = await account.sandbox.credentialsOf(roleArn, "job");
  const options = { ...clientOptions(account.sandbox), credentials, maxAttempts: 1 };
  return { ssm: new SSMClient(options), appRunner: new AppRunnerClient(options) };
}

/** What every pipeline does: it asks where its service is, and deploys to that. */
export async function deploy(account: Scenario): Promise<string> {
  const job = await jobIn(account);
  const { Parameter } = await job.ssm.send(new GetParameterCommand({ Name: parameter }));
  const { AWS_APP_RUNNER_SERVICE_ARN: ServiceArn } = JSON.parse(Parameter?.Value ?? "");
  await job.appRunner.send(new StartDeploymentCommand({ ServiceArn }));
  return ServiceArn;
}
