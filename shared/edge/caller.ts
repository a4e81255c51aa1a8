import { accountOfArn } from "../aws/arn.ts";
import type { Account } from "../trust/index.ts";
import { type Clients, lateClient } from "./clients.ts";
import { partitionOf } from "./partition.ts";

const sts = lateClient("sts", async () => (await import("./sdk/sts.ts")).STSClient);

/** The account's id by an ARN, without a call. */
export function accountIdOf(arn: string | null): string | null {
  return arn === null ? null : (accountOfArn(arn)?.id ?? null);
}

/** Who the process is, as `sts:GetCallerIdentity` says. */
export async function readCaller(
  clients: Clients,
): Promise<{ readonly arn: string; readonly account: Account }> {
  const { GetCallerIdentityCommand } = await import("./sdk/sts.ts");
  const client = await sts(clients);
  const answer = await client.send(new GetCallerIdentityCommand({}));
  const arn = answer.Arn ?? "";
  const { partition } = partitionOf(clients.region);
  const account = accountOfArn(arn) ?? { id: answer.Account ?? "", partition };
  // Every ARN that is asked about or written is made with it.
  if (!/^\d{12}$/.test(account.id))
    throw new TypeError("the caller's account is not an account's id");
  return { arn, account };
}

/**
 * The account that a run works in, without a call if an ARN names it: a parameter's or the
 * function's own. Otherwise STS says.
 *
 * @param arns the first that names an account counts; `null` where there is none
 */
export async function accountBy(
  clients: Clients,
  arns: readonly (string | null)[],
): Promise<Account> {
  const known = accountAmong(arns);
  return known ?? (await readCaller(clients)).account;
}

/** The same for a run that failed: the account's id, or `null` if it cannot be found out. */
export async function accountIdAnyhow(
  clients: Clients,
  arns: readonly (string | null)[],
): Promise<string | null> {
  return accountBy(clients, arns).then(
    ({ id }) => id,
    () => null,
  );
}

function accountAmong(arns: readonly (string | null)[]): Account | null {
  for (const arn of arns) {
    const account = arn === null ? null : accountOfArn(arn);
    if (account !== null) return account;
  }
  return null;
}
