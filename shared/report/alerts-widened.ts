import type { ChangeResult } from "../plan/change.ts";
import { holdOf } from "../plan/choice.ts";
import { closingOf, isDeleted, isShut } from "../plan/closing-changes.ts";
import { hasName, maybeInForce } from "../plan/control.ts";
import { describeSetting, howToTakeOff, settingOf } from "../plan/provider-settings.ts";
import type { DriftWidening } from "../plan/widening.ts";
import {
  type Draft,
  doneBy,
  exampleSentence,
  isOvertaken,
  nextRun,
  openSeconds,
  roleOf,
} from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { FoundDrift, ReportedShutDoor } from "./found-drift.ts";
import { isSameSideAgain } from "./quarrels.ts";
import type { AlertKind, ReportedWidening } from "./report.ts";
import { wasOpen } from "./reported-doors.ts";

const kinds = {
  "trust-policy": "trust-widened",
  permissions: "permissions-widened",
  audience: "audience-widened",
} as const satisfies Record<ReportedWidening["resource"], AlertKind>;

const titles = {
  "trust-policy": "the trust policy was widened",
  permissions: "the role was given more permissions",
  audience: "the provider was given another audience",
} as const satisfies Record<ReportedWidening["resource"], string>;

/** Which roles an audience matters to. */
const acceptedBy =
  "Every role that trusts the provider accepts tokens for it, unless its trust policy asks for another aud.";

/** What happened, in two sentences. */
const happened = {
  "trust-policy": (role: string) =>
    `The trust policy of ${role} was changed outside the document. That let more callers assume the role.`,
  permissions: (role: string) =>
    `The permissions of ${role} were changed outside the document. That let its sessions do more.`,
  audience: (role: string) =>
    `The OIDC provider of ${role} was given an audience that no document asks for. ${acceptedBy}`,
} as const satisfies Record<ReportedWidening["resource"], (role: string) => string>;

/** Widenings that were made outside the documents: reverted, left, or shut again before a run looked. */
export function widenedDrafts(result: EnvironmentResult): readonly Draft[] {
  const alerted: FoundDrift[] = [];
  const widenings = result.drift.flatMap(({ found, reported }): readonly Draft[] => {
    const reverted = reported.disposition === "reverted";
    if (alerted.some((each) => isIn({ found, reported }, each))) return [];
    const closing = closingOf(found, result);
    // The same quarrel, again: reported as one, not each time. Anything new is reported in full.
    const fought =
      closing.length > 0 &&
      closing.every(({ change }) => isSameSideAgain(result, change, reported.actor));
    if (reverted && fought) return [];
    if (!reverted && wasOpen(result, found)) return [];
    alerted.push({ found, reported });
    const setting = settingOf(found);
    return [
      setting === null
        ? wideningDraft(result, { found, reported })
        : settingDraft(result, reported, setting),
    ];
  });
  const shut = result.shut.map((door) => shutDraft(result, door));
  return [...widenings, ...shut];
}

/** Is it what another one reports too? Old roles may hold the very policy that somebody has opened. */
function isIn({ found, reported }: FoundDrift, other: FoundDrift): boolean {
  const traces = other.found.traces.map((trace) => JSON.stringify(trace));
  return (
    found.traces.length > 0 &&
    reported.disposition === other.reported.disposition &&
    found.traces.every((trace) => traces.includes(JSON.stringify(trace)))
  );
}

/** A door that nobody finds open any more, and that was open all the same. */
function shutDraft(result: EnvironmentResult, door: ReportedShutDoor): Draft {
  const { found, reported, closedBy, closedAt } = door;
  const role = roleWith(found, result);
  const open = openSeconds(reported);
  const lasted = open === null ? "" : ` It was open for ${open} s.`;
  return {
    kind: kinds[found.resource],
    severity: found.isImpossible ? "warning" : "critical",
    title: `${titles[found.resource]} (${closedAt === null ? "not found open" : "put back before a run looked"})`,
    parts: [
      happened[found.resource](role),
      found.isImpossible ? nobodyGains : "",
      exampleSentence(result, reported, role),
      doneBy(reported),
      closedAt === null
        ? `A run that looked at ${reported.closedAt} did not find it open: somebody put it back, or IAM does not show it yet.`
        : `It was put back by ${closedBy ?? "an unknown caller"} at ${closedAt}.${lasted}`,
      "Nothing had to be changed.",
      `Find out who may make such changes, and ${searchTrail}.`,
    ],
  };
}

/** The name of the role that a door is of: an old one, or the one in force. */
function roleWith({ former }: Pick<DriftWidening, "former">, result: EnvironmentResult): string {
  return former === undefined ? roleOf(result) : former.slice(former.lastIndexOf("/") + 1);
}

const nobodyGains =
  "No caller that can exist gains anything by it: every request that anyone can make already has what the policy stopped asking for.";
const searchTrail =
  "search CloudTrail for AssumeRole and AssumeRoleWithWebIdentity on the role in that time";

/**
 * A widening of which it is proved that no caller who can exist gains by it is reverted like any
 * other, and wakes nobody up.
 */
function wideningDraft(result: EnvironmentResult, drift: FoundDrift): Draft {
  const { found, reported: widening } = drift;
  const { isImpossible } = found;
  const role = roleWith(found, result);
  const reverted = widening.disposition === "reverted";
  const measured = measuredBy(result, role);
  const title = (measured?.titles ?? titles)[widening.resource];
  const done = opensLater(result, found) ? "closed" : "reverted";
  return {
    kind: kinds[widening.resource],
    severity: isImpossible ? "warning" : "critical",
    title: `${title} (${reverted ? done : "not reverted"})`,
    parts: [
      measured?.happened[widening.resource] ?? happened[widening.resource](role),
      isImpossible ? nobodyGains : "",
      exampleSentence(result, widening, role),
      alsoOf(result, drift),
      whoOf(result, widening),
      isDeleted(found, result)
        ? `role/${role}, an old name, was deleted in this run, and with it all that was open.`
        : doneOf(result, drift),
      nextAfterDrift(result, drift),
    ],
  };
}

const doubtfulTitles = {
  "trust-policy": "the trust policy may have been widened",
  permissions: "the role may have been given more permissions",
  audience: "the provider may have been given another audience",
} as const satisfies Record<ReportedWidening["resource"], string>;

/**
 * What is said of a door of which it is not certain that somebody opened it: by what it was measured, and why that
 * is a doubt; `null` otherwise.
 */
function measuredBy(result: EnvironmentResult, role: string) {
  const doubt = isRecordUnread(result)
    ? {
        versions: maybeInForce(result.entry).map(({ version }) => version),
        why: "The record of what is in force could not be read, so it is not certain that no version allowed it.",
      }
    : takeOverBegun(result, role);
  if (doubt === null) return null;
  const { versions, why } = doubt;
  const not = `${versions.length === 1 ? "version" : "versions"} ${versions.join(" and ")} of the document ${versions.length === 1 ? "does" : "do"} not`;
  // Only what no version that may be in force asks for is reported of a provider.
  const isSureOfAudiences = isRecordUnread(result);
  return {
    titles: isSureOfAudiences ? { ...doubtfulTitles, audience: titles.audience } : doubtfulTitles,
    happened: {
      "trust-policy": `${role} lets callers in that ${not}. ${why}`,
      permissions: `Sessions of ${role} can do what ${not} allow. ${why}`,
      audience: isSureOfAudiences
        ? null
        : `The OIDC provider of ${role} has an audience that no document asks for. ${acceptedBy} ${why}`,
    },
  };
}

/** A role that a run had begun to make its own, and did not come to the end of it: by no version before. */
function takeOverBegun({ plan: { evidence } }: EnvironmentResult, role: string) {
  if (evidence.kind !== "record" || evidence.record.begun === null) return null;
  const { applied, begun } = evidence.record;
  if (!hasName([begun.document.role.name], role)) return null;
  if (applied !== null && hasName([applied.document.role.name], role)) return null;
  return {
    versions: [begun.version],
    why: "No run has written all of it to this role yet. If the role or its provider was there before, this may be from then, and nobody's doing since.",
  };
}

function isRecordUnread({ entry, plan }: Pick<EnvironmentResult, "entry" | "plan">): boolean {
  return plan.choice.kind === "nothing" && entry.record.kind === "unreadable";
}

/** Old roles that hold the same policy got the same. */
function alsoOf({ drift }: EnvironmentResult, first: FoundDrift): string {
  const others = drift.flatMap((each) =>
    each.found.former !== undefined && each.found.former !== first.found.former && isIn(each, first)
      ? [each.found.former]
      : [],
  );
  return others.length === 0
    ? ""
    : `Sessions of ${others.join(", ")}, an old name, could do the same.`;
}

/** What is set on a provider and may widen: reported once, because no run removes it. */
function settingDraft(
  result: EnvironmentResult,
  widening: ReportedWidening,
  { name, content, providerArn }: NonNullable<ReturnType<typeof settingOf>>,
): Draft {
  const what = describeSetting(name);
  return {
    kind: kinds[widening.resource],
    severity: "critical",
    title: `the provider was given ${what}, and still has it`,
    parts: [
      `${providerArn} was given ${what} outside the document: ${name} = ${content}.`,
      "Sessions that come through this provider may be able to do more: any policy may test the keys that it adds to them.",
      whoOf(result, widening),
      "Nothing was changed: no run removes it. Everything else is still enforced.",
      howToTakeOff(providerArn, name),
    ],
  };
}

function isOurs({ ownSession }: EnvironmentResult, { actor }: ReportedWidening): boolean {
  return ownSession !== null && actor === ownSession;
}

function whoOf(result: EnvironmentResult, widening: ReportedWidening): string {
  if (isOurs(result, widening)) {
    return "The reconciler itself wrote it, in an earlier run that overlapped with another one. Nobody else was involved.";
  }
  return doneBy(widening);
}

function doneOf(result: EnvironmentResult, { found, reported: widening }: FoundDrift): string {
  if (widening.disposition !== "reverted") {
    return `Nothing was changed: ${isReleased(result, found) ? released : whyLeft(result)}.`;
  }
  const open = openSeconds(widening);
  const lasted = open === null ? "" : ` It was open for ${open} s.`;
  if (opensLater(result, found)) {
    return `It was closed at ${widening.closedAt}.${lasted} What the document asks for beside it waits for a later run: ${whyLater(result)}. The report has what was there.`;
  }
  return `It was reverted at ${widening.closedAt}.${lasted} The report has what was there.`;
}

const released = "its tags of this environment were taken off, so no run corrects it";

/** Is it a door of a role with an old name that this run gives up, because somebody took its tags off? */
function isReleased({ orphans }: EnvironmentResult, { former }: DriftWidening): boolean {
  return former !== undefined && orphans.released.includes(former);
}

/** Is a door shut, and what the same write would have let in not there yet? */
function opensLater(result: EnvironmentResult, found: DriftWidening): boolean {
  return isShut(found, result) && closingOf(found, result).some(isLeft);
}

function isLeft({ outcome }: ChangeResult): boolean {
  return outcome !== "applied";
}

function whyLater(result: EnvironmentResult): string {
  return isOvertaken(result)
    ? overtaken
    : "something could not be read or written, as the report's errors say";
}

const overtaken =
  "the document or the record was written by somebody else while this run was at work";

function whyLeft(result: EnvironmentResult): string {
  const { entry, plan, writes, faults } = result;
  if (plan.choice.kind === "orphaned")
    return "the document is gone, so nothing says what is desired";
  if (writes === "observe" || writes === "suspend") return `the mode is ${writes}`;
  if (isRecordUnread({ entry, plan })) return "nobody knows which version is in force";
  if (plan.choice.kind === "nothing" && plan.changes.length === 0)
    return "no version of the document is in force yet";
  if (plan.blocked.length > 0) return "the resource is in conflict, so it is left untouched";
  if (writes === "dry-run") return "this is a dry run";
  if (faults.some(({ code }) => code === "Interrupted")) return "somebody ended the run by Ctrl-C";
  if (isOvertaken(result)) return overtaken;
  if (plan.faults.length > 0)
    return "a part of the role or of its policy could not be read, and what may open something waits for it";
  return "the correction failed, or another installation owns the resource";
}

function nextAfterDrift(
  result: EnvironmentResult,
  { found, reported: widening }: FoundDrift,
): string {
  const { parameter, name } = result.entry;
  if (widening.disposition === "reverted") {
    if (isOurs(result, widening)) return "There is nothing to do.";
    return `If it was intended, edit ${parameter} instead. If not, find out who may make such changes, and ${searchTrail}.`;
  }
  if (result.plan.choice.kind === "orphaned") {
    return `Put the document back at ${parameter} to have it corrected, or remove the role yourself.`;
  }
  if (isReleased(result, found)) {
    return "No later run looks at it: find out who may make such changes, and delete it or correct it yourself.";
  }
  return nextWhereLeft(result, `{"environments":["${name}"],"force":true}`);
}

function nextWhereLeft(result: EnvironmentResult, forced: string): string {
  const { plan, writes, entry } = result;
  if (writes === "observe")
    return `Set mode: enforce in ${entry.parameter}, or correct it once: run with ${forced}.`;
  if (writes === "suspend") return `Set mode: enforce in ${entry.parameter}.`;
  if (isRecordUnread({ entry, plan })) return nextRun(result);
  if (plan.choice.kind === "nothing" && plan.changes.length === 0) {
    return holdOf(plan.choice) === null
      ? `Correct ${entry.parameter}: the report's errors say how.`
      : "Approve the version that is held, or put a narrower one.";
  }
  if (plan.blocked.length > 0)
    return "Decide who owns the resource: the report's errors say what to do.";
  if (writes === "dry-run") return "A run that writes reverts it.";
  return nextRun(result);
}
