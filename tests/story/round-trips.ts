import { setTimeout as farAway } from "node:timers/promises";
import { SSMClient } from "@aws-sdk/client-ssm";
import { vi } from "vitest";

/** A call of a run: when it began and when its answer came, counted in events. */
type Span = { readonly call: string; readonly began: number; readonly ended: number };

export type RoundTrips = {
  /** Every call, as `service:Operation`, in the order in which they began. */
  readonly calls: readonly string[];
  /** The longest chain of calls in which each began only after the one before it ended. */
  readonly sequential: number;
  /** The same of what was waited for before the first write in IAM; `null` where nothing was written. */
  readonly beforeWrite: { readonly calls: number; readonly sequential: number } | null;
};

/** So much later comes each answer: a call that waits for none has begun by then. */
const latencyMs = 10;

/**
 * Runs something and records when each call of any AWS client begins and ends. Calls that are made
 * at the same time all begin before any of them ends, however fast the answers are, so the chain
 * does not depend on time.
 */
export async function measured(act: () => Promise<unknown>): Promise<RoundTrips> {
  const spans: Span[] = [];
  let events = 0;
  const prototype = clientPrototype();
  const send = prototype.send;
  const spy = vi.spyOn(prototype, "send").mockImplementation(async function (
    this: Sender,
    command: object,
    ...rest: readonly unknown[]
  ) {
    events += 1;
    const began = events;
    try {
      return await send.call(this, command, ...rest);
    } finally {
      await farAway(latencyMs);
      events += 1;
      spans.push({ call: nameOf(this, command), began, ended: events });
    }
  });
  await act().finally(() => spy.mockRestore());
  const ordered = spans.toSorted((left, right) => left.began - right.began);
  return {
    calls: ordered.map(({ call }) => call),
    sequential: chain(ordered),
    beforeWrite: beforeWrite(ordered),
  };
}

const isIamWrite = ({ call }: Span): boolean => /^iam:(?!Get|List)/.test(call);

function beforeWrite(ordered: readonly Span[]): RoundTrips["beforeWrite"] {
  const write = ordered.find(isIamWrite);
  if (write === undefined) return null;
  const before = ordered.filter(({ ended }) => ended < write.began);
  return { calls: before.length, sequential: chain(before) };
}

type Sender = { readonly config: { readonly serviceId: string } };

type SenderPrototype = {
  send(this: Sender, command: object, ...rest: readonly unknown[]): Promise<unknown>;
};

/** Every client of the SDK inherits `send` from one class. */
function clientPrototype(): SenderPrototype {
  const prototype: unknown = Object.getPrototypeOf(SSMClient.prototype);
  if (!isSender(prototype)) throw new Error("The clients of the SDK have no common send.");
  return prototype;
}

function isSender(prototype: unknown): prototype is SenderPrototype {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    "send" in prototype &&
    typeof prototype.send === "function"
  );
}

function nameOf(client: Sender, command: object): string {
  const service = client.config.serviceId.toLowerCase().replaceAll(/[^a-z]/g, "");
  const operation = command.constructor.name.replace(/Command$/, "");
  return `${service === "eventbridge" ? "events" : service}:${operation}`;
}

function chain(ordered: readonly Span[]): number {
  const lengths = new Map<Span, number>();
  for (const span of ordered) {
    const before = ordered.filter((other) => other.ended < span.began);
    lengths.set(span, 1 + Math.max(0, ...before.map((other) => lengths.get(other) ?? 0)));
  }
  return Math.max(0, ...lengths.values());
}
