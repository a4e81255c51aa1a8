import { claimsIn, isRoleLeft } from "../plan/environment.ts";
import { oldRoleUnread } from "../plan/orphans.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import type { ConditionName } from "../plan/status.ts";
import { conditionChange, type Draft, nextRun, sentence } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertKind, Severity } from "./report.ts";

type State = {
  readonly condition: ConditionName;
  readonly reasons: readonly string[];
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** Whether another message is another state; a failure may have other words in every run. */
  readonly byMessage: boolean;
  readonly broken: string | ((result: EnvironmentResult) => string);
  readonly mended: string;
  readonly next: (parameter: string, result: EnvironmentResult) => string;
};

const states: readonly State[] = [
  {
    condition: "SpecValid",
    reasons: ["Invalid"],
    kind: "spec-invalid",
    severity: "warning",
    byMessage: true,
    broken: "the document is invalid",
    mended: "the document is valid again",
    next: (parameter) =>
      `What was in force before stays in force. Correct ${parameter}; oidc-reconciler validate FILE checks a document before you put it.`,
  },
  {
    condition: "SpecValid",
    reasons: ["Conflict"],
    kind: "conflict",
    severity: "warning",
    byMessage: true,
    broken: "another environment claims the same name",
    mended: "the conflict over a name is over",
    next: (parameter) => `Choose another role.name or policy.name in ${parameter}.`,
  },
  {
    condition: "ResourcesResolved",
    reasons: ["Missing", "Unreadable"],
    kind: "target-missing",
    severity: "warning",
    byMessage: true,
    broken: "a deploy target was not found",
    mended: "every deploy target was found again",
    next: targetsNext,
  },
  {
    condition: "InSync",
    reasons: ["Conflict"],
    kind: "conflict",
    severity: "warning",
    byMessage: true,
    broken: conflictTitle,
    mended: "the conflict over a resource is over",
    next: (_, result) => conflictNext(result),
  },
  {
    condition: "InSync",
    reasons: ["ForeignTag"],
    kind: "conflict",
    severity: "critical",
    byMessage: true,
    broken: "a tag that cannot be removed claims the role for another owner",
    mended: "the role no longer has another owner's tag",
    next: () => "Everything is still enforced. Find out which AWS service set the tag.",
  },
  {
    condition: "InSync",
    reasons: ["TagsFull"],
    kind: "conflict",
    severity: "critical",
    byMessage: true,
    broken: "there is no room for the tags that mark the owner",
    mended: "the tags that mark the owner have room again",
    next: () =>
      "What the record names as ours stays ours, and everything is still enforced. Take other tags off, so that the next run puts ours back, and find out who may tag it.",
  },
  {
    condition: "InSync",
    reasons: [oldRoleUnread],
    kind: "reconcile-failed",
    severity: "critical",
    byMessage: false,
    broken: "what opens waits for an old role that cannot be read",
    mended: "nothing waits for an old role",
    next: () => "Let the reconciler read that role, or detach the policy from it.",
  },
  {
    condition: "InSync",
    reasons: ["Failed", "Skipped"],
    kind: "reconcile-failed",
    severity: "critical",
    byMessage: false,
    broken: "the account could not be changed to match the document",
    mended: "the account matches the document again",
    next: (_, result) => nextRun(result),
  },
];

/** States that changed since the last status; one that stays is never reported twice. */
export function stateDrafts(result: EnvironmentResult): readonly Draft[] {
  return states.flatMap((state): readonly Draft[] => {
    const { before, after } = conditionChange(result, state.condition);
    const was = before !== undefined && !before.status && state.reasons.includes(before.reason);
    const is = !after.status && state.reasons.includes(after.reason);
    if (is && (!was || (state.byMessage && before.message !== after.message))) {
      const full = result.report.conditions[state.condition].message;
      const parts = [sentence(full), state.next(result.entry.parameter, result)];
      const title = typeof state.broken === "string" ? state.broken : state.broken(result);
      return [{ kind: state.kind, severity: state.severity, title, parts }];
    }
    if (was && !is && after.status) {
      const parts = [
        sentence(`since ${before.since}: ${before.message}`),
        `${sentence(`now: ${after.message}`)} There is nothing to do.`,
      ];
      return [{ kind: state.kind, severity: "info", title: state.mended, parts }];
    }
    return [];
  });
}

/** What to do about each reason for which a target was not found, the most certain one first. */
function targetsNext(parameter: string, { plan }: EnvironmentResult): string {
  const reasons = plan.kind === "nothing" ? [] : plan.resolution.missing.map(({ why }) => why);
  return [
    ...(reasons.includes("ambiguous")
      ? [`Name each app of several with one name by its app id in ${parameter}.`]
      : []),
    ...(reasons.includes("absent")
      ? [`Create what does not exist, or correct or remove its name in ${parameter}.`]
      : []),
    ...(reasons.includes("unreadable")
      ? ["What could not be read is tried again by the next run."]
      : []),
  ].join(" ");
}

/** Claims by which a name is in the account, and may well be our own. */
const ofNames: ReadonlySet<Blocked["code"]> = new Set(["NameDiffers", "NameTaken", "PathDiffers"]);

function conflictTitle({ plan }: EnvironmentResult): string {
  return claimsIn(plan).every(({ code }) => ofNames.has(code))
    ? "the account has a name in another case or at another path"
    : "a resource belongs to someone else";
}

function conflictNext({ entry, plan, writes }: EnvironmentResult): string {
  if (plan.kind === "nothing" && plan.evidence.kind !== "missing") {
    return "Until it is resolved, nothing is written.";
  }
  if (plan.kind === "nothing" || writes !== "allowed" || isRoleLeft(plan, entry)) {
    return "Until it is resolved, what widens it is still reported, but not reverted.";
  }
  return "All else that is in force is still enforced, and what widens the role is reverted.";
}
