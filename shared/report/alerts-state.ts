import type { ConditionName } from "../plan/status.ts";
import { conditionChange, type Draft } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertKind, Severity } from "./report.ts";

type State = {
  readonly condition: ConditionName;
  readonly reasons: readonly string[];
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** Whether another message is another state; a failure may be worded differently in every run. */
  readonly byMessage: boolean;
  readonly broken: string;
  readonly mended: string;
  readonly next: (parameter: string) => string;
};

const states: readonly State[] = [
  {
    condition: "SpecValid",
    reasons: ["Invalid"],
    kind: "spec-invalid",
    severity: "warning",
    byMessage: true,
    broken: "the document is not valid",
    mended: "the document is valid again",
    next: (parameter) =>
      `What was in force before, if anything, stays in force. Mend ${parameter}; oidc-reconciler validate FILE checks a document before it is put.`,
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
    broken: "a deploy target is missing",
    mended: "every deploy target is there again",
    next: (parameter) => `Create it, or take its name out of ${parameter}.`,
  },
  {
    condition: "InSync",
    reasons: ["Conflict"],
    kind: "conflict",
    severity: "warning",
    byMessage: true,
    broken: "a resource belongs to somebody else",
    mended: "the conflict over a resource is over",
    next: () => "It stays untouched until the conflict is solved.",
  },
  {
    condition: "InSync",
    reasons: ["ForeignTag"],
    kind: "conflict",
    severity: "critical",
    byMessage: true,
    broken: "a tag that nobody may take off claims the role for another owner",
    mended: "no tag claims the role for another owner any more",
    next: () => "Everything is kept right all the same. Find out which service has set the tag.",
  },
  {
    condition: "InSync",
    reasons: ["Failed", "Skipped"],
    kind: "reconcile-failed",
    severity: "critical",
    byMessage: false,
    broken: "the account could not be made as the document says",
    mended: "the account is as the document says again",
    next: () =>
      "The next run tries again; if it is refused again, check the reconciler's own role.",
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
      const parts = [`${full}.`, state.next(result.entry.parameter)];
      return [{ kind: state.kind, severity: state.severity, title: state.broken, parts }];
    }
    if (was && !is && after.status) {
      const parts = [`Since ${before.since}: ${before.message}.`, `Now: ${after.message}.`];
      return [{ kind: state.kind, severity: "info", title: state.mended, parts }];
    }
    return [];
  });
}
