import { isRecord, type Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { invalid, type Topics, topicAt } from "./topic.ts";

/** Message and attributes together. */
const bytesMax = 262_144;

export type MessageAttribute = {
  readonly type: string;
  readonly value: string;
};

/** A message as it was published, not as a subscriber would get it. */
export type PublishedMessage = {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  /** `json`: the message holds one text for each protocol, and one under `default`. */
  readonly structure: "json" | null;
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  readonly at: Date;
  readonly publishedBy: string;
};

/**
 * Publish: checks what SNS checks and passes the message on. Source: SNS API reference, Publish.
 */
export function publish(
  topics: Topics,
  members: Members,
  call: Call,
  deliver: (message: PublishedMessage) => void,
): object {
  if (members.has("PhoneNumber")) {
    throw invalid("PhoneNumber", "this sandbox sends no text messages");
  }
  const topic = topicAt(topics, members.has("TopicArn") ? members : withTopicArn(members));
  const message = members.text("Message");
  if (message === "") throw invalid("Empty message", "a message needs at least one character");
  const subject = members.optionalText("Subject");
  if (subject !== null) checkSubject(subject);
  const structure = members.optionalText("MessageStructure");
  if (structure !== null && structure !== "json") {
    throw invalid("MessageStructure", "only json is allowed");
  }
  if (structure === "json") checkStructure(message);
  const attributes = attributesOf(members);
  const bytes = [...attributes]
    .flatMap(([name, { type, value }]) => [name, type, value])
    .concat(message)
    .reduce((sum, text) => sum + Buffer.byteLength(text, "utf8"), 0);
  if (bytes > bytesMax) throw invalid("Message too long", `${bytes} bytes of ${bytesMax}`);
  const id = call.requestId;
  deliver({
    id,
    topicArn: topic.arn,
    subject,
    message,
    structure,
    attributes,
    at: call.now,
    publishedBy: call.caller.arn,
  });
  return { MessageId: id };
}

/** `TargetArn` may name a topic as well. */
function withTopicArn(members: Members): Members {
  if (!members.has("TargetArn")) {
    throw invalid("TopicArn or TargetArn", "no value for required parameter");
  }
  return {
    ...members,
    text: (name, rule) => members.text(name === "TopicArn" ? "TargetArn" : name, rule),
  };
}

function checkSubject(subject: string): void {
  if (subject === "" || subject.length >= 100 || !/^[\x21-\x7e][\x20-\x7e]*$/.test(subject)) {
    throw invalid(
      "Subject",
      "less than 100 ASCII characters that begin with a letter, number or punctuation mark, without line breaks or control characters",
    );
  }
}

function checkStructure(message: string): void {
  let read: unknown;
  try {
    read = JSON.parse(message);
  } catch {
    throw invalid("Message Structure", "JSON message body failed to parse");
  }
  if (!isRecord(read) || typeof read["default"] !== "string") {
    throw invalid("Message Structure", "No default entry in JSON message body");
  }
}

const dataTypes = /^(?:String|String\.Array|Number|Binary)(?:\.[A-Za-z0-9_.-]+)?$/;

function attributesOf(members: Members): ReadonlyMap<string, MessageAttribute> {
  const read = members.structureMap("MessageAttributes");
  return new Map(
    [...read].map(([name, attribute]): [string, MessageAttribute] => {
      const type = attribute.text("DataType");
      const value = attribute.optionalText("StringValue") ?? attribute.optionalText("BinaryValue");
      checkAttribute(name, type, value);
      return [name, { type, value: value ?? "" }];
    }),
  );
}

/** The codes are those of SNS, which has two for a wrong value. */
function checkAttribute(name: string, type: string, value: string | null): void {
  if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name) || /^(?:aws\.|amazon\.)/i.test(name)) {
    throw refused("ParameterValueInvalid", `Invalid attribute name: ${name}`);
  }
  if (!dataTypes.test(type)) {
    throw refused(
      "ParameterValueInvalid",
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  if (value === null || value === "") {
    throw refused(
      "ParameterValueInvalid",
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  }
  if (type === "String.Array" && !isJsonArray(value)) {
    throw refused(
      "ParameterValueInvalid",
      `The message attribute '${name}' with type 'String.Array' must use as its value a JSON array.`,
    );
  }
  if (type === "Number" && !/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) {
    throw refused(
      "ParameterValueInvalid",
      `Could not cast message attribute '${name}' value to number.`,
    );
  }
}

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
