import { randomUUID } from "node:crypto";
import { type EventBridgeEvent, type NewEvent, wholeSeconds } from "./event.ts";
import { inputFor } from "./input.ts";
import { matchesPattern, parsePattern } from "./pattern.ts";
import type { Buses, Rule, Target } from "./state.ts";

/** The bus that an event has reached, and whether only some rules may see it. */
export type Arrival = {
  readonly region: string;
  readonly bus: string;
  readonly readOnly: boolean;
};

/** What a target gets of an event that its rule matches. */
export type Delivery = {
  readonly rule: Rule;
  readonly target: Target;
  readonly event: EventBridgeEvent;
  /** The event, or what the target's input settings turn it into. */
  readonly input: unknown;
  /** The same as text: what a queue gets. */
  readonly text: string;
};

/** What the delivery of events needs. */
export type Bridge = {
  readonly account: string;
  readonly busesOf: (place: { readonly region: string }) => Buses;
  /** Every event at a default bus. */
  readonly onEvent: (event: EventBridgeEvent, arrival: Arrival) => void;
  /** Every target of a matching rule, except event buses. */
  readonly onDelivery: (delivery: Delivery) => void;
};

/** An event goes from bus to bus at most this often. */
const hopsMax = 5;

/** Puts a new event on the default bus of its Region. */
export function putEvent(bridge: Bridge, newEvent: NewEvent): EventBridgeEvent {
  const event: EventBridgeEvent = {
    version: "0",
    id: randomUUID(),
    "detail-type": newEvent.detailType,
    source: newEvent.source,
    account: bridge.account,
    time: wholeSeconds(newEvent.at),
    region: newEvent.region,
    resources: newEvent.resources,
    // Of a read nobody may ask.
    get detail() {
      return newEvent.detail;
    },
  };
  const readOnly = newEvent.readOnly ?? false;
  deliverToBus(bridge, event, { region: newEvent.region, bus: "default", readOnly }, 0);
  return event;
}

/** Delivers an event to a bus: the targets of matching rules get it. An unknown bus drops it. */
export function deliverToBus(
  bridge: Bridge,
  event: EventBridgeEvent,
  arrival: Arrival,
  hops: number,
): void {
  const bus = bridge.busesOf(arrival).get(arrival.bus);
  if (bus === undefined || hops > hopsMax) return;
  if (arrival.bus === "default") bridge.onEvent(event, arrival);
  for (const rule of bus.rules.values()) {
    if (!sees(rule, arrival) || !fits(rule, event)) continue;
    for (const target of rule.targets.values()) {
      const next = busArn.exec(target.Arn)?.groups;
      if (next === undefined) {
        bridge.onDelivery({ rule, target, event, ...inputFor(target, event) });
      } else {
        const { region = arrival.region, bus: name = "" } = next;
        deliverToBus(bridge, event, { ...arrival, region, bus: name }, hops + 1);
      }
    }
  }
}

const busArn = /^arn:aws[\w-]*:events:(?<region>[^:]+):\d{12}:event-bus\/(?<bus>.+)$/;

function sees(rule: Rule, arrival: Arrival): boolean {
  switch (rule.state) {
    case "DISABLED":
      return false;
    case "ENABLED":
      return !arrival.readOnly;
    case "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
      return true;
    default:
      return rule.state satisfies never;
  }
}

function fits(rule: Rule, event: EventBridgeEvent): boolean {
  if (rule.pattern === null) return false;
  const read = parsePattern(rule.pattern);
  return read.kind === "pattern" && matchesPattern(read.pattern, event);
}
