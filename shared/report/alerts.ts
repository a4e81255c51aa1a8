import { describeRefusal } from "../plan/choice.ts";
import type { ConditionName } from "../plan/status.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { Alert, AlertKind, ReportedWidening, Severity } from "./report.ts";
import { describeProof, shortName } from "./words.ts";

type Draft = {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly title: string;
  /** In this order: what happened, the example, who, what was done, what to do next. */
  readonly parts: readonly string[];
};

/**
 * The alerts of one environment: for what happened in this run, and for each state that changed
 * since the last status. A state that stays is never told twice.
 */
export function alertsOf(result: EnvironmentResult): readonly Alert[] {
  const name = result.entry.name;
  const drafts = [
    ...result.report.widenings.flatMap((widening) => wideningDrafts(result, widening)),
    ...correctedDrafts(result),
    ...adoptedDrafts(result),
    ...stateDrafts(result),
    ...orphanedDrafts(result),
    ...retainedDrafts(result),
  ];
  return drafts.map(({ kind, severity, title, parts }) => ({
    kind,
    severity,
    environment: name,
    title: `${name}: ${title}`,
    text: parts.filter((part) => part !== "").join("\n"),
  }));
}

function changedState(result: EnvironmentResult, condition: ConditionName): boolean {
  const before = result.entry.status?.conditions[condition];
  const after = result.report.conditions[condition];
  if (before === undefined) return true;
  return (
    before.status !== after.status ||
    before.reason !== after.reason ||
    before.message !== after.message
  );
}

const driftKinds = {
  "trust-policy": "trust-widened",
  permissions: "permissions-widened",
  audience: "audience-widened",
} as const satisfies Record<ReportedWidening["resource"], AlertKind>;

const driftTitles = {
  "trust-policy": "the trust policy was widened",
  permissions: "the role was given more permissions",
  audience: "the provider was given another audience",
} as const satisfies Record<ReportedWidening["resource"], string>;

function wideningDrafts(result: EnvironmentResult, widening: ReportedWidening): readonly Draft[] {
  if (widening.source === "desired") return desiredDrafts(result, widening);
  const reverted = widening.disposition === "reverted";
  const condition = widening.resource === "trust-policy" ? "TrustAsIntended" : "InSync";
  if (!reverted && !changedState(result, condition)) return [];
  return [
    {
      kind: driftKinds[widening.resource],
      severity: "critical",
      title: `${driftTitles[widening.resource]}${reverted ? ", and put right" : " and still is"}`,
      parts: [
        `${roleOf(result)}: ${driftTitles[widening.resource]} outside of the control surface.`,
        exampleOf(result, widening),
        whoOf(widening),
        doneOf(result, widening),
        nextAfterDrift(result, widening),
      ],
    },
  ];
}

function roleOf(result: EnvironmentResult): string {
  return (
    result.carriage.plan.desired?.role.name ?? result.entry.status?.applied?.role ?? "the role"
  );
}

function exampleOf(result: EnvironmentResult, widening: ReportedWidening): string {
  if (widening.admitted === null) {
    const why = widening.undecided.join("; ");
    return `It is not proved that nobody else gets in${why === "" ? "" : `: ${why}`}.`;
  }
  return sentence(describeProof(widening.admitted, roleOf(result)));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function whoOf(widening: ReportedWidening): string {
  if (widening.actor === null && widening.openedAt === null) {
    return "Who did it is not known: CloudTrail shows no matching call yet.";
  }
  const who = widening.actor ?? "an unknown caller";
  return `Done by ${who}${widening.openedAt === null ? "" : ` at ${widening.openedAt}`}.`;
}

function doneOf(result: EnvironmentResult, widening: ReportedWidening): string {
  if (widening.disposition !== "reverted") {
    const why = result.carriage.writes === "allowed" ? "correcting it failed" : "the mode says so";
    return `Nothing was changed: ${why}.`;
  }
  const open = openSeconds(widening);
  const lasted = open === null ? "" : ` It was open for ${open} s.`;
  return `It was reverted at ${widening.closedAt}; the report keeps what was there.${lasted}`;
}

/** How long a door stood open, in seconds; `null` where it is not known. */
export function openSeconds(
  widening: Pick<ReportedWidening, "openedAt" | "closedAt">,
): number | null {
  if (widening.openedAt === null || widening.closedAt === null) return null;
  const ms = Date.parse(widening.closedAt) - Date.parse(widening.openedAt);
  return Number.isNaN(ms) ? null : Math.max(0, Math.round(ms / 100) / 10);
}

function nextAfterDrift(result: EnvironmentResult, widening: ReportedWidening): string {
  const parameter = result.entry.parameter;
  if (widening.disposition === "reverted") {
    return `If it was meant, edit ${parameter} instead; if not, find out who has these rights. Check CloudTrail for AssumeRoleWithWebIdentity on the role in that time.`;
  }
  return `Set mode: enforce in ${parameter}, or run once with {"environments":["${result.entry.name}"],"force":true}.`;
}

function desiredDrafts(result: EnvironmentResult, widening: ReportedWidening): readonly Draft[] {
  const { parameter, name } = result.entry;
  const version = result.entry.newest?.version;
  if (widening.disposition === "held") {
    if (!changedState(result, "TrustAsIntended")) return [];
    const { choice } = result.carriage.plan;
    const refused = choice.kind === "applied" || choice.kind === "nothing";
    const why = refused ? describeRefusal(choice.refusal) : "";
    return [
      {
        kind: "trust-widening-held",
        severity: "warning",
        title: `version ${version} is held: it would widen the trust policy`,
        parts: [
          sentence(why),
          widening.admitted === null ? "" : exampleOf(result, widening),
          `Who edited ${parameter} is in CloudTrail (PutParameter).`,
          "It was not applied; the version applied before stays in force.",
          `To release it, label that very version: aws ssm label-parameter-version --name ${parameter} --parameter-version ${version} --labels approved. To drop it, put a narrower document.`,
        ],
      },
    ];
  }
  if (!isAppliedNow(result, widening)) return [];
  const by =
    result.carriage.plan.choice.kind === "newest"
      ? result.carriage.plan.choice.widening?.by
      : undefined;
  return [
    {
      kind: "trust-widening-applied",
      severity: "warning",
      title: `version ${version} widens the trust policy`,
      parts: [
        `Version ${version} of ${parameter} admits requests that were not admitted before.`,
        exampleOf(result, widening),
        by === "approval"
          ? "It was approved by its label."
          : "onWiden is apply in what was in force.",
        widening.disposition === "applied"
          ? "It was applied."
          : `Nothing was written (${name} is not in mode enforce).`,
        "If it was not meant, put the narrower document back.",
      ],
    },
  ];
}

/**
 * A run that failed after it had written the trust policy has told of it; the next one, which
 * finds it written, tells nothing new. One that could not write it has nothing to tell yet.
 */
function isAppliedNow(result: EnvironmentResult, widening: ReportedWidening): boolean {
  const { carried, writes } = result.carriage;
  if (writes === "allowed" && widening.disposition !== "applied") return false;
  return (
    carried.some(({ change }) => change.resource === "trust-policy") ||
    changedState(result, "TrustAsIntended")
  );
}

function correctedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, carried } = result.carriage;
  const { choice } = plan;
  const sameVersion =
    choice.kind === "applied" ||
    (choice.kind === "newest" && choice.previous?.version === choice.at.version);
  const applied = carried.filter(({ outcome }) => outcome === "applied");
  const told = result.report.widenings.some(({ disposition }) => disposition === "reverted");
  if (!sameVersion || applied.length === 0 || told || plan.adopted.length > 0) return [];
  const lines = applied.map(
    ({ change }) => `${change.action} ${change.resource} ${shortName(change.id)}: ${change.reason}`,
  );
  return [
    {
      kind: "drift-corrected",
      severity: "info",
      title: `drift corrected (${applied.length} ${applied.length === 1 ? "change" : "changes"})`,
      parts: [
        "The account was not as the document says.",
        ...lines,
        "The report keeps what was there before.",
      ],
    },
  ];
}

function adoptedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, carried, writes } = result.carriage;
  if (plan.adopted.length === 0 || writes !== "allowed") return [];
  if (!carried.some(({ change, outcome }) => change.action === "tag" && outcome === "applied")) {
    return [];
  }
  const ids = plan.adopted.map(({ id }) => id);
  return [
    {
      kind: "adopted",
      severity: "info",
      title: `adopted ${plan.adopted.map(({ resource }) => resource).join(" and ")}`,
      parts: [
        `Found and not tagged by anybody: ${ids.join(", ")}.`,
        "They are tagged as ours and kept as the document says from now on; the report keeps what was there before.",
        "If they are somebody else's, tag them managed-by with that owner's name and choose other names in the document.",
      ],
    },
  ];
}

type State = {
  readonly condition: ConditionName;
  readonly reasons: readonly string[];
  readonly kind: AlertKind;
  /** Whether another message is another state; a failure may be worded anew in every run. */
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
    byMessage: true,
    broken: "the document is not valid",
    mended: "the document is valid again",
    next: (parameter) =>
      `The version applied last stays in force. Mend ${parameter}; oidc-reconciler validate FILE checks a document before it is put.`,
  },
  {
    condition: "SpecValid",
    reasons: ["Conflict"],
    kind: "conflict",
    byMessage: true,
    broken: "another environment claims the same name",
    mended: "the conflict over a name is over",
    next: (parameter) => `Choose another role.name or policy.name in ${parameter}.`,
  },
  {
    condition: "ResourcesResolved",
    reasons: ["Missing", "Unreadable"],
    kind: "target-missing",
    byMessage: true,
    broken: "a deploy target is missing",
    mended: "every deploy target is there again",
    next: (parameter) => `Create it, or take its name out of ${parameter}.`,
  },
  {
    condition: "InSync",
    reasons: ["Conflict"],
    kind: "conflict",
    byMessage: true,
    broken: "a resource belongs to somebody else",
    mended: "the conflict over a resource is over",
    next: () => "It stays untouched until the conflict is solved.",
  },
  {
    condition: "InSync",
    reasons: ["Failed"],
    kind: "reconcile-failed",
    byMessage: false,
    broken: "the account could not be made as the document says",
    mended: "the account is as the document says again",
    next: () =>
      "The next run tries again; if it is refused again, check the reconciler's own role.",
  },
];

function stateDrafts(result: EnvironmentResult): readonly Draft[] {
  return states.flatMap((state): readonly Draft[] => {
    const before = result.entry.status?.conditions[state.condition];
    const after = result.report.conditions[state.condition];
    const was = before !== undefined && !before.status && state.reasons.includes(before.reason);
    const is = !after.status && state.reasons.includes(after.reason);
    if (is && (!was || (state.byMessage && before.message !== after.message))) {
      const severity = state.kind === "reconcile-failed" ? "critical" : "warning";
      const parts = [`${after.message}.`, state.next(result.entry.parameter)];
      return [{ kind: state.kind, severity, title: state.broken, parts }];
    }
    if (was && !is && after.status) {
      const parts = [`Since ${before.since}: ${before.message}.`, `Now: ${after.message}.`];
      return [{ kind: state.kind, severity: "info", title: state.mended, parts }];
    }
    return [];
  });
}

function orphanedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { choice } = result.carriage.plan;
  if (choice.kind !== "orphaned") return [];
  const before = result.entry.status?.conditions.SpecValid;
  const removed = result.report.changes.filter(({ applied }) => applied);
  if (before?.reason === "ParameterGone" && removed.length === 0) return [];
  const memory = result.entry.status?.applied ?? null;
  const names = removed.map(({ id }) => shortName(id)).join(", ");
  const done =
    removed.length > 0
      ? `onRemove is delete: ${names} removed.`
      : memory?.onRemove === "delete"
        ? "onRemove is delete, but nothing was removed: the mode forbids it, or it failed and the next run tries again."
        : "onRemove is retain: role and policy stay as they are, and nobody keeps them right.";
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: "the parameter is gone",
      parts: [
        `${result.entry.parameter} was deleted${memory === null ? "" : `; it kept role ${memory.role} and policy ${memory.policy}`}.`,
        done,
        "Put the document back to have them kept, or remove them by hand.",
      ],
    },
  ];
}

/** A rename or a move leaves no second door unmentioned. */
function retainedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { retained, plan } = result.carriage;
  if (retained.length === 0 || plan.choice.kind === "orphaned") return [];
  const names = retained.map(shortName).join(", ");
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: `${names} ${retained.length === 1 ? "is" : "are"} not kept any more`,
      parts: [
        `Version ${result.report.version} names others, and ${retained.join(", ")} ${retained.length === 1 ? "carries" : "carry"} this environment's tags.`,
        "onRemove is retain: they stay as they are, and jobs may still get in through them.",
        "Remove them by hand once no job needs them.",
      ],
    },
  ];
}
