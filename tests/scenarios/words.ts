import { UpdateServiceCommand } from "@aws-sdk/client-apprunner";
import { expect } from "vitest";
import { isRecord } from "../stack/template.ts";
import { guide, guideWith, policyName } from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";

export const accountId = "123456789012";
export const policyArn = `arn:aws:iam::${accountId}:policy/${policyName}`;
export const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
export const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

/** The statements of the deploy policy by their Sids. */
export async function statements(account: Scenario): Promise<Readonly<Record<string, object>>> {
  const document: unknown = (await account.state()).policies[policyArn]?.document;
  const list = isRecord(document) ? [document["Statement"]].flat() : [];
  return Object.fromEntries(
    list.filter(isRecord).map(({ Sid, Effect: _, ...rest }) => [String(Sid), rest]),
  );
}

export type Deploy = NonNullable<Parameters<typeof guideWith>[0]["deploy"]>;

/** An account in which the guide's environment deploys to these, and nothing is left to do. */
export async function applied(
  deploy: Deploy,
  prepare?: (account: Scenario) => Promise<unknown>,
): Promise<Scenario> {
  const account = await startScenario();
  await prepare?.(account);
  await account.put(guideWith({ deploy }));
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expectIdle(await account.run());
  return account;
}

/** Gives the seeded App Runner service other roles. */
export async function giveRoles(
  account: Scenario,
  instance: string,
  access?: string,
): Promise<void> {
  const source = {
    ImageRepository: { ImageIdentifier: "demo:latest", ImageRepositoryType: "ECR" },
    AuthenticationConfiguration: { AccessRoleArn: role(access ?? "") },
  } as const;
  await account.appRunner.send(
    new UpdateServiceCommand({
      ServiceArn: account.targets.serviceArn,
      InstanceConfiguration: { InstanceRoleArn: role(instance) },
      ...(access === undefined ? {} : { SourceConfiguration: source }),
    }),
  );
}

export const guideDeploy = guide.deploy ?? {};
export const watching = { appRunner: [{ service: "demo-backend", may: ["deploy", "watch"] }] };
export const updating = { appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }] };
