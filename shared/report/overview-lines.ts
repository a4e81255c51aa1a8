import { type ConditionName, conditionNames } from "../plan/status.ts";
import type { Block } from "./blocks.ts";
import { indented, type Line, line } from "./layout.ts";
import {
  type EnvironmentOverview,
  isSettled,
  isStale,
  type Looked,
  type ShownHeartbeat,
  staleAfterMinutes,
} from "./overview.ts";
import { outputLines } from "./render.ts";

/**
 * The state of all environments, the heartbeat first: without it nothing below need be true. Then
 * those that somebody has to look at: a short terminal shows the first rows only.
 */
export function overviewBlocks(
  { overview, spoilt }: Looked,
  given: {
    readonly prefix: string;
    readonly periodMinutes: number;
    /** Environments whose held version has the label of an approval. */
    readonly approved?: readonly string[];
  },
): readonly Block[] {
  const { heartbeat, environments } = overview;
  const stale = isStale(heartbeat, given.periodMinutes);
  const factsOf = ({ name }: EnvironmentOverview): Facts => ({
    spoilt: spoilt.includes(`${given.prefix}/status/${name}`),
    approved: given.approved?.includes(name) ?? false,
  });
  const waiting = environments.filter((environment) => !isSettled(environment));
  const none = environments.length === 0 ? [noEnvironment(given.prefix)] : [];
  return [
    {
      of: "heartbeat",
      says: String(stale),
      lines: [
        ...heartbeatLines(heartbeat, given.periodMinutes),
        ...waitingLines(waiting, environments.length),
      ],
    },
    ...none,
    ...[...waiting, ...environments.filter(isSettled)].map((environment) => ({
      of: `environment ${environment.name}`,
      says: JSON.stringify([environment, factsOf(environment)]),
      lines: environmentLines(environment, factsOf(environment)),
    })),
  ];
}

/** Which of several environments are not as they should be. */
function waitingLines(waiting: readonly EnvironmentOverview[], all: number): readonly Line[] {
  if (waiting.length === 0 || all < 2) return [];
  const names = waiting.map(({ name }) => name).join(", ");
  const text = `${waiting.length} of ${all} environments need a look: ${names}`;
  return [line(text, { mark: "!", tone: "warning" })];
}

function noEnvironment(prefix: string): Block {
  const text = `There is no environment below ${prefix}/environments/. Make the first: oidc-reconciler init NAME`;
  return { of: "environments", says: text, lines: [line(text)] };
}

function heartbeatLines(heartbeat: ShownHeartbeat | null, periodMinutes: number): readonly Line[] {
  const allowed = `${staleAfterMinutes(periodMinutes)} minutes (two periods of the schedule)`;
  if (heartbeat === null) {
    const text =
      "no heartbeat: no run over all environments has ended yet. Is the reconciler deployed in this account and Region?";
    return [line(text, { mark: "✗", tone: "bad" })];
  }
  const { ageSeconds, trigger, environments, outcomes } = heartbeat;
  const counted = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const of = environments === 1 ? "1 environment" : `${environments} environments`;
  const what = [`${trigger} run over ${of}`, ...counted].join(", ");
  const when = `heartbeat ${durationText(ageSeconds)} ago`;
  if (!isStale(heartbeat, periodMinutes)) {
    return [line(`${when}: ${what}`, { mark: "✓", tone: "good" })];
  }
  const text = `${when}, and it should be less than ${allowed}: nothing is being corrected. The runbook says what to look at under no-heartbeat`;
  return [line(text, { mark: "✗", tone: "bad" }), line(`last: ${what}`, { indent: 2 })];
}

/** A span of time as people say it, in its one or two largest units. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** What an environment's overview does not hold. */
type Facts = { readonly spoilt: boolean; readonly approved: boolean };

function environmentLines(
  environment: EnvironmentOverview,
  { spoilt, approved }: Facts,
): readonly Line[] {
  const { name, heldVersion, outputs } = environment;
  const settled = isSettled(environment);
  return [
    line(`${name}: ${stateOf(environment, spoilt)}`, { tone: settled ? "good" : "warning" }),
    ...indented(
      [
        ...(spoilt ? [line(spoiltText, { mark: "✗", tone: "bad" })] : []),
        ...conditionLines(environment),
        ...(heldVersion === null ? [] : [heldLine(name, heldVersion, approved)]),
        ...outputLines(outputs),
      ],
      2,
    ),
  ];
}

const spoiltText =
  "its status is not one that the reconciler wrote: somebody else did, or a newer release. The next run writes it again";

function heldLine(name: string, version: number, approved: boolean): Line {
  const text = approved
    ? `version ${version} is held, and it is approved: the next run applies it`
    : `version ${version} is held; look at it and approve it: oidc-reconciler approve ${name}`;
  return line(text, { mark: "!", tone: "warning" });
}

/** The environment in a few words: whether it is ready, and which version counts. */
function stateOf(environment: EnvironmentOverview, spoilt: boolean): string {
  const { version, appliedVersion, heldVersion, conditions } = environment;
  const applied = appliedVersion === null ? "none applied" : `version ${appliedVersion} applied`;
  if (version === null) return `orphaned (its parameter is gone; ${applied})`;
  if (spoilt) return `unknown (version ${version})`;
  if (Object.keys(conditions).length === 0) return `no run has looked at version ${version} yet`;
  const ready = conditions.Ready?.status === true ? "ready" : "not ready";
  if (version === appliedVersion) return `${ready} (version ${version}, applied)`;
  const newest = version === heldVersion ? "held" : "not applied";
  return `${ready} (version ${version} is ${newest}; ${applied})`;
}

/** The false ones first, each with its message; the true ones in one line. */
function conditionLines({ conditions }: EnvironmentOverview): readonly Line[] {
  const known = conditionNames.filter((name) => conditions[name] !== undefined);
  const isTrue = (name: ConditionName) => conditions[name]?.status === true;
  const right = known.filter(isTrue);
  return [
    ...known
      .filter((name) => !isTrue(name))
      .map((name) => {
        const { reason = "", message = "", since = "" } = conditions[name] ?? {};
        const text = `${name}: ${message} (${reason}, since ${since})`;
        return line(text, { mark: "✗", tone: "warning" });
      }),
    ...(right.length === 0 ? [] : [line(right.join(", "), { mark: "✓", tone: "good" })]),
  ];
}
