import type { Account } from "../aws/account.ts";
import { arnOf } from "../aws/arn.ts";
import type { EnvironmentDocument } from "../document/index.ts";

/** An environment's name, the prefix of its parameters and the home Region that holds them. */
export type ParameterPlace = {
  readonly prefix: string;
  readonly home: string;
  readonly environment: string;
};

/** The parameter from which jobs read where to deploy to: a step 5 that nobody has to repeat. */
export function outputsParameter({
  prefix,
  environment,
}: Pick<ParameterPlace, "prefix" | "environment">): string {
  return `${prefix}/outputs/${environment}`;
}

/**
 * The ARN of the outputs that a document lets its jobs read; `null` where it lets them read none.
 * Source: Service Authorization Reference, Systems Manager, `arn:…:parameter/NAME` without the
 * slash that a name begins with.
 */
export function readableOutputs(
  { policy }: Pick<EnvironmentDocument, "policy">,
  place: ParameterPlace,
  account: Account,
): string | null {
  if (!policy.readOutputs) return null;
  return arnOf(account, "ssm", place.home, `parameter${outputsParameter(place)}`);
}
