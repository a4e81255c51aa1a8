import type { ChangeResult } from "../plan/change.ts";
import {
  describeRefusal,
  type Hold,
  holdOf,
  type LetThrough,
  labelOf,
  letThroughOf,
  versionOf,
} from "../plan/choice.ts";
import { type Draft, exampleOf, roleOf, sentence } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertKind, ReportedWidening } from "./report.ts";
import { observedKey, wasReported } from "./reported-keys.ts";
import { isWideningDue } from "./widening-due.ts";
import { describeFound } from "./words.ts";

const heldKinds = {
  "trust-policy": "trust-widening-held",
  permissions: "permissions-widening-held",
  audience: "trust-widening-held",
} as const satisfies Record<ReportedWidening["resource"], AlertKind>;

const appliedKinds = {
  "trust-policy": "trust-widening-applied",
  permissions: "permissions-widening-applied",
  audience: "trust-widening-applied",
} as const satisfies Record<ReportedWidening["resource"], AlertKind>;

const halves = {
  "trust-policy": "the trust policy",
  permissions: "the permissions",
  audience: "the audiences",
} as const satisfies Record<ReportedWidening["resource"], string>;

/** What an edit would open, or has opened; what it adopts; a mode, a name or a guard that it changes. */
export function editDrafts(result: EnvironmentResult): readonly Draft[] {
  const widenings = result.report.widenings.filter(({ source }) => source === "desired");
  return [
    ...widenings.flatMap((widening) => wideningDrafts(result, widening)),
    ...(isWatchedFirst(result) ? watchedDrafts(result) : adoptedDrafts(result)),
    ...changedDrafts(result),
  ];
}

function wideningDrafts(result: EnvironmentResult, widening: ReportedWidening): readonly Draft[] {
  if (widening.disposition !== "held") return appliedDrafts(result, widening);
  const hold = holdOf(result.plan.choice);
  return hold === null ? [] : heldDrafts(result, widening, hold);
}

function heldDrafts(
  result: EnvironmentResult,
  widening: ReportedWidening,
  hold: Hold,
): readonly Draft[] {
  const { choice } = result.plan;
  const { status, parameter } = result.entry;
  const label = labelOf(choice);
  const mistaken = label !== null && label.version === hold.version;
  const known = status?.heldVersion === hold.version && status.heldDigest === hold.digest;
  if (known && !mistaken) return [];
  const { version } = hold;
  return [
    {
      kind: heldKinds[widening.resource],
      severity: "warning",
      title: `version ${version} is held: ${heldTitle(hold, widening)}`,
      parts: [
        sentence(describeRefusal({ kind: "held", hold })),
        exampleOf(result, widening),
        mistaken ? labelSentence(label.because, version) : "",
        `Who edited ${parameter} is in CloudTrail (PutParameter).`,
        choice.kind === "applied"
          ? "It was not applied; what was in force before stays in force."
          : "It was not applied, and nothing is written before it is released.",
        `To release it, label that very version: aws ssm label-parameter-version --name ${parameter} --parameter-version ${version} --labels approved. ${dropping(hold, parameter)}`,
      ],
    },
  ];
}

function dropping({ because }: Hold, parameter: string): string {
  return because === "first-document"
    ? `To drop it, delete ${parameter}.`
    : "To drop it, put a narrower document.";
}

function heldTitle({ because }: Hold, widening: ReportedWidening): string {
  switch (because) {
    case "gains":
      return widening.admitted === null && widening.reason !== undefined
        ? "it would loosen what is guarded"
        : `it would widen ${halves[widening.resource]}`;
    case "first-document":
      return "it is the first document of this environment";
    case "missing-evidence":
      return "what was in force before cannot be shown";
    case "tags":
      return "a role or policy with this environment's tags is there already";
    default:
      return because satisfies never;
  }
}

function labelSentence(because: string, version: number): string {
  return because === "other-content"
    ? `The label approved was on version ${version}, and its content is another than the one that was announced: the label is taken off.`
    : `The label approved was on version ${version} before anybody was alerted to what it holds: the label is taken off.`;
}

function appliedDrafts(result: EnvironmentResult, widening: ReportedWidening): readonly Draft[] {
  const { entry } = result;
  const { choice } = result.plan;
  const at = versionOf(choice);
  if (at === null) return [];
  const through = letThroughOf(choice);
  if (!isWideningDue(result, widening) || isWatchedFirst(result)) return [];
  const { version } = at;
  const first =
    through?.by === "first-document" && choice.kind === "newest" && choice.previous === null;
  return [
    {
      kind: appliedKinds[widening.resource],
      severity: "warning",
      title: first
        ? `version ${version} is the first document and lets its jobs in`
        : `version ${version} widens ${halves[widening.resource]}`,
      parts: [
        first
          ? `Version ${version} of ${entry.parameter} is the first document of this environment: nobody could do this before.`
          : sentence(
              widening.reason ??
                `version ${version} of ${entry.parameter} lets happen what could not happen before`,
            ),
        exampleOf(result, widening),
        through === null ? "The targets changed, not the document." : byWhat(through),
        widening.disposition === "applied" ? "It was applied." : notWritten(result.writes),
        "If it was not meant, put the narrower document back.",
      ],
    },
  ];
}

function notWritten(writes: EnvironmentResult["writes"]): string {
  return writes === "allowed"
    ? "It is in force from now on, and a part of it could not be written yet: the next run goes on."
    : `Nothing was written: the mode is ${writes}.`;
}

function byWhat({ by }: LetThrough): string {
  switch (by) {
    case "approval":
      return "It was approved by its label.";
    case "onWiden":
      return "onWiden is apply in what was in force.";
    case "first-document":
      return "The installation applies first documents (OIDC_FIRST_DOCUMENT).";
    case "released":
      return "It was released in an earlier run, which did not come to its end.";
    default:
      return by satisfies never;
  }
}

/** A first document in a mode that writes nothing: watched, and not kept yet. */
function isWatchedFirst({ plan, writes }: EnvironmentResult): boolean {
  const { choice } = plan;
  const passive = writes === "observe" || writes === "suspend";
  return passive && letThroughOf(choice)?.by === "first-document";
}

/** Reported once: what enforcing would let happen, and what the role of today does beyond it. */
function watchedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { entry, report } = result;
  const { plan } = result;
  if (wasReported(result, observedKey(result))) return [];
  const ids = plan.adopted.map(({ id }) => id).join(", ");
  const role = roleOf(result);
  const opens = report.widenings.filter(({ source }) => source === "desired");
  const excess = plan.excess.map((found) => describeFound(found, role));
  return [
    {
      kind: "adopted",
      severity: "warning",
      title: "watched, and not kept yet",
      parts: [
        `Version ${report.version} of ${entry.parameter} is the first document of this environment, in mode ${result.writes}: nothing is written.`,
        ids === "" ? "" : `Enforcing would adopt ${ids}.`,
        opens.length === 0 ? "" : "Enforcing would let happen what cannot happen today:",
        ...opens.map((widening) => exampleOf(result, widening)),
        excess.length === 0 ? "" : "Enforcing would end what the role lets happen today:",
        ...excess.map(sentence),
        "Set mode: enforce to have it kept; that edit is held like any first document.",
      ],
    },
  ];
}

function adoptedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, results, writes } = result;
  if (plan.adopted.length === 0) return [];
  const resources = plan.adopted.map(({ resource }) => resource).join(" and ");
  const ids = plan.adopted.map(({ id }) => id).join(", ");
  if (writes === "allowed") {
    const tagged = results.some(
      ({ change, outcome }) => change.action === "tag" && outcome === "applied",
    );
    if (!tagged) return [];
    return [
      {
        kind: "adopted",
        severity: "info",
        title: `adopted ${resources}`,
        parts: [
          `Found and not tagged by anybody: ${ids}.`,
          "They are tagged as ours and kept as the document says from now on; the report keeps what was there before.",
          audiencesTakenOff(results),
          "If they are somebody else's, choose other names in the document while onRemove is retain, then take the tags oidc-reconciler:… off them.",
        ],
      },
    ];
  }
  return [];
}

/** What an adopted provider lists no more: no document and no role of the account asked for it. */
function audiencesTakenOff(results: readonly ChangeResult[]): string {
  const audiences = results.flatMap(({ change: { step }, outcome }) =>
    step.do === "remove-audience" && outcome === "applied" ? [step.audience] : [],
  );
  return audiences.length === 0
    ? ""
    : `Nobody asked for ${audiences.join(", ")}: taken off the provider.`;
}

/** A change of mode, a rename, and `onRemove: delete`: nothing opens, and people must know. */
function changedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan } = result;
  const { choice, evidence } = plan;
  if (choice.kind !== "newest" || evidence.kind !== "record") return [];
  const { record } = evidence;
  const { document, version } = choice.at;
  const { parameter } = result.entry;
  const drafts: Draft[] = [];
  const add = (title: string, what: string, next: string) => {
    drafts.push({ kind: "mode-changed", severity: "warning", title, parts: [what, next] });
  };
  if (record.mode !== null && record.mode !== document.mode) {
    add(
      `the mode is ${document.mode} now, and was ${record.mode}`,
      `Version ${version} of ${parameter} changes the mode from ${record.mode} to ${document.mode}. ${modeSays[document.mode]}`,
      "If it was not meant, put the earlier document back.",
    );
  }
  const last = record.applied?.document;
  const isFresh =
    record.applied?.digest !== choice.at.digest &&
    result.record?.applied?.digest === choice.at.digest;
  if (last === undefined || !isFresh) return drafts;
  if (last.role.name !== document.role.name || last.policy.name !== document.policy.name) {
    add(
      "the role or policy has another name now",
      `Version ${version} of ${parameter} names role ${document.role.name} and policy ${document.policy.name} instead of ${last.role.name} and ${last.policy.name}.`,
      "Jobs need the new role's ARN: see the status' outputs.",
    );
  }
  if (last.onRemove === "retain" && document.onRemove === "delete") {
    add(
      "onRemove is delete now",
      `From version ${version} of ${parameter} on, role and policy are deleted when the parameter is removed.`,
      "If it was not meant, put onRemove: retain back.",
    );
  }
  return drafts;
}

const modeSays = {
  enforce: "What differs is corrected again.",
  observe: "What differs is reported and left as it is.",
  suspend: "Nothing is written; what is widened is reported all the same.",
} as const;
