/**
 * EventBridge: event buses, rules, targets and PutEvents. `emit` is how the account's other
 * services reach the default bus. Every event there and every delivery of a rule also goes to a
 * listener. Left out: schedules (stored only), archives, resource policies of buses and targets
 * other than queues and buses.
 */

import { type Authorization, requestTagContext, tagsIn, textIn } from "../input/authorization.ts";
import { isRecord, type Members, validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { type Arrival, type Bridge, type Delivery, putEvent } from "./bus.ts";
import type { Emit, EventBridgeEvent } from "./event.ts";
import { busName, putEvents } from "./put-events.ts";
import {
  deleteRule,
  describeRule,
  listRules,
  listTargets,
  putRule,
  putTargets,
  removeTargets,
  ruleArn,
  switchRule,
} from "./rules.ts";
import type { Buses } from "./state.ts";

export type { Arrival, Delivery } from "./bus.ts";
export type { Emit, EventBridgeEvent, NewEvent } from "./event.ts";

/** The service, with one state for each Region. */
export function eventBridge(dependencies: {
  readonly account: string;
  readonly paging: () => Paging;
  readonly onEvent: (event: EventBridgeEvent, arrival: Arrival) => void;
  readonly onDelivery: (delivery: Delivery) => void;
}): { readonly service: Service; readonly emit: Emit } {
  const { account, paging, onEvent, onDelivery } = dependencies;
  const busesOf = perRegion(
    (): Buses => new Map([["default", { name: "default", rules: new Map() }]]),
  );
  const bridge: Bridge = { account, busesOf, onEvent, onDelivery };
  const service: Service = {
    name: "events",
    protocol: "json-1.1",
    targetPrefix: "AWSEvents",
    operations: operationsOf({
      handlers: {
        PutEvents: (_, members, call) => putEvents(bridge, members, call),
        PutRule: putRule,
        ListRules: (buses, members) => listRules(buses, members, paging()),
        DescribeRule: describeRule,
        DeleteRule: deleteRule,
        EnableRule: (buses, members) => switchRule(buses, members, "ENABLED"),
        DisableRule: (buses, members) => switchRule(buses, members, "DISABLED"),
        PutTargets: putTargets,
        RemoveTargets: removeTargets,
        ListTargetsByRule: listTargets,
        CreateEventBus: createEventBus,
        DescribeEventBus: describeEventBus,
        DeleteEventBus: deleteEventBus,
      },
      stateOf: busesOf,
      refuse: (violation) => refused("ValidationException", validationSentence(violation)),
    }),
    keep: busesOf.keep,
    authorize: authorizeEvents,
  };
  return { service, emit: (newEvent) => putEvent(bridge, newEvent) };
}

function busArn(call: Call, name: string): string {
  return `arn:aws:events:${call.region}:${call.account}:event-bus/${name}`;
}

function createEventBus(buses: Buses, members: Members, call: Call): object {
  const name = members.text("Name", { min: 1, max: 256, pattern: /[/.\-_A-Za-z0-9]+/ });
  if (buses.has(name)) {
    throw refused("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
  }
  buses.set(name, { name, rules: new Map() });
  return { EventBusArn: busArn(call, name) };
}

function describeEventBus(buses: Buses, members: Members, call: Call): object {
  const name = busName(members.optionalText("Name"));
  if (!buses.has(name)) {
    throw refused("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  }
  return { Name: name, Arn: busArn(call, name) };
}

function deleteEventBus(buses: Buses, members: Members): object {
  const name = members.text("Name");
  if (name === "default") throw refused("ValidationException", "Cannot delete event bus default.");
  if ((buses.get(name)?.rules.size ?? 0) > 0) {
    throw refused("ValidationException", `Event bus ${name} can't be deleted since it has rules.`);
  }
  buses.delete(name);
  return {};
}

/** Source: Service Authorization Reference, Amazon EventBridge. */
function authorizeEvents(call: Call): readonly Authorization[] {
  const action = `events:${call.operation}`;
  const bus = busName(textIn(call.input, "EventBusName"));
  switch (call.operation) {
    case "PutEvents":
      return entriesOf(call).map((entry) => ({
        action,
        resource: busArn(call, busName(textIn(entry, "EventBusName"))),
        context: new Map([
          ["events:source", [textIn(entry, "Source") ?? ""]],
          ["events:detail-type", [textIn(entry, "DetailType") ?? ""]],
        ]),
      }));
    case "ListRules":
      return [{ action, resource: `arn:aws:events:${call.region}:${call.account}:rule/*` }];
    case "CreateEventBus":
    case "DescribeEventBus":
    case "DeleteEventBus":
      return [{ action, resource: busArn(call, busName(textIn(call.input, "Name"))) }];
    default: {
      const name = textIn(call.input, "Rule") ?? textIn(call.input, "Name") ?? "";
      const context = new Map([
        ["events:creatorAccount", [call.account]],
        ...requestTagContext(tagsIn(call.input, "Tags")),
        ...targetKeys(call),
      ]);
      return [{ action, resource: ruleArn(call, bus, name), context }];
    }
  }
}

function entriesOf(call: Call): readonly Readonly<Record<string, unknown>>[] {
  const entries = call.input["Entries"];
  const read = Array.isArray(entries) ? entries.filter(isRecord) : [];
  return read.length > 0 ? read : [{}];
}

function targetKeys(call: Call): readonly (readonly [string, readonly string[]])[] {
  if (call.operation !== "PutTargets") return [];
  const targets = call.input["Targets"];
  const arns = Array.isArray(targets) ? targets.filter(isRecord) : [];
  return [["events:TargetArn", arns.map((target) => textIn(target, "Arn") ?? "")]];
}
