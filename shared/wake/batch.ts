import { type Fields, fieldsAt, textAt } from "../aws/event-fields.ts";
import type { OwnNames } from "../document/installation.ts";
import { isRecord, parseJson } from "../json.ts";
import { messageOfEvent } from "./event.ts";
import type { Message, Scope, StateWrite, Trigger, Wake, WakeError } from "./wake.ts";

/** The widest first: one run of it looks at all that the narrower ones would. */
const widestFirst: readonly Trigger[] = ["schedule", "manual", "parameter", "iam", "target"];

/**
 * One wake for all messages of a batch, so that a burst of events is one run.
 *
 * A message is an event of EventBridge and never a payload by hand: someone who can send to the
 * queue must not be able to force a run. A bad message is an error, and the others count.
 *
 * Source: Lambda developer guide, "Using Lambda with Amazon SQS" (the shape of a record).
 */
export function wakeOfBatch(records: readonly unknown[], prefix: string, names: OwnNames): Wake {
  const seen = new Set<string>();
  const messages: Message[] = [];
  const errors: WakeError[] = [];
  for (const record of records) {
    const event = eventOf(record);
    if (typeof event === "string") {
      errors.push({ code: "BadMessage", message: `${subjectOf(record)} ${event}.` });
      continue;
    }
    const id = idOf(event);
    // EventBridge and SQS deliver at least once.
    if (id !== null && seen.has(id)) continue;
    if (id !== null) seen.add(id);
    messages.push(messageOfEvent(event, prefix, names));
  }
  return wakeOfMessages("queue", messages, errors);
}

/** The event in a record's body, or what is wrong with it as the end of a sentence. */
function eventOf(record: unknown): Fields | string {
  if (!isRecord(record) || textAt(record, "eventSource") !== "aws:sqs")
    return "does not come from SQS";
  // Not `textAt`, which takes no long text and no line break.
  const body = Object.hasOwn(record, "body") ? record["body"] : undefined;
  if (typeof body !== "string") return "has no text as its body";
  const event = parseJson(body);
  if (event === undefined) return "has a body that is not JSON";
  if (!isRecord(event)) return "has a body that is not a JSON object";
  if (textAt(event, "source") === null || textAt(event, "detail-type") === null) {
    return "has a body that is not an event of EventBridge";
  }
  return event;
}

function subjectOf(record: unknown): string {
  const id = isRecord(record) ? textAt(record, "messageId") : null;
  return id === null ? "A message without an id" : `The message ${id.slice(0, 100)}`;
}

/** CloudTrail's id of the call where there is one: a forwarded event may get another of its own. */
function idOf(event: Fields): string | null {
  return textAt(fieldsAt(event, "detail"), "eventID") ?? textAt(event, "id");
}

/** Merges what the events say: see `Wake` for what each part means. */
export function wakeOfMessages(
  source: "queue" | "event",
  messages: readonly Message[],
  errors: readonly WakeError[],
): Wake {
  const sent = messages.flatMap((message) => (message.kind === "sent" ? [message] : []));
  const counting = sent.length > 0 ? sent : messages;
  const triggers = new Set(counting.map(({ trigger }) => trigger));
  return {
    kind: "wake",
    source,
    trigger: widestFirst.find((trigger) => triggers.has(trigger)) ?? "manual",
    dryRun: false,
    force: false,
    scopes: mergedScopes(sent.flatMap(({ scopes }) => scopes)),
    calls: sent.flatMap(({ calls }) => calls),
    writes: distinct(
      sent.flatMap(({ writes }) => writes),
      writeKey,
    ),
    ignored: sent.length > 0 ? null : whyIgnored(messages, errors),
    errors,
  };
}

/** A scope of the whole account replaces all others; names are merged; the rest is kept once. */
function mergedScopes(scopes: readonly Scope[]): readonly Scope[] {
  const every = scopes.find(({ kind }) => kind === "every");
  if (every !== undefined) return [every];
  const names = new Map<string | null, Set<string>>();
  for (const scope of scopes) {
    if (scope.kind !== "named") continue;
    const known = names.get(scope.account) ?? new Set<string>();
    for (const name of scope.environments) known.add(name);
    names.set(scope.account, known);
  }
  const named = [...names].map(
    ([account, environments]): Scope => ({
      kind: "named",
      account,
      environments: [...environments],
    }),
  );
  const others = scopes.filter(({ kind }) => kind !== "named");
  return [...named, ...distinct(others, scopeKey)];
}

function distinct<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const byKey = new Map<string, T>();
  for (const value of values) {
    const key = keyOf(value);
    if (!byKey.has(key)) byKey.set(key, value);
  }
  return [...byKey.values()];
}

/** IAM's names are unique ignoring case, so two spellings are one place; others' names are not. */
function scopeKey(scope: Scope): string {
  const key = JSON.stringify(scope);
  return scope.kind === "target" ? key : key.toLowerCase();
}

function writeKey({ parameter, account, actor, at }: StateWrite): string {
  return JSON.stringify([parameter, account, actor, at]);
}

function whyIgnored(messages: readonly Message[], errors: readonly WakeError[]): string {
  const whys = messages.flatMap((message) => (message.kind === "ignored" ? [message.why] : []));
  const reasons = [...new Set(whys)];
  const [first] = reasons;
  if (first === undefined) {
    return errors.length > 0
      ? "No message of the batch could be read."
      : "The batch holds no message.";
  }
  if (reasons.length === 1) return first;
  const begun = `${first.slice(0, 1).toLowerCase()}${first.slice(1)}`;
  return `None of ${messages.length} events changes what is reconciled; the first: ${begun}`;
}
