import type { Account } from "../../aws/account.ts";
import type { Reading } from "../../aws/reading.ts";
import type { Clients } from "../clients.ts";
import { faultOf } from "../faults.ts";

/** Where a reader looks. */
export type Look = {
  readonly clients: Clients;
  readonly region: string;
  readonly account: Account;
  /** Which task definition each ECS service ran when it was read last, by the service's ARN: where to look first. */
  readonly definitions: Map<string, string>;
};

/** What a call gave, or why it failed. */
export async function reading<T>(call: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: "found", value: await read() };
  } catch (thrown) {
    return { kind: "unreadable", fault: faultOf(call, thrown) };
  }
}
