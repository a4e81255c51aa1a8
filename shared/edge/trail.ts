import { type Clients, countRequests, iamRegionOf } from "./clients.ts";

/** A CloudTrail record of a write, as far as attribution needs it. */
export type TrailRecord = {
  readonly eventName: string;
  readonly actor: string | null;
  /** ISO instant. */
  readonly at: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** Two pages of fifty are plenty for one role; LookupEvents takes two calls a second. */
const pagesMax = 2;

/**
 * The newest successful writes on a resource that CloudTrail's event history shows, newest first.
 * Attribution is a courtesy: what can not be read is an empty list.
 *
 * @param resourceName the role's name, the policy's or the provider's ARN
 */
export async function readTrail(
  clients: Clients,
  resourceName: string,
): Promise<readonly TrailRecord[]> {
  const records: TrailRecord[] = [];
  let token: string | undefined;
  try {
    const { CloudTrailClient, LookupEventsCommand } = await import("./sdk/cloudtrail.ts");
    // IAM's events are recorded in one region of the partition only.
    const trail = new CloudTrailClient(clients.settings(iamRegionOf(clients.region)));
    countRequests(trail.middlewareStack, "cloudtrail", clients.count);
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await trail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: resourceName }],
          MaxResults: 50,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const event of answer.Events ?? []) {
        const record = recordOf(event.CloudTrailEvent);
        if (record !== null) records.push(record);
      }
      token = answer.NextToken;
      if (token === undefined) break;
    }
  } catch {
    return records;
  }
  return records;
}

function recordOf(text: string | undefined): TrailRecord | null {
  let data: unknown;
  try {
    data = JSON.parse(text ?? "");
  } catch {
    return null;
  }
  if (!isRecord(data)) return null;
  // A refused call opened nothing.
  if (typeof data["errorCode"] === "string") return null;
  const { eventName, eventTime, userIdentity, requestParameters } = data;
  if (typeof eventName !== "string" || typeof eventTime !== "string") return null;
  const arn = isRecord(userIdentity) ? userIdentity["arn"] : undefined;
  return {
    eventName,
    at: eventTime,
    actor: typeof arn === "string" ? arn : null,
    parameters: isRecord(requestParameters) ? requestParameters : {},
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
