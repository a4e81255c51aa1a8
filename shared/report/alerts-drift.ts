import type { ChangeResult } from "../plan/change.ts";
import { holdOf } from "../plan/choice.ts";
import type { KeptDeny } from "../plan/denies.ts";
import { desiredIn, type EnvironmentPlan, policyVersionOf } from "../plan/environment.ts";
import type { Tags } from "../plan/observed.ts";
import {
  environmentTag,
  foreignOwner,
  homeTag,
  isOwnershipTag,
  ownershipOf,
  prefixTag,
} from "../plan/ownership.ts";
import { describeSetting, howToTakeOff, settingOf } from "../plan/provider-settings.ts";
import type { Quarrel } from "../plan/record.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { type Draft, exampleSentence, nextRun, openSeconds, roleOf } from "./alert-draft.ts";
import type { Attribution } from "./attribution.ts";
import { describeChange } from "./describe.ts";
import { onlyEnds } from "./ended-entries.ts";
import type { EnvironmentResult } from "./environment.ts";
import { isCorrection, isFoughtOver, isSameSideAgain, takingOff } from "./quarrels.ts";
import type { AlertKind, ReportedWidening } from "./report.ts";
import {
  closingOf,
  denyWidening,
  type FoundDrift,
  isDeleted,
  type ReportedShutDoor,
} from "./report-widenings.ts";
import {
  denyKey,
  leftKey,
  quarrelsOver,
  toldKeys,
  wasContended,
  wasReported,
  wereOpen,
  wideningKeys,
} from "./reported-keys.ts";

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

/** What happened, in two sentences. */
const happened = {
  "trust-policy": (role: string) =>
    `The trust policy of ${role} was changed outside the document. That let more callers assume the role.`,
  permissions: (role: string) =>
    `The permissions of ${role} were changed outside the document. That let its sessions do more.`,
  audience: (role: string) =>
    `The OIDC provider of ${role} was given an audience that no document asks for. Every role that trusts the provider and does not test aud accepts tokens for it.`,
} as const satisfies Record<ReportedWidening["resource"], (role: string) => string>;

/** Widenings that were made outside the documents, and sessions that someone revoked. */
export function driftDrafts(result: EnvironmentResult): readonly Draft[] {
  const contended = contendedDrafts(result);
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
    if (!reverted && wereOpen(toldKeys(result), wideningKeys(found))) return [];
    alerted.push({ found, reported });
    const setting = settingOf(found);
    return [
      setting === null
        ? wideningDraft(result, { found, reported })
        : settingDraft(result, reported, setting),
    ];
  });
  const shut = result.shut.map((door) => shutDraft(result, door));
  return [...widenings, ...shut, ...contended, ...revokedDrafts(result)];
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
  const title = titles[widening.resource];
  return {
    kind: kinds[widening.resource],
    severity: isImpossible ? "warning" : "critical",
    title: `${title} (${reverted ? "reverted" : "not reverted"})`,
    parts: [
      happened[widening.resource](role),
      isImpossible ? nobodyGains : "",
      exampleSentence(result, widening, role),
      alsoOf(result, drift),
      whoOf(result, widening),
      isDeleted(found, result)
        ? `role/${role}, an old name, was deleted in this run, and with it all that was open.`
        : doneOf(result, widening),
      nextAfterDrift(result, widening),
    ],
  };
}

/** Old roles that hold the same policy got the same. */
function alsoOf({ drift }: EnvironmentResult, first: FoundDrift): string {
  const others = drift.flatMap((each) =>
    each !== first && each.found.former !== undefined && isIn(each, first)
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

function doneBy({ actor, openedAt }: Attribution): string {
  if (actor === null && openedAt === null) {
    return "It is not known who did it: CloudTrail shows no matching call yet.";
  }
  return `Done by ${actor ?? "an unknown caller"}${openedAt === null ? "" : ` at ${openedAt}`}.`;
}

function doneOf(result: EnvironmentResult, widening: ReportedWidening): string {
  if (widening.disposition !== "reverted") return `Nothing was changed: ${whyLeft(result)}.`;
  const open = openSeconds(widening);
  const lasted = open === null ? "" : ` It was open for ${open} s.`;
  return `It was reverted at ${widening.closedAt}.${lasted} The report has what was there.`;
}

function whyLeft({ plan, writes, faults }: EnvironmentResult): string {
  if (plan.choice.kind === "orphaned")
    return "the document is gone, so nothing says what is desired";
  if (writes === "observe" || writes === "suspend") return `the mode is ${writes}`;
  if (plan.choice.kind === "nothing") return "no version of the document is in force yet";
  if (plan.blocked.length > 0) return "the resource is in conflict, so it is left untouched";
  if (writes === "dry-run") return "this is a dry run";
  if (faults.some(({ code }) => code === "Interrupted")) return "somebody ended the run by Ctrl-C";
  return "the correction failed, or another installation owns the resource";
}

function nextAfterDrift(result: EnvironmentResult, widening: ReportedWidening): string {
  const { parameter, name } = result.entry;
  if (widening.disposition === "reverted") {
    if (isOurs(result, widening)) return "There is nothing to do.";
    return `If it was intended, edit ${parameter} instead. If not, find out who may make such changes, and ${searchTrail}.`;
  }
  if (result.plan.choice.kind === "orphaned") {
    return `Put the document back at ${parameter} to have it corrected, or remove the role yourself.`;
  }
  return nextWhereLeft(result, `{"environments":["${name}"],"force":true}`);
}

function nextWhereLeft({ plan, writes, entry }: EnvironmentResult, forced: string): string {
  if (writes === "observe")
    return `Set mode: enforce in ${entry.parameter}, or correct it once: run with ${forced}.`;
  if (writes === "suspend") return `Set mode: enforce in ${entry.parameter}.`;
  if (plan.choice.kind === "nothing") {
    return holdOf(plan.choice) === null
      ? `Correct ${entry.parameter}: the report's errors say how.`
      : "Approve the version that is held, or put a narrower one.";
  }
  if (plan.blocked.length > 0)
    return "Decide who owns the resource: the report's errors say what to do.";
  if (writes === "dry-run") return "A run that writes reverts it.";
  return nextRun;
}

/**
 * Someone undoes corrections again and again: one alert that names the other side, and one at the end,
 * whatever it is that one call of theirs changes.
 */
function contendedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.contended.filter((quarrel) => !wasContended(result, quarrel));
  const over = quarrelsOver(result, result.contended, result.now);
  const last = over.toSorted((one, other) => other.getTime() - one.getTime()).slice(0, 1);
  return [...(fresh.length === 0 ? [] : [contendedDraft(result, fresh)]), ...last.map(overDraft)];
}

function contendedDraft(result: EnvironmentResult, quarrels: readonly Quarrel[]): Draft {
  const tags = result.results.some(
    ({ change }) => change.step.do === "untag-role" && isFoughtOver(quarrels, change),
  );
  const resources = [...new Set(quarrels.map(({ resource }) => resource))].join(", ");
  const actors = [...new Set(quarrels.flatMap(({ actor }) => actor ?? []))].join(" and ");
  return {
    kind: "contended",
    severity: "critical",
    title: `a correction is undone again and again (${resources})`,
    parts: [
      ...quarrels.map(
        ({ resource, at }) =>
          `${resource} was changed in the same way ${at.length} times since ${at[0]}.`,
      ),
      `The other side is ${actors || "not known: CloudTrail shows no matching call yet"}.`,
      "What opens access is still closed every time, without another alert. Tags that change nobody's access are corrected less and less often.",
      ...rivalsOf(result, quarrels).map(
        (owner) =>
          `Its tags claim that it belongs to ${owner}. Anyone who may tag it can write that, so ask before you believe it. If both have it in force, keep it in one of the two documents alone.`,
      ),
      tags
        ? `If its tags may stay, name them in role.ignoreTags of ${result.entry.parameter}. If not, stop the other side.`
        : "Stop the other side, or put what it needs into the document.",
    ],
  };
}

/**
 * Who claims in tags, each time, what the record names: another installation may have it in force too. It is
 * a claim and no proof, for anyone who may tag a resource can forge it.
 */
function rivalsOf({ results }: EnvironmentResult, quarrels: readonly Quarrel[]): readonly string[] {
  const claims = results.flatMap(({ change }) => {
    const { step, before } = change;
    if (step.do !== "tag-role" && step.do !== "tag-policy") return [];
    const { [prefixTag]: prefix = "", [homeTag]: home = "" } = step.tags;
    const environment = step.tags[environmentTag] ?? null;
    const claimed = ownershipOf(tagsBefore(before), { prefix, home, environment });
    return claimed.kind === "foreign" && isFoughtOver(quarrels, change) ? [claimed.owner] : [];
  });
  return [...new Set(claims)];
}

function overDraft(last: Date): Draft {
  return {
    kind: "contended",
    severity: "info",
    title: "a correction is no longer undone",
    parts: [
      `What was undone again and again has stayed as the document says since ${last.toISOString()}.`,
      "There is nothing to do. If it begins again, it is reported again.",
    ],
  };
}

/** A responder's *Revoke active sessions*: it stays, and people must know until when. */
function revokedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.plan.kept.filter(
    (deny) => !wasReported(result, denyKey(deny)) && !isPutBack(result, deny),
  );
  const [first] = fresh;
  if (first === undefined) return [];
  const until = fresh.map((deny) => `${deny.id} until ${deny.until}`).join(", ");
  const whose = first.issuedBefore === null ? "" : ` that began before ${first.issuedBefore}`;
  return [
    {
      kind: "sessions-revoked",
      severity: "critical",
      title: "the role's sessions were revoked",
      parts: [
        `A policy that only denies was put on ${roleOf(result)}. It refuses sessions${whose}.`,
        doneBy(revokedBy(result, first)),
        `It stays: ${until}. Everything else is still enforced.`,
        `To remove it earlier, run once with {"environments":["${result.entry.name}"],"force":true}.`,
      ],
    },
  ];
}

/** Is it put there again and again, and reported as a quarrel with the very side that did it now? Nobody knows who is new. */
function isPutBack(result: EnvironmentResult, deny: KeptDeny): boolean {
  const { actor } = revokedBy(result, deny);
  const role = desiredIn(result.plan)?.role;
  if (role === undefined || actor === null) return false;
  const before = result.fence.record.quarrels.filter((quarrel) => wasContended(result, quarrel));
  const contended = [...before, ...result.contended];
  return takingOff(role, deny).some((change) =>
    isSameSideAgain({ ...result, contended }, change, actor),
  );
}

function revokedBy({ plan, attribute }: EnvironmentResult, deny: KeptDeny): Attribution {
  return attribute(denyWidening(deny, desiredIn(plan)?.role.name ?? ""));
}

/** Drift that widened nothing: corrected, or left because the mode says so. */
export function correctedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, results } = result;
  if (plan.adopted.length > 0) return [];
  const made = results.filter(
    ({ change }) => result.undone?.(change).kind !== "late" && !onlyEnds(change, result),
  );
  const notable =
    plan.evidence.kind === "former" ? made.filter((each) => !isUpgrade(each, plan)) : made;
  const done = notable.filter(({ outcome }) => outcome === "applied");
  const changes = done.map(({ change }) => change);
  const applied = done.filter(({ change }) => !isFoughtOver(result.contended, change, changes));
  if (done.length > 0) {
    if (!isCorrection(result) || applied.length === 0) return [];
    const reverted = result.drift.some(({ reported }) => reported.disposition === "reverted");
    const tags = ownershipLost(applied);
    if (reverted && !tags) return [];
    return [
      {
        kind: "drift-corrected",
        severity: tags ? "critical" : "info",
        title: `drift corrected (${applied.length} ${applied.length === 1 ? "change" : "changes"})`,
        parts: [
          tags
            ? "Tags that mark the owner of the role or policy were changed or removed, or claimed it for another owner. What the record names as ours stays ours."
            : "The account did not match the document.",
          ...applied.map(({ change }) => describeChange(change)),
          "It was corrected. The report has what was there before.",
          tags
            ? findTagger
            : "There is nothing to do, unless it comes back: then someone else manages the same thing.",
        ],
      },
    ];
  }
  return leftDrafts(result, notable);
}

const findTagger = "Find out who may tag the role and the policy.";

function leftDrafts(result: EnvironmentResult, notable: readonly ChangeResult[]): readonly Draft[] {
  const left = notable.filter(({ outcome }) => outcome === "left");
  const passive = result.writes === "observe" || result.writes === "suspend";
  if (!passive || left.length === 0 || wasReported(result, leftKey(result))) return [];
  // What was never written differs from nothing: it is reported as the first document that it is.
  if (result.plan.evidence.kind === "none") return [];
  if (result.drift.some(({ found }) => settingOf(found) === null)) return [];
  const tags = ownershipLost(left);
  return [
    {
      kind: "drift-corrected",
      severity: tags ? "critical" : "info",
      title: `drift found and not corrected (${left.length} ${left.length === 1 ? "change" : "changes"})`,
      parts: [
        tags
          ? "Tags that mark the owner of the role or policy were changed or removed, or claim it for another owner."
          : "The account does not match the document. This would be done:",
        ...left.map(({ change }) => describeChange(change)),
        `Nothing was changed: the mode is ${result.writes}.`,
        tags ? findTagger : `To have it corrected, set mode: enforce in ${result.entry.parameter}.`,
      ],
    },
  ];
}

/**
 * What the release before did otherwise is not drift: it set no home tag, and left policy versions
 * that it had replaced. A newer version than the default is somebody else's.
 */
function isUpgrade({ change }: ChangeResult, plan: EnvironmentPlan): boolean {
  const { step, before } = change;
  if (step.do === "delete-policy-version") {
    const policyVersion = policyVersionOf(plan);
    return policyVersion !== null && numberOf(step.version) < numberOf(policyVersion);
  }
  if (!("tags" in step) || step.do === "create-role" || step.do === "create-policy") return false;
  const keys = Object.keys(step.tags);
  const had = typeof before === "object" && before !== null ? Object.keys(before) : [];
  return keys.length === 1 && keys[0] === homeTag && !had.includes(homeTag);
}

/** IAM counts the versions of a policy up: v1, v2 and so on, and uses no number twice. */
function numberOf(version: string): number {
  return Number(version.slice(1));
}

/** Was a tag of ours lost or changed, or did someone claim what is ours for another owner? */
function ownershipLost(results: readonly ChangeResult[]): boolean {
  return results.some(({ change: { step, before } }) => {
    if (step.do === "tag-role" || step.do === "tag-policy" || step.do === "tag-provider") {
      return Object.keys(step.tags).some(isOwnershipTag);
    }
    if (step.do !== "untag-role") return false;
    const had = tagsBefore(before);
    return step.keys.some((key) => foreignOwner(key, had[key] ?? "") !== null);
  });
}

/** The tags that were there before a change of tags. */
function tagsBefore(before: unknown): Tags {
  const had = typeof before === "object" && before !== null ? Object.entries(before) : [];
  return Object.fromEntries(
    had.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}
