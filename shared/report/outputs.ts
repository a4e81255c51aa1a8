import { dnsSuffixOf } from "../aws/account.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { type Account, type ResolvedTargets, roleArn } from "../trust/index.ts";

/** The first app's id stands under this name, and each of several under one that begins so. */
const amplifyAppVariable = "AWS_AMPLIFY_APP_ID";

/**
 * What the CircleCI project needs as environment variables: the guide's step 5, with the first
 * service and app under the guide's names and all of several under names of their own.
 */
export function outputsOf(
  plan: EnvironmentPlan,
  account: Account,
): Readonly<Record<string, string>> {
  if (plan.kind !== "planned") return {};
  return outputsOfTargets(plan.choice.at.document, plan.resolution.targets, account);
}

/** The same of a document whose targets are known from elsewhere. */
export function outputsOfTargets(
  { role, deploy }: EnvironmentDocument,
  targets: ResolvedTargets,
  account: Account,
): Readonly<Record<string, string>> {
  const { region } = deploy;
  const outputs: Record<string, string> = {
    AWS_ROLE_ARN: roleArn(account, role.path, role.name),
    AWS_REGION: region,
  };
  if (deploy.ecr.length > 0) {
    outputs["AWS_ECR_REGISTRY"] =
      `${account.id}.dkr.ecr.${region}.${dnsSuffixOf(account.partition)}`;
  }
  named(
    outputs,
    "AWS_APP_RUNNER_SERVICE_ARN",
    targets.appRunner.map(({ service, arn }) => [service, arn]),
  );
  named(
    outputs,
    "AWS_ECS_SERVICE_ARN",
    targets.ecsExpress.map(({ service, arn }) => [service, arn]),
  );
  named(
    outputs,
    amplifyAppVariable,
    // An app whose branches have different words is one all the same.
    [
      ...new Map(
        targets.amplify.map(({ app, appId }) => [`${app} ${appId}`, [app, appId] as const]),
      ).values(),
    ],
  );
  return outputs;
}

/** The Amplify app ids among the outputs of a status, whatever their variables are called. */
export function amplifyAppIdsIn(outputs: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(outputs).flatMap(([name, id]) =>
    name.startsWith(amplifyAppVariable) ? [id] : [],
  );
}

function named(
  outputs: Record<string, string>,
  variable: string,
  values: readonly (readonly [name: string, value: string])[],
): void {
  const [first] = values;
  if (first === undefined) return;
  outputs[variable] = first[1];
  if (values.length === 1) return;
  for (const [name, value] of values) {
    outputs[unusedIn(outputs, `${variable}_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`)] =
      value;
  }
}

/** Names that differ in punctuation or case alone make one variable: the second one gets a number. */
function unusedIn(outputs: Readonly<Record<string, string>>, variable: string): string {
  if (!(variable in outputs)) return variable;
  let number = 2;
  while (`${variable}_${number}` in outputs) number += 1;
  return `${variable}_${number}`;
}
