import type { Fault } from "../plan/observed.ts";
import type { BusEvent, TopicMessage } from "../report/message.ts";
import { type Clients, countRequests } from "./clients.ts";
import { faultOf } from "./faults.ts";

/** Publishes to the alert topic; the fault if it did not take the message. */
export async function publish(
  clients: Clients,
  topicArn: string,
  message: TopicMessage,
): Promise<Fault | null> {
  try {
    const { PublishCommand, SNSClient } = await import("./sdk/sns.ts");
    const sns = new SNSClient(clients.settings(clients.region));
    countRequests(sns.middlewareStack, "sns", clients.count);
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: message.subject,
        Message: message.body,
        MessageAttributes: Object.fromEntries(
          Object.entries(message.attributes).map(([name, value]) => [
            name,
            { DataType: "String", StringValue: value },
          ]),
        ),
      }),
    );
    return null;
  } catch (thrown) {
    return faultOf(`sns:Publish to ${topicArn}`, thrown);
  }
}

/** Puts an event on the bus. The call may succeed and the entry fail: both are looked at. */
export async function putEvent(
  clients: Clients,
  bus: string,
  event: BusEvent,
): Promise<Fault | null> {
  try {
    const { EventBridgeClient, PutEventsCommand } = await import("./sdk/eventbridge.ts");
    const events = new EventBridgeClient(clients.settings(clients.region));
    countRequests(events.middlewareStack, "events", clients.count);
    const answer = await events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: bus,
            Source: event.source,
            DetailType: event.detailType,
            Detail: event.detail,
          },
        ],
      }),
    );
    const [entry] = answer.Entries ?? [];
    if ((answer.FailedEntryCount ?? 0) === 0) return null;
    const code = entry?.ErrorCode ?? "EntryFailed";
    const said = entry?.ErrorMessage ?? "the entry was not taken";
    return {
      code,
      message: `events:PutEvents on ${bus} failed: ${code}: ${said}`,
      kind: "refused",
    };
  } catch (thrown) {
    return faultOf(`events:PutEvents on ${bus}`, thrown);
  }
}
