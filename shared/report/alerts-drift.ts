import type { ChangeResult } from "../plan/change.ts";
import { type EnvironmentPlan, policyVersionOf } from "../plan/environment.ts";
import { foreignOwner, homeTag, isOwnershipTag } from "../plan/ownership.ts";
import { describeSetting, howToTakeOff, settingOf } from "../plan/provider-settings.ts";
import { type Draft, exampleOf, openSeconds, roleOf } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import { isCorrection, isFoughtOver } from "./quarrels.ts";
import type { AlertKind, ReportedWidening } from "./report.ts";
import { closingOf } from "./report-widenings.ts";
import { denyKey, leftKey, quarrelKey, wasReported, wideningKey } from "./reported-keys.ts";
import { describeChange } from "./words.ts";

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

/** Doors that somebody opened outside of the control surface, and sessions that somebody revoked. */
export function driftDrafts(result: EnvironmentResult): readonly Draft[] {
  const contended = contendedDrafts(result);
  const widenings = result.drift.flatMap(({ found, reported }): readonly Draft[] => {
    const reverted = reported.disposition === "reverted";
    // The same quarrel again is reported as one, not once more each time. Anything new is reported in full.
    const fought = closingOf(found, result).every(({ change }) =>
      isFoughtOver(result.contended, change),
    );
    if (reverted && fought) return [];
    if (!reverted && wasReported(result, wideningKey(found))) return [];
    const setting = settingOf(found);
    return [
      setting === null
        ? wideningDraft(result, reported, found.isImpossible)
        : settingDraft(result, reported, setting),
    ];
  });
  return [...widenings, ...contended, ...revokedDrafts(result)];
}

/**
 * A widening that is proved to let in nobody who can exist is corrected like any other, and wakes
 * nobody up.
 */
function wideningDraft(
  result: EnvironmentResult,
  widening: ReportedWidening,
  isImpossible: boolean,
): Draft {
  const reverted = widening.disposition === "reverted";
  const title = titles[widening.resource];
  return {
    kind: kinds[widening.resource],
    severity: isImpossible ? "warning" : "critical",
    title: `${title}${reverted ? ", and corrected" : " and still is"}`,
    parts: [
      `${roleOf(result)}: ${title} outside of the control surface.`,
      isImpossible
        ? "No caller that can exist makes a request that is let through by it: the keys of every request that anybody can make hold what the policy no longer asks for."
        : "",
      exampleOf(result, widening),
      whoOf(result, widening),
      doneOf(result, widening),
      nextAfterDrift(result, widening),
    ],
  };
}

/** What is set on a provider and may widen: reported once, for no run takes it off. */
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
      `${providerArn} has ${what} outside of the control surface: ${name} = ${content}.`,
      "It is not proved that sessions through this provider can do no more: policies may test what it adds to them.",
      whoOf(result, widening),
      "Nothing was changed: no run takes it off. Everything else is kept as the document says.",
      howToTakeOff(providerArn, name),
    ],
  };
}

function whoOf({ ownSession }: EnvironmentResult, widening: ReportedWidening): string {
  if (ownSession !== null && widening.actor === ownSession) {
    return "It was written by this reconciler itself, in an earlier run beside another one: no stranger was at work.";
  }
  if (widening.actor === null && widening.openedAt === null) {
    return "Who did it is not known: CloudTrail shows no matching call yet.";
  }
  const who = widening.actor ?? "an unknown caller";
  return `Done by ${who}${widening.openedAt === null ? "" : ` at ${widening.openedAt}`}.`;
}

function doneOf(result: EnvironmentResult, widening: ReportedWidening): string {
  if (widening.disposition !== "reverted") return `Nothing was changed: ${whyLeft(result)}.`;
  const open = openSeconds(widening);
  const lasted = open === null ? "" : ` It was open for ${open} s.`;
  return `It was reverted at ${widening.closedAt}; the report keeps what was there.${lasted}`;
}

function whyLeft({ plan, writes }: EnvironmentResult): string {
  if (plan.choice.kind === "orphaned") return "nothing says any more what should be";
  if (writes === "observe" || writes === "suspend") return `the mode is ${writes}`;
  if (plan.choice.kind === "nothing") return "nothing is in force before the version is approved";
  if (plan.blocked.length > 0) return "the resource is blocked by a conflict";
  return "correcting it failed, or it is not for us to write";
}

function nextAfterDrift(result: EnvironmentResult, widening: ReportedWidening): string {
  const { parameter, name } = result.entry;
  if (widening.disposition === "reverted") {
    return `If it was meant, edit ${parameter} instead; if not, find out who has these rights. Check CloudTrail for AssumeRoleWithWebIdentity on the role in that time.`;
  }
  if (result.plan.choice.kind === "orphaned") {
    return `Put the document back at ${parameter} to have it corrected, or remove the role by hand.`;
  }
  return nextWhereLeft(result, `{"environments":["${name}"],"force":true}`);
}

function nextWhereLeft({ plan, writes, entry }: EnvironmentResult, forced: string): string {
  if (writes === "observe")
    return `Set mode: enforce in ${entry.parameter}, or run once with ${forced}.`;
  if (writes === "suspend") return `Set mode: enforce in ${entry.parameter}.`;
  if (plan.choice.kind === "nothing")
    return "Approve the version that is held, or put one that is narrower.";
  if (plan.blocked.length > 0)
    return "Settle whose the resource is; the errors of the report say how.";
  return "The next run tries again; if it is refused again, check the reconciler's own role.";
}

/** Somebody undoes a correction again and again: one alert that names the other side. */
function contendedDrafts(result: EnvironmentResult): readonly Draft[] {
  return result.contended.flatMap((quarrel): readonly Draft[] => {
    if (wasReported(result, quarrelKey(quarrel))) return [];
    const who = quarrel.actor ?? "somebody CloudTrail does not show yet";
    return [
      {
        kind: "contended",
        severity: "critical",
        title: `a correction is undone again and again (${quarrel.resource})`,
        parts: [
          `${quarrel.resource} was corrected ${quarrel.at.length} times since ${quarrel.at[0]}, each time from the same content.`,
          `The other side is ${who}.`,
          "What closes access is corrected every time and not reported again while this goes on; what only labels waits longer each time.",
          "Stop the other side, or say in the document what it wants.",
        ],
      },
    ];
  });
}

/** A responder's *Revoke active sessions*: it stays, and people must know until when. */
function revokedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.plan.kept.filter((deny) => !wasReported(result, denyKey(deny)));
  const [first] = fresh;
  if (first === undefined) return [];
  const until = fresh.map((deny) => `${deny.id} until ${deny.until}`).join(", ");
  const since = first.issuedBefore === null ? "" : ` that began before ${first.issuedBefore}`;
  return [
    {
      kind: "sessions-revoked",
      severity: "critical",
      title: "the role's sessions were revoked",
      parts: [
        `${roleOf(result)}: a policy that only denies was put on the role, which refuses sessions${since}.`,
        whoRevoked(result),
        `It is respected: ${until}. Everything else is kept as the document says.`,
        `To have it taken off earlier, run once with {"environments":["${result.entry.name}"],"force":true}.`,
      ],
    },
  ];
}

function whoRevoked({ revokedBy }: EnvironmentResult): string {
  if (revokedBy.actor === null)
    return "Who did it is not known: CloudTrail shows no matching call yet.";
  return `Done by ${revokedBy.actor}${revokedBy.openedAt === null ? "" : ` at ${revokedBy.openedAt}`}.`;
}

/** Drift that opened nothing: corrected, or left because the mode says so. */
export function correctedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, results } = result;
  if (plan.adopted.length > 0) return [];
  const notable =
    plan.evidence.kind === "former" ? results.filter((each) => !isUpgrade(each, plan)) : results;
  const done = notable.filter(({ outcome }) => outcome === "applied");
  const applied = done.filter(({ change }) => !isFoughtOver(result.contended, change));
  if (done.length > 0) {
    if (!isCorrection(result) || applied.length === 0) return [];
    const reported = result.drift.some(({ reported }) => reported.disposition === "reverted");
    const tags = ownershipLost(applied);
    if (reported && !tags) return [];
    return [
      {
        kind: "drift-corrected",
        severity: tags ? "critical" : "info",
        title: `drift corrected (${applied.length} ${applied.length === 1 ? "change" : "changes"})`,
        parts: [
          tags
            ? "Tags that say whose the role or policy is were changed, taken off, or claimed it for another owner. What the record names as ours stays ours."
            : "The account was not as the document says.",
          ...applied.map(({ change }) => describeChange(change)),
          "The report keeps what was there before.",
        ],
      },
    ];
  }
  return leftDrafts(result, notable);
}

function leftDrafts(result: EnvironmentResult, notable: readonly ChangeResult[]): readonly Draft[] {
  const left = notable.filter(({ outcome }) => outcome === "left");
  const passive = result.writes === "observe" || result.writes === "suspend";
  if (!passive || left.length === 0 || wasReported(result, leftKey(result))) return [];
  // What was never written differs from nothing: it is reported as a first document.
  if (result.plan.evidence.kind === "none") return [];
  if (result.drift.some(({ found }) => settingOf(found) === null)) return [];
  return [
    {
      kind: "drift-corrected",
      severity: ownershipLost(left) ? "critical" : "info",
      title: `drift found and left (${left.length} ${left.length === 1 ? "change" : "changes"})`,
      parts: [
        "The account is not as the document says.",
        ...left.map(({ change }) => describeChange(change)),
        `Nothing was changed: the mode is ${result.writes}.`,
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

/** Was a tag of ours lost or changed, or did somebody claim what is ours for another owner? */
function ownershipLost(results: readonly ChangeResult[]): boolean {
  return results.some(({ change: { step, before } }) => {
    if (step.do === "tag-role" || step.do === "tag-policy" || step.do === "tag-provider") {
      return Object.keys(step.tags).some(isOwnershipTag);
    }
    if (step.do !== "untag-role") return false;
    const had: Readonly<Record<string, unknown>> =
      typeof before === "object" && before !== null ? { ...before } : {};
    return step.keys.some((key) => {
      const value = had[key];
      return foreignOwner(key, typeof value === "string" ? value : "") !== null;
    });
  });
}
