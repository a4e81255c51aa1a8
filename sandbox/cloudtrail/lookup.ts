import type { Members } from "../input/members.ts";
import { listingPage, ordinalKey, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import type { TrailRecord } from "./record.ts";

/** The event history goes back this far. */
const historyMs = 90 * 24 * 60 * 60 * 1000;

const ordinalMax = 1_000_000_000;

const attributeKeys = [
  ...["EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName"],
  ...["EventSource", "AccessKeyId"],
];

/**
 * LookupEvents: the Region's event history, the newest first, filtered by at most one attribute.
 * Source: CloudTrail API reference, LookupEvents.
 */
export function lookupEvents(
  records: readonly TrailRecord[],
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const attributes = members.structures("LookupAttributes").map((attribute) => ({
    key: attribute.text("AttributeKey", { oneOf: attributeKeys }),
    value: attribute.text("AttributeValue", { min: 1, max: 2000 }),
  }));
  if (attributes.length > 1) {
    throw refused(
      "InvalidLookupAttributesException",
      "You can specify only one lookup attribute in a request.",
    );
  }
  const from = members.optionalTime("StartTime");
  const to = members.optionalTime("EndTime");
  if (from !== null && to !== null && from > to) {
    throw refused("InvalidTimeRangeException", "The start time is later than the end time.");
  }
  const oldest = new Date(call.now.getTime() - historyMs);
  const found = records
    .filter((record) => record.region === call.region && record.at >= oldest)
    .filter((record) => (from === null || record.at >= from) && (to === null || record.at <= to))
    .filter((record) => attributes.every(({ key, value }) => holds(record, key, value)));
  const page = listingPage(members, {
    items: found.toReversed(),
    keyOf: (record) => ordinalKey(ordinalMax - record.ordinal),
    limit: members.optionalCount("MaxResults", { min: 1, max: 50 }) ?? 50,
    tokenName: "NextToken",
    scope: `events ${JSON.stringify([attributes, from, to])}`,
    paging,
    badToken: () =>
      refused("InvalidNextTokenException", "The NextToken is not one of this request's."),
  });
  return { Events: page.items.map(shown), ...page.next };
}

function holds(record: TrailRecord, key: string, value: string): boolean {
  switch (key) {
    case "EventId":
      return record.id === value;
    case "EventName":
      return record.name === value;
    case "ReadOnly":
      return String(record.readOnly) === value;
    case "Username":
      return record.username === value;
    case "EventSource":
      return record.source === value;
    case "AccessKeyId":
      return record.accessKeyId === value;
    case "ResourceType":
      return record.resources.some((resource) => resource.ResourceType === value);
    case "ResourceName":
      return record.resources.some((resource) => resource.ResourceName === value);
    default:
      return false;
  }
}

function shown(record: TrailRecord): object {
  return {
    EventId: record.id,
    EventName: record.name,
    ReadOnly: String(record.readOnly),
    ...(record.accessKeyId === null ? {} : { AccessKeyId: record.accessKeyId }),
    EventTime: record.at,
    EventSource: record.source,
    ...(record.username === null ? {} : { Username: record.username }),
    Resources: record.resources,
    CloudTrailEvent: JSON.stringify(record.event()),
  };
}
