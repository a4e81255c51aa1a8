import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  type PublishCommandInput,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let sns: SNSClient;
let TopicArn: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  sns = new SNSClient(connection(sandbox));
  TopicArn = (await sns.send(new CreateTopicCommand({ Name: "alerts" }))).TopicArn ?? "";
});
afterEach(async () => {
  sns.destroy();
  await sandbox.close();
});

const publish = (input: Partial<PublishCommandInput> = {}) =>
  sns.send(new PublishCommand({ TopicArn, Message: "text", ...input }));

describe("a topic", () => {
  test("is created once by its name, and listed", async () => {
    expect(TopicArn).toBe("arn:aws:sns:us-east-1:123456789012:alerts");
    const again = await sns.send(new CreateTopicCommand({ Name: "alerts" }));
    expect(again.TopicArn).toBe(TopicArn);
    const { Topics } = await sns.send(new ListTopicsCommand({}));
    expect(Topics).toEqual([{ TopicArn }]);
    const bad = sns.send(new CreateTopicCommand({ Name: "a b" }));
    await refusal(bad, "InvalidParameterException");
  });

  test("is gone after a deletion, which may happen twice", async () => {
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await refusal(publish(), "NotFoundException");
  });

  test("does not exist in another Region", async () => {
    const elsewhere = new SNSClient(connection(sandbox, { region: "eu-west-1" }));
    const foreign = elsewhere.send(new PublishCommand({ TopicArn, Message: "x" }));
    await refusal(foreign, "NotFoundException");
    elsewhere.destroy();
  });
});

describe("a message", () => {
  test("is kept as it was published, with subject and attributes", async () => {
    const { MessageId } = await publish({
      Message: 'line one\nline <two> & "three"',
      Subject: "Trust policy widened: production",
      MessageAttributes: {
        kind: { DataType: "String", StringValue: "trust-widened" },
        tags: { DataType: "String.Array", StringValue: '["a","b"]' },
        count: { DataType: "Number", StringValue: "2" },
      },
    });
    expect(sandbox.messages).toMatchObject([
      {
        id: MessageId,
        topicArn: TopicArn,
        subject: "Trust policy widened: production",
        message: 'line one\nline <two> & "three"',
        structure: null,
        publishedBy: "arn:aws:iam::123456789012:user/administrator",
      },
    ]);
    expect([...(sandbox.messages[0]?.attributes ?? [])]).toEqual([
      ["kind", { type: "String", value: "trust-widened" }],
      ["tags", { type: "String.Array", value: '["a","b"]' }],
      ["count", { type: "Number", value: "2" }],
    ]);
  });

  test.each([
    ["a line break", "a\nb"],
    ["a control character", "a\u0007b"],
    ["letters beyond ASCII", "geöffnet"],
    ["a hundred characters", "x".repeat(100)],
    ["a space at its beginning", " a"],
  ])("is refused with %s in its subject", async (_, Subject) => {
    await refusal(publish({ Subject }), "InvalidParameterException");
    expect(sandbox.messages).toEqual([]);
  });

  test("has at most 256 KiB with its attributes", async () => {
    await publish({ Message: "x".repeat(262_144) });
    await refusal(publish({ Message: "x".repeat(262_145) }), "InvalidParameterException");
    await refusal(publish({ Message: "é".repeat(131_073) }), "InvalidParameterException");
    const attributes = { kind: { DataType: "String", StringValue: "x" } };
    const both = publish({ Message: "x".repeat(262_140), MessageAttributes: attributes });
    await refusal(both, "InvalidParameterException");
    expect(sandbox.messages).toHaveLength(1);
  });

  test("cannot be empty or go to a topic that does not exist", async () => {
    await refusal(publish({ Message: "" }), "InvalidParameterException");
    await refusal(publish({ TopicArn: "alerts" }), "InvalidParameterException");
    await refusal(publish({ TopicArn: `${TopicArn}-none` }), "NotFoundException");
  });

  test("by protocol needs a text for all others", async () => {
    const structured = (Message: string) => publish({ Message, MessageStructure: "json" });
    await structured('{"default":"text","email":"longer text"}');
    expect(sandbox.messages[0]?.structure).toBe("json");
    await refusal(structured('{"email":"text"}'), "InvalidParameterException");
    await refusal(structured("text"), "InvalidParameterException");
  });

  test.each([
    ["an empty value", { DataType: "String", StringValue: "" }],
    ["an unknown type", { DataType: "Text", StringValue: "x" }],
    ["a number that is not one", { DataType: "Number", StringValue: "x" }],
    ["a list that is not one", { DataType: "String.Array", StringValue: "a,b" }],
  ])("is refused with %s in an attribute", async (_, attribute) => {
    const MessageAttributes = { kind: attribute };
    await refusal(publish({ MessageAttributes }), "InvalidParameterValueException");
  });
});

describe("a subscription", () => {
  test("exists once for each endpoint, and is listed with its topic until it ends", async () => {
    const command = new SubscribeCommand({
      TopicArn,
      Protocol: "email",
      Endpoint: "ops@example.com",
      Attributes: { FilterPolicy: '{"kind":["trust-widened"]}' },
    });
    const { SubscriptionArn } = await sns.send(command);
    expect((await sns.send(command)).SubscriptionArn).toBe(SubscriptionArn);
    const list = new ListSubscriptionsByTopicCommand({ TopicArn });
    expect((await sns.send(list)).Subscriptions).toEqual([
      {
        SubscriptionArn,
        Owner: "123456789012",
        Protocol: "email",
        Endpoint: "ops@example.com",
        TopicArn,
      },
    ]);
    const counted = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(counted.Attributes).toMatchObject({ TopicArn, SubscriptionsConfirmed: "1" });
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect((await sns.send(list)).Subscriptions).toEqual([]);
  });

  test("is refused with an unknown protocol or a filter policy that is not JSON", async () => {
    const pigeon = new SubscribeCommand({ TopicArn, Protocol: "pigeon", Endpoint: "x" });
    await refusal(sns.send(pigeon), "InvalidParameterException");
    const Attributes = { FilterPolicy: "{" };
    const bad = new SubscribeCommand({ TopicArn, Protocol: "sms", Endpoint: "1", Attributes });
    await refusal(sns.send(bad), "InvalidParameterException");
  });
});
