import type { ChangeResult } from "../plan/change.ts";
import {
  comingOf,
  describeRefusal,
  type Hold,
  holdOf,
  type IdleLabel,
  type LetThrough,
  labelOf,
  letThroughOf,
  versionOf,
} from "../plan/choice.ts";
import { adoptedNow } from "./adopted-due.ts";
import { type Draft, exampleSentence, roleOf, sentence } from "./alert-draft.ts";
import { gainToo } from "./alerts-holders.ts";
import { goesNext } from "./alerts-orphan.ts";
import { describeFound, shortName } from "./describe.ts";
import { isOpenedUnseen, isWrittenWhole } from "./edit-widenings.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertKind, ReportedWidening } from "./report.ts";
import { wasReported } from "./reported-key.ts";
import { heldKey, observedKey } from "./reported-keys.ts";
import { isWideningDue } from "./widening-due.ts";

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
  const { gaveBefore } = result;
  const widenings = result.report.widenings.filter(
    (widening) => widening.source === "desired" && !gaveBefore.includes(widening),
  );
  return [
    ...gaveBefore.flatMap((widening) => overtakenDrafts(result, widening)),
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
  // With the label on it, it would be approved: this one is held and was announced.
  if (status?.heldVersion === hold.version && status.heldDigest === hold.digest) return [];
  if (label === null && wasReported(result, heldKey(hold))) return [];
  const { version } = hold;
  return [
    {
      kind: heldKinds[widening.resource],
      severity: "warning",
      title: `version ${version} is held: ${heldTitle(hold, widening)}`,
      parts: [
        sentence(describeRefusal({ kind: "held", hold })),
        ...newlyParts(hold, widening),
        exampleSentence(result, widening),
        widening.resource === "permissions" ? gainToo(result) : "",
        mistaken ? labelSentence(label, version) : "",
        `CloudTrail shows who edited ${parameter} (PutParameter).`,
        choice.kind === "applied"
          ? "It was not applied. What was in force before stays in force."
          : "It was not applied, and nothing is written until it is approved.",
        `To approve it: oidc-reconciler approve ${result.entry.name} --version ${version}, or label exactly that version: aws ssm label-parameter-version --name ${parameter} --parameter-version ${version} --labels approved. ${dropping(hold, parameter)}`,
      ],
    },
  ];
}

/** The whole of it in the document's words; the reasons beside them are in the sentence before. */
function newlyParts({ gains }: Hold, { resource }: ReportedWidening): readonly string[] {
  const words = gains.flatMap((gain) => (gain.resource === resource ? gain.words : []));
  const [only, ...more] = words;
  if (only === undefined) return [];
  const title = "Newly allowed:";
  if (more.length === 0) return [`${title} ${only}.`];
  return [title, ...words.map((each) => `- ${each}`)];
}

function dropping({ because }: Hold, parameter: string): string {
  return because === "first-document"
    ? `To refuse it, delete ${parameter}.`
    : "To refuse it, put a narrower document.";
}

function heldTitle({ because }: Hold, widening: ReportedWidening): string {
  switch (because) {
    case "gains":
      return widening.admitted === null && widening.reason !== undefined
        ? `it may widen ${halves[widening.resource]}`
        : `it would widen ${halves[widening.resource]}`;
    case "first-document":
      return "it is the first document of this environment";
    case "missing-evidence":
      return "what was in force before is not known";
    case "tags":
      return "a role or policy already has this environment's tags";
    default:
      return because satisfies never;
  }
}

function labelSentence({ because }: IdleLabel, version: number): string {
  return because === "other-content"
    ? `Version ${version} had the label approved, but its content is not the content that was announced, so the label was removed.`
    : `Version ${version} had the label approved before its content was announced, so the label was removed.`;
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
      title: appliedTitle(result, widening, { version, first, changedInAws: through === null }),
      parts: [
        first
          ? `Version ${version} of ${entry.parameter} is the first document of this environment: nobody could do this before.`
          : sentence(
              widening.reason ??
                `version ${version} of ${entry.parameter} allows what was not allowed before`,
            ),
        exampleSentence(result, widening),
        widening.resource === "permissions" ? gainToo(result) : "",
        through === null ? "No document changed: something in AWS did." : byWhat(through),
        whatBecame(result, widening),
        through === null
          ? "If it was not intended, change the target back, or let the document allow less on it."
          : "If it was not intended, put the narrower document back.",
      ],
    },
  ];
}

/** What a version has opened before it was overtaken, by an edit that is in force, or by the document's deletion. */
function overtakenDrafts(result: EnvironmentResult, widening: ReportedWidening): readonly Draft[] {
  const { entry, overtaken } = result;
  if (overtaken === undefined) return [];
  const then = { ...result, plan: overtaken.plan, results: overtaken.results };
  const through = letThroughOf(overtaken.plan.choice);
  const version = versionOf(overtaken.plan.choice)?.version;
  return [
    {
      kind: appliedKinds[widening.resource],
      severity: "warning",
      title: `version ${version} widened ${halves[widening.resource]} before it was overtaken`,
      parts: [
        sentence(
          widening.reason ??
            `version ${version} of ${entry.parameter} allows what was not allowed before`,
        ),
        exampleSentence(then, widening),
        widening.resource === "permissions" ? gainToo(then) : "",
        through === null ? "" : byWhat(through),
        `It ${isOpenedUnseen(widening.resource, overtaken) ? "may have been" : "was"} written, and ${entry.parameter} was ${entry.newest === null ? "deleted" : "edited"} while the run was at work.`,
        widening.closedAt === null
          ? "What it opened was not closed by this run."
          : "What of it is not in force now was closed by the same run.",
        `CloudTrail shows who edited ${entry.parameter} (PutParameter). If it was not intended, put the narrower document back.`,
      ],
    },
  ];
}

function appliedTitle(
  { writes }: EnvironmentResult,
  { resource }: ReportedWidening,
  by: { readonly version: number; readonly first: boolean; readonly changedInAws: boolean },
): string {
  if (by.first) return `version ${by.version}, the first document, lets its jobs assume the role`;
  const what = by.changedInAws ? "a change in AWS" : `version ${by.version}`;
  return `${what} ${writes === "allowed" ? "widens" : "would widen"} ${halves[resource]}`;
}

const unsure = "IAM gave no answer, so it may be in force already. The next run continues.";

/** What AWS changed is written by one step. */
function whatBecame(
  result: EnvironmentResult,
  { disposition, resource }: ReportedWidening,
): string {
  const { writes, plan } = result;
  if (writes !== "allowed") {
    return `Nothing was written: ${writes === "dry-run" ? "this is a dry run" : `the mode is ${writes}`}.`;
  }
  if (isOpenedUnseen(resource, result)) return unsure;
  const isWhole = letThroughOf(plan.choice) === null || isWrittenWhole(resource, result);
  return disposition === "applied" && isWhole
    ? "It was applied."
    : "It is in force from now on, but a part of it could not be written yet. The next run continues.";
}

function byWhat({ by }: LetThrough): string {
  switch (by) {
    case "approval":
      return "It was approved with the label approved.";
    case "onWiden":
      return "The version in force before says onWiden: apply.";
    case "first-document":
      return "This installation applies first documents (OIDC_FIRST_DOCUMENT).";
    case "released":
      return "An earlier run began to apply it and did not finish.";
    default:
      return by satisfies never;
  }
}

/** A first document in a mode that writes nothing: watched, and not enforced yet. */
function isWatchedFirst({ plan, writes }: EnvironmentResult): boolean {
  const { choice } = plan;
  const passive = writes === "observe" || writes === "suspend";
  return passive && letThroughOf(choice)?.by === "first-document";
}

/** Reported once: what enforcing would allow, and what the role of today does beyond it. */
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
      title: "watched, and not enforced yet",
      parts: [
        `Version ${report.version} of ${entry.parameter} is the first document of this environment, in mode ${result.writes}: nothing is written.`,
        ids === "" ? "" : `Enforcing it would adopt ${ids}.`,
        opens.length === 0 ? "" : "Enforcing it would allow what is not allowed today:",
        ...opens.map((widening) => exampleSentence(result, widening)),
        excess.length === 0 ? "" : "Enforcing it would end what the role allows today:",
        ...excess.map(sentence),
        `To enforce it, set mode: enforce in ${entry.parameter}. That edit is held like any first document.`,
      ],
    },
  ];
}

function adoptedDrafts(result: EnvironmentResult): readonly Draft[] {
  const adopted = adoptedNow(result);
  if (adopted.length === 0) return [];
  return [
    {
      kind: "adopted",
      severity: "info",
      title: `adopted ${adopted.map(({ resource }) => resource).join(" and ")}`,
      parts: [
        `Found without an owner in their tags: ${adopted.map(({ id }) => id).join(", ")}.`,
        "From now on the reconciler manages them, and their tags say so. The report has what was there before.",
        audiencesTakenOff(result.results),
        "If they belong to someone else, choose other names in the document while onRemove is retain, then remove the tags oidc-reconciler:… from them.",
      ],
    },
  ];
}

/** What an adopted provider no longer lists: no document and no role of the account asked for it. */
function audiencesTakenOff(results: readonly ChangeResult[]): string {
  const audiences = results.flatMap(({ change: { step }, outcome }) =>
    step.do === "remove-audience" && outcome === "applied" ? [step.audience] : [],
  );
  return audiences.length === 0
    ? ""
    : `Nobody asked for ${audiences.join(", ")}: removed from the provider.`;
}

/** A change of mode, a rename, and `onRemove: delete`: nothing opens, and people must know. */
function changedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan } = result;
  const { choice, evidence } = plan;
  const at = comingOf(choice, evidence);
  if (at === null || evidence.kind !== "record") return [];
  const { record } = evidence;
  const { document, version } = at;
  const { parameter } = result.entry;
  const drafts: Draft[] = [];
  const report = (title: string, what: string, next: string) => {
    drafts.push({ kind: "mode-changed", severity: "warning", title, parts: [what, next] });
  };
  // A mode is that of the newest version that is neither invalid nor held, or of one that has begun since.
  const mode = choice.kind === "newest" ? (record.modeBefore ?? record.mode) : record.modeBefore;
  if (mode !== undefined && mode !== null && mode !== document.mode) {
    report(
      `the mode changed from ${mode} to ${document.mode}`,
      `Version ${version} of ${parameter} changes the mode from ${mode} to ${document.mode}. ${modeSays[document.mode]}`,
      "If it was not intended, put the earlier document back.",
    );
  }
  const last = record.applied?.document;
  const isFresh =
    record.applied?.digest !== at.digest && result.record?.applied?.digest === at.digest;
  if (last === undefined || !isFresh) return drafts;
  if (last.role.name !== document.role.name || last.policy.name !== document.policy.name) {
    report(
      "the role or policy was renamed",
      `Version ${version} of ${parameter} names role ${document.role.name} and policy ${document.policy.name} instead of ${last.role.name} and ${last.policy.name}.`,
      "Jobs need the new role's ARN: it is in the outputs of the status.",
    );
  }
  if (last.onRemove === "retain" && document.onRemove === "delete") {
    report(
      "onRemove changed from retain to delete",
      `From version ${version} of ${parameter} on, role and policy are deleted when the parameter is removed.${earlierToo(result)}`,
      "If it was not intended, set onRemove: retain again.",
    );
  }
  return drafts;
}

/** Not only then, what has names of before. */
function earlierToo(result: EnvironmentResult): string {
  const next = goesNext(result);
  return next.length === 0
    ? ""
    : ` What has earlier names is deleted by the next run: ${next.map(shortName).join(", ")}.`;
}

const modeSays = {
  enforce: "Drift is corrected again.",
  observe: "Drift is reported and not corrected.",
  suspend: "Nothing is written, and widenings are still reported.",
} as const;
