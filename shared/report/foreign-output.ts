import type { Account } from "../aws/account.ts";
import { accountOfArn } from "../aws/arn.ts";

/** The variables of step 5; one of several targets has its name behind it. */
const ours =
  /^AWS_(ROLE_ARN|REGION|ECR_REGISTRY|(APP_RUNNER_SERVICE_ARN|ECS_(SERVICE_ARN|CLUSTER|SERVICE)|LAMBDA_FUNCTION|AMPLIFY_APP_ID)(_[A-Z0-9_]+)?)$/;

/**
 * The first output of a status that no run can have written: a variable that no target has, or a value
 * of another account. Anyone who writes one into a status sends the jobs that take it elsewhere.
 *
 * @param account of the status; null: not known
 * @returns why, as a sentence whose subject is the status; null where there is none
 */
export function foreignOutput(
  outputs: Readonly<Record<string, string>>,
  account: Account | null,
): string | null {
  for (const [name, value] of Object.entries(outputs)) {
    if (!ours.test(name)) return `names ${name}, which is not a variable of any deploy target`;
    const named = accountOfArn(value)?.id ?? /^(\d{12})\.dkr\.ecr\./.exec(value)?.[1];
    if (account !== null && named !== undefined && named !== account.id) {
      return `has in ${name} a value of account ${named}`;
    }
  }
  return null;
}
