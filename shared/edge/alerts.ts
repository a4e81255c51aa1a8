import type { PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import type { Fault } from "../aws/reading.ts";
import type { BusEvent, TopicMessage } from "../report/message.ts";
import { atMost } from "./at-once.ts";
import { type Clients, lateClient } from "./clients.ts";
import { faultOf, faultOfPart } from "./faults.ts";
import { onceMore } from "./once-more.ts";

const sns = lateClient("sns", async () => (await import("./sdk/sns.ts")).SNSClient);
const events = lateClient(
  "events",
  async () => (await import("./sdk/eventbridge.ts")).EventBridgeClient,
);

/** Each takes a connection, and Lambda has about a thousand descriptors for everything. */
const publishesAtOnce = 8;

/**
 * Publishes to the alert topic, a few at a time and in their order. Returns for each message `null`,
 * or the fault if the topic did not take it.
 */
export function publish(
  clients: Clients,
  topicArn: string,
  messages: readonly TopicMessage[],
): Promise<readonly (Fault | null)[]> {
  return atMost(publishesAtOnce, messages, async (message) => {
    const call = `sns:Publish to ${topicArn}`;
    try {
      const { PublishCommand } = await import("./sdk/sns.ts");
      const client = await sns(clients);
      const command = new PublishCommand({
        TopicArn: topicArn,
        Subject: message.subject,
        Message: message.body,
        MessageAttributes: Object.fromEntries(
          Object.entries(message.attributes).map(([name, value]) => [name, attributeOf(value)]),
        ),
      });
      await onceMore(call, () => client.send(command));
      return null;
    } catch (thrown) {
      return faultOf(call, thrown);
    }
  });
}

function attributeOf(value: string | readonly string[]): MessageAttributeValue {
  return typeof value === "string"
    ? { DataType: "String", StringValue: value }
    : { DataType: "String.Array", StringValue: JSON.stringify(value) };
}

/** At most ten entries in one PutEvents (EventBridge API reference). */
const entriesPerRequest = 10;

/** EventBridge takes at least 256 KB; what it counts in addition to the detail is far less than the rest. */
const bytesPerRequest = 200_000;

const requestsAtOnce = 4;

/**
 * Puts events on the bus, as many in a request as it takes. Returns for each event `null`, or the
 * fault if the bus did not take it: a request may succeed while one of its entries fails.
 */
export async function putEvents(
  clients: Clients,
  bus: string,
  events: readonly BusEvent[],
): Promise<readonly (Fault | null)[]> {
  const answers = await atMost(requestsAtOnce, requestsOf(events), (entries) =>
    putRequest(clients, bus, entries),
  );
  return answers.flat();
}

function requestsOf(events: readonly BusEvent[]): readonly (readonly BusEvent[])[] {
  const requests: BusEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = bytesOf(event);
    const last = requests.at(-1);
    const fits = last !== undefined && last.length < entriesPerRequest;
    if (fits && bytes + size <= bytesPerRequest) {
      last.push(event);
      bytes += size;
    } else {
      requests.push([event]);
      bytes = size;
    }
  }
  return requests;
}

/** As EventBridge counts an entry: source, detail type and detail in UTF-8, and its time. */
function bytesOf({ source, detailType, detail }: BusEvent): number {
  return Buffer.byteLength(source + detailType + detail) + 14;
}

async function putRequest(
  clients: Clients,
  bus: string,
  entries: readonly BusEvent[],
): Promise<readonly (Fault | null)[]> {
  const call = `events:PutEvents on ${bus}`;
  try {
    const { PutEventsCommand } = await import("./sdk/eventbridge.ts");
    const client = await events(clients);
    const command = new PutEventsCommand({
      Entries: entries.map(({ source, detailType, detail }) => ({
        EventBusName: bus,
        Source: source,
        DetailType: detailType,
        Detail: detail,
      })),
    });
    const answer = await onceMore(call, () => client.send(command));
    if ((answer.FailedEntryCount ?? 0) === 0) return entries.map(() => null);
    return entries.map((_, index) => entryFault(bus, answer.Entries?.[index]));
  } catch (thrown) {
    const fault = faultOf(call, thrown);
    return entries.map(() => fault);
  }
}

/** If some entries failed, one that the answer leaves out may have failed too. */
function entryFault(bus: string, entry: PutEventsResultEntry | undefined): Fault | null {
  if (entry?.EventId !== undefined && entry.ErrorCode === undefined) return null;
  const said = entry?.ErrorMessage ?? "the entry was not accepted";
  return faultOfPart(`events:PutEvents on ${bus}`, entry?.ErrorCode ?? "EntryFailed", said);
}
