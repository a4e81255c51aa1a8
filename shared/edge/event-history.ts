import { isRecord, parseJson } from "../json.ts";
import type { CallRecord } from "../trail/records.ts";
import type { Clients } from "./clients.ts";
import { pacer } from "./pace.ts";
import { partitionOf } from "./partition.ts";
import type { Time } from "./time.ts";
import { cloudTrail } from "./trail.ts";

/** How far back the event history goes. */
export const historyDays = 90;

/**
 * The Regions in whose event history a role's sessions can be: STS records a call where it was asked,
 * and a call of the global endpoint in us-east-1, wherever it was served. Only the partition `aws` has
 * a global endpoint.
 *
 * @param regions where jobs work, and so ask STS
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
 */
export function regionsOfSts(regions: readonly string[]): readonly string[] {
  const global = regions.flatMap((region) => {
    const { partition, iamRegion } = partitionOf(region);
    return partition === "aws" ? [iamRegion] : [];
  });
  return [...new Set([...regions, ...global])];
}

/** One page of a Region's history, the newest events first. */
type HistoryPage = {
  readonly records: readonly CallRecord[];
  /** The time of the oldest event of the page; null where it has none. */
  readonly oldest: Date | null;
  /** There is no page behind it. */
  readonly isLast: boolean;
};

type HistoryQuestion = {
  readonly region: string;
  readonly eventName: string;
  readonly from: Date;
  readonly to: Date;
  /** Ends the reading between two pages, and in the middle of one. */
  readonly signal: AbortSignal;
  readonly time: Time;
};

/**
 * The events of one name in a Region's event history, page by page. LookupEvents takes one attribute,
 * gives fifty events at a time and two answers a second. It is asked by name: whether the record of a
 * refused call lists the role among its resources no page says.
 *
 * @throws what the SDK throws; nothing where the signal ended it
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export async function* historyPages(
  clients: Clients,
  question: HistoryQuestion,
): AsyncGenerator<HistoryPage> {
  const { region, eventName, from, to, signal, time } = question;
  const { LookupEventsCommand } = await import("./sdk/cloudtrail.ts");
  const client = await cloudTrail(clients, region);
  const pace = pacer({ burst: 2, perSecond: 2, ...time });
  let token: string | undefined;
  do {
    await pace.take();
    if (signal.aborted) return;
    const command = new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }],
      StartTime: from,
      EndTime: to,
      MaxResults: 50,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const answer = await client
      .send(command, { abortSignal: signal })
      .catch((thrown: unknown) => (signal.aborted ? null : Promise.reject(thrown)));
    if (answer === null) return;
    const { Events = [], NextToken } = answer;
    token = NextToken || undefined;
    yield {
      records: Events.flatMap(({ CloudTrailEvent }) => recordOf(CloudTrailEvent)),
      oldest: oldestOf(Events.flatMap(({ EventTime }) => EventTime ?? [])),
      isLast: token === undefined,
    };
  } while (token !== undefined);
}

function recordOf(text: string | undefined): readonly CallRecord[] {
  const record = parseJson(text ?? "");
  return isRecord(record) ? [record] : [];
}

function oldestOf(times: readonly Date[]): Date | null {
  if (times.length === 0) return null;
  return new Date(Math.min(...times.map((time) => time.getTime())));
}
