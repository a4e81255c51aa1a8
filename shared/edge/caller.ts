import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Account } from "../trust/index.ts";
import type { Clients } from "./clients.ts";
import { partitionOf } from "./partition.ts";

/** Account and partition as an ARN tells them; `null` where it is none. */
export function accountOfArn(arn: string): Account | null {
  const [prefix, partition = "", , , id = ""] = arn.split(":");
  if (prefix !== "arn" || !/^aws[a-z-]*$/.test(partition) || !/^\d{12}$/.test(id)) return null;
  return { id, partition };
}

/** Who we are, as `sts:GetCallerIdentity` says. */
export async function readCaller(
  clients: Clients,
): Promise<{ readonly arn: string; readonly account: Account }> {
  const answer = await clients.sts.send(new GetCallerIdentityCommand({}));
  const arn = answer.Arn ?? "";
  const { partition } = partitionOf(clients.region);
  const account = accountOfArn(arn) ?? { id: answer.Account ?? "", partition };
  return { arn, account };
}
