import type { Clients } from "../edge/clients.ts";
import { readTrustLengthMax } from "../edge/quota.ts";
import { type ControlEntry, isQuiet, newestValid } from "../plan/control.ts";
import { type Account, trustPolicyLengthDefaultMax, writeTrustPolicy } from "../trust/index.ts";
import type { Snapshot } from "./observe.ts";

/**
 * The snapshot with the account's quota of trust policies, where a version that is not applied yet
 * has one that fits in no account by default. What is applied fits, whatever the quota.
 */
export async function withTrustRoom(
  clients: Clients,
  given: {
    readonly entries: readonly ControlEntry[];
    readonly snapshot: Snapshot;
    readonly account: Account;
    readonly now: Date;
  },
): Promise<Snapshot> {
  const { entries, snapshot, account, now } = given;
  const asks = entries.some((entry) => {
    const document = newestValid(entry)?.document;
    if (document === undefined || isQuiet(entry)) return false;
    const lengthMax = trustPolicyLengthDefaultMax;
    return writeTrustPolicy({ document, account, now, lengthMax }).kind === "refused";
  });
  return asks ? { ...snapshot, trustLengthMax: await readTrustLengthMax(clients) } : snapshot;
}
