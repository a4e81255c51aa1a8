import { member } from "../aws/event-fields.ts";
import { anyNames, type OwnNames } from "../document/installation.ts";
import { isRecord } from "../json.ts";
import { wakeOfBatch, wakeOfMessages } from "./batch.ts";
import { messageOfEvent } from "./event.ts";
import { isPayload, refusedPayload, wakeOfPayload } from "./payload.ts";
import type { Wake, WakeRefused } from "./wake.ts";

/**
 * Why a run starts and where it looks, from whatever Lambda was invoked with: a batch of the queue
 * (`Records`), a bare event of EventBridge (`source` or `detail-type`), or else a payload by hand,
 * which is refused unless it is exactly right. Never throws.
 *
 * @param prefix of the parameters, such as `/oidc-reconciler`
 * @param installation which roles, policies and organisations can be ours: an event of any other is
 *   ignored without a read. Left out, all can.
 */
export function wakeOf(
  event: unknown,
  prefix: string,
  installation: OwnNames = anyNames,
): Wake | WakeRefused {
  if (event === undefined || event === null) return wakeOfPayload({});
  if (!isRecord(event)) return refusedPayload(event);
  const records = member(event, "Records");
  // With one of these members a person asks, perhaps for a dry run, and must not get a run that writes.
  if (Array.isArray(records) && !isPayload(event))
    return wakeOfBatch(records, prefix, installation);
  const isEvent =
    member(event, "source") !== undefined || member(event, "detail-type") !== undefined;
  if (!isEvent) return wakeOfPayload(event);
  return wakeOfMessages("event", [messageOfEvent(event, prefix, installation)], []);
}
