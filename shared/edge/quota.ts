import { GetAccountSummaryCommand } from "@aws-sdk/client-iam";
import type { Clients } from "./clients.ts";

/**
 * The longest trust policy that a role of this account may have, in characters without white space.
 * `null` if it could not be read: then IAM's refusal of the write says so.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
 */
export async function readTrustLengthMax(clients: Clients): Promise<number | null> {
  try {
    const { SummaryMap } = await clients.iam.send(new GetAccountSummaryCommand({}));
    return SummaryMap?.AssumeRolePolicySizeQuota ?? null;
  } catch {
    return null;
  }
}
