import type { LookupEventsCommandInput } from "@aws-sdk/client-cloudtrail";
import { isRecord, type JsonObject, parseJson } from "../json.ts";
import type { RecordedCall } from "../wake/index.ts";
import { type Clients, lateClient } from "./clients.ts";
import { partitionOf } from "./partition.ts";

/** CloudTrail in a Region, or in that of the run. */
export const cloudTrail = lateClient(
  "cloudtrail",
  async () => (await import("./sdk/cloudtrail.ts")).CloudTrailClient,
);

/** CloudTrail in the Region where the partition records IAM's events, and there only. */
export function trailClient(clients: Clients): ReturnType<typeof cloudTrail> {
  return cloudTrail(clients, partitionOf(clients.region).iamRegion);
}

/** Two pages of fifty are plenty for one role; LookupEvents takes two calls a second. */
const pagesMax = 2;

type TrailQuestion = {
  /** ISO instant; nothing older is asked for. `null`: as far back as the history goes. */
  readonly notBefore: string | null;
  /** Ends the reading; what was read until then is returned. */
  readonly signal?: AbortSignal;
  /** Called with each page as it arrives, so that nobody has to wait for the next. */
  readonly onPage?: (records: readonly RecordedCall[]) => void;
};

/**
 * The newest successful writes on a resource in CloudTrail's event history, newest first. Attribution
 * is optional: what cannot be read, or not in time, is left out, and nothing is thrown.
 *
 * @param resourceName the role's name, the policy's or the provider's ARN
 */
export async function readTrail(
  clients: Clients,
  resourceName: string,
  question: TrailQuestion,
): Promise<readonly RecordedCall[]> {
  const records: RecordedCall[] = [];
  const options = question.signal === undefined ? {} : { abortSignal: question.signal };
  try {
    const { paginateLookupEvents } = await import("./sdk/cloudtrail.ts");
    const client = await trailClient(clients);
    const pages = paginateLookupEvents(
      { client, pageSize: 50 },
      lookupOf(resourceName, question),
      options,
    );
    let pagesRead = 0;
    for await (const { Events = [] } of pages) {
      const found = Events.flatMap(({ CloudTrailEvent }) => recordOf(CloudTrailEvent) ?? []);
      records.push(...found);
      question.onPage?.(found);
      pagesRead += 1;
      if (pagesRead === pagesMax) break;
    }
  } catch {
    return records;
  }
  return records;
}

function lookupOf(resourceName: string, { notBefore }: TrailQuestion): LookupEventsCommandInput {
  const start = notBefore === null ? Number.NaN : Date.parse(notBefore);
  return {
    LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: resourceName }],
    ...(Number.isNaN(start) ? {} : { StartTime: new Date(start) }),
  };
}

function recordOf(text: string | undefined): RecordedCall | null {
  const data = parseJson(text ?? "");
  return isRecord(data) ? recordedCallOf(data) : null;
}

/** What a record of CloudTrail says of a call; null where it failed, or does not say what and when. */
export function recordedCallOf(data: JsonObject): RecordedCall | null {
  // A refused call opened nothing.
  if (typeof data["errorCode"] === "string") return null;
  const { eventName, eventTime, userIdentity, requestParameters, recipientAccountId } = data;
  if (typeof eventName !== "string" || typeof eventTime !== "string") return null;
  const arn = isRecord(userIdentity) ? userIdentity["arn"] : undefined;
  return {
    eventName,
    at: eventTime,
    actor: typeof arn === "string" ? arn : null,
    account: typeof recipientAccountId === "string" ? recipientAccountId : null,
    parameters: isRecord(requestParameters) ? requestParameters : {},
  };
}
