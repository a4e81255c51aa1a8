import { isRecord, type Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { parsePattern } from "./pattern.ts";
import { busName } from "./put-events.ts";
import type { Bus, Buses, Rule, RuleState, Target } from "./state.ts";

const rulesMax = 300;
const targetsMax = 5;
const patternLengthMax = 2048;

const nameRule = { min: 1, max: 64, pattern: /[.\-_A-Za-z0-9]+/ } as const;
const states = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] as const;

export function busOf(buses: Buses, members: Members): Bus {
  const name = busName(members.optionalText("EventBusName", { min: 1, max: 1600 }));
  const bus = buses.get(name);
  if (bus === undefined) {
    throw refused("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  }
  return bus;
}

function ruleOf(bus: Bus, name: string): Rule {
  const rule = bus.rules.get(name);
  if (rule === undefined) {
    const message = `Rule ${name} does not exist on EventBus ${bus.name}.`;
    throw refused("ResourceNotFoundException", message);
  }
  return rule;
}

export function ruleArn(
  place: { readonly region: string; readonly account: string },
  bus: string,
  name: string,
): string {
  const path = bus === "default" ? name : `${bus}/${name}`;
  return `arn:aws:events:${place.region}:${place.account}:rule/${path}`;
}

/** PutRule: creates a rule or replaces it; its targets stay. */
export function putRule(buses: Buses, members: Members, call: Call): object {
  const bus = busOf(buses, members);
  const name = members.text("Name", nameRule);
  const pattern = members.optionalText("EventPattern", { max: 4096 });
  const schedule = members.optionalText("ScheduleExpression", { max: 256 });
  if (pattern === null && schedule === null) {
    throw refused(
      "ValidationException",
      "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    );
  }
  checkPattern(pattern);
  checkSchedule(schedule, bus.name);
  const before = bus.rules.get(name);
  if (before === undefined && bus.rules.size >= rulesMax) {
    throw refused("LimitExceededException", `The requested resource exceeds ${rulesMax} rules.`);
  }
  const arn = ruleArn(call, bus.name, name);
  bus.rules.set(name, {
    name,
    arn,
    bus: bus.name,
    state: stateOf(members.optionalText("State", { oneOf: states })),
    pattern,
    schedule,
    description: members.optionalText("Description", { max: 512 }),
    roleArn: members.optionalText("RoleArn", { min: 1, max: 1600 }),
    createdBy: call.account,
    targets: before?.targets ?? new Map(),
  });
  return { RuleArn: arn };
}

function checkPattern(text: string | null): void {
  if (text === null) return;
  const read = parsePattern(text);
  if (read.kind === "invalid") {
    throw refused(
      "InvalidEventPatternException",
      `Event pattern is not valid. Reason: ${read.reason}`,
    );
  }
  if (text.length > patternLengthMax) {
    throw refused(
      "LimitExceededException",
      `The event pattern has ${text.length} characters, the quota is ${patternLengthMax}.`,
    );
  }
}

function checkSchedule(text: string | null, bus: string): void {
  if (text === null) return;
  if (bus !== "default") {
    const message = "ScheduleExpression is supported only on the default event bus.";
    throw refused("ValidationException", message);
  }
  const rate = /^rate\((?:1 (?:minute|hour|day)|(?!1 )[1-9]\d* (?:minutes|hours|days))\)$/;
  const cron = /^cron\(\S+( \S+){5}\)$/;
  if (!rate.test(text) && !cron.test(text)) {
    throw refused("ValidationException", "Parameter ScheduleExpression is not valid.");
  }
}

function stateOf(text: string | null): RuleState {
  return states.find((state) => state === text) ?? "ENABLED";
}

export function listRules(buses: Buses, members: Members, paging: Paging): object {
  const bus = busOf(buses, members);
  const prefix = members.optionalText("NamePrefix", nameRule) ?? "";
  const keyOf = (rule: Rule): string => rule.name;
  const page = listingPage(members, {
    items: [...bus.rules.values()].filter(({ name }) => name.startsWith(prefix)).sort(byKey(keyOf)),
    keyOf,
    limit: members.optionalCount("Limit", { min: 1, max: 100 }) ?? 100,
    tokenName: "NextToken",
    scope: `rules ${bus.name} ${prefix}`,
    paging,
    badToken,
  });
  return { Rules: page.items.map(shown), ...page.next };
}

function badToken(): Error {
  return refused("ValidationException", "Parameter NextToken is not valid.");
}

export function describeRule(buses: Buses, members: Members): object {
  const bus = busOf(buses, members);
  const rule = ruleOf(bus, members.text("Name", nameRule));
  return { ...shown(rule), CreatedBy: rule.createdBy };
}

function shown(rule: Rule): object {
  return {
    Name: rule.name,
    Arn: rule.arn,
    ...(rule.pattern === null ? {} : { EventPattern: rule.pattern }),
    ...(rule.schedule === null ? {} : { ScheduleExpression: rule.schedule }),
    State: rule.state,
    ...(rule.description === null ? {} : { Description: rule.description }),
    ...(rule.roleArn === null ? {} : { RoleArn: rule.roleArn }),
    EventBusName: rule.bus,
  };
}

/** DeleteRule: a rule that does not exist is not an error, one with targets is. */
export function deleteRule(buses: Buses, members: Members): object {
  const bus = busOf(buses, members);
  const rule = bus.rules.get(members.text("Name", nameRule));
  if (rule === undefined) return {};
  if (rule.targets.size > 0) {
    throw refused("ValidationException", "Rule can't be deleted since it has targets.");
  }
  bus.rules.delete(rule.name);
  return {};
}

/** EnableRule and DisableRule. */
export function switchRule(buses: Buses, members: Members, state: RuleState): object {
  const bus = busOf(buses, members);
  const rule = ruleOf(bus, members.text("Name", nameRule));
  bus.rules.set(rule.name, { ...rule, state });
  return {};
}

export function putTargets(buses: Buses, members: Members): object {
  const bus = busOf(buses, members);
  const rule = ruleOf(bus, members.text("Rule", nameRule));
  const raw = members.raw("Targets");
  const kept: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const put = members.structures("Targets", { min: 1, max: 100 }).map((target, i): Target => {
    const whole = kept[i];
    const Id = target.text("Id", nameRule);
    const Arn = target.text("Arn", { min: 1, max: 1600 });
    if (/:sqs:.*\.fifo$/.test(Arn) && !target.has("SqsParameters")) {
      const message = `Parameter(s) SqsParameters must be specified for target: ${Id}.`;
      throw refused("ValidationException", message);
    }
    return { ...(isRecord(whole) ? whole : {}), Id, Arn };
  });
  const targets = new Map([
    ...rule.targets,
    ...put.map((target): [string, Target] => [target.Id, target]),
  ]);
  if (targets.size > targetsMax) {
    const message = `The requested resource exceeds the maximum number of ${targetsMax} targets.`;
    throw refused("LimitExceededException", message);
  }
  bus.rules.set(rule.name, { ...rule, targets });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

export function removeTargets(buses: Buses, members: Members): object {
  const bus = busOf(buses, members);
  const rule = ruleOf(bus, members.text("Rule", nameRule));
  const ids = new Set(members.texts("Ids", { min: 1, max: 100, each: nameRule }));
  const targets = new Map([...rule.targets].filter(([id]) => !ids.has(id)));
  bus.rules.set(rule.name, { ...rule, targets });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

export function listTargets(buses: Buses, members: Members): object {
  const bus = busOf(buses, members);
  const rule = ruleOf(bus, members.text("Rule", nameRule));
  return { Targets: [...rule.targets.values()] };
}
