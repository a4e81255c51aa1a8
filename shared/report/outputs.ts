import type { EnvironmentDocument } from "../document/index.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import {
  type KindName,
  kindNames,
  type ResolvedTargets,
  targetKinds,
  variableOf,
} from "../targets/index.ts";
import { type Account, roleArn } from "../trust/index.ts";

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
  const given = kindNames.flatMap(<Name extends KindName>(name: Name) =>
    targetKinds[name].outputs(deploy[name], targets[name], { account, region }),
  );
  for (const { variable, values } of given) named(outputs, variable, values);
  return outputs;
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
    outputs[unusedIn(outputs, variableOf(variable, name))] = value;
  }
}

/** Names that differ in punctuation or case alone make one variable: the second one gets a number. */
function unusedIn(outputs: Readonly<Record<string, string>>, variable: string): string {
  if (!(variable in outputs)) return variable;
  let number = 2;
  while (`${variable}_${number}` in outputs) number += 1;
  return `${variable}_${number}`;
}
