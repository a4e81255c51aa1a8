import { describeWitness, witnessOf } from "../compare/index.ts";
import { sentence } from "../report/alert-draft.ts";
import { indented, type Line, line, type Tone } from "../report/layout.ts";
import type { JudgedVersion, VersionChange, VersionState } from "./history.ts";

const tones = {
  applied: "good",
  held: "warning",
  pending: "changed",
  older: "plain",
  invalid: "bad",
} as const satisfies Record<VersionState, Tone>;

/** A line for each version, and below it what it changed against the version before. */
export function historyLines(name: string, versions: readonly JudgedVersion[]): readonly Line[] {
  const count = versions.length === 1 ? "1 version" : `${versions.length} versions, newest first`;
  return [
    line(`${name}: ${count}`, { tone: "title" }),
    ...versions.flatMap((version) => indented(versionLines(name, version), 2)),
  ];
}

function versionLines(name: string, judged: JudgedVersion): readonly Line[] {
  const { read, by, labels, state, change, againstApplied } = judged;
  const who = by === null ? "by somebody unknown" : `by ${by}`;
  const label = labels.length === 0 ? "" : `, labelled ${labels.join(", ")}`;
  const head = `version ${read.version}: ${state}, put ${read.modifiedAt ?? "at an unknown time"} ${who}${label}`;
  // The version before is the applied one.
  const isSame = JSON.stringify(change) === JSON.stringify(againstApplied);
  const problems = read.parsed.kind === "invalid" ? read.parsed.problems : [];
  return [
    line(head, { tone: tones[state] }),
    ...indented(
      [
        ...problems.map(({ message }) => line(message)),
        ...(change === null ? [] : changeLines(change)),
        ...(state === "held" ? heldLines(name, labels, isSame ? null : againstApplied) : []),
      ],
      4,
    ),
  ];
}

/** What a version newly admits and grants, with an example, and what it no longer does. */
export function changeLines({ comparison, gained, lost, other }: VersionChange): readonly Line[] {
  const witness = comparison === null ? null : witnessOf(comparison.widening);
  const example = witness === null ? "" : describeWitness(witness, "the role");
  const same = line("allows the same", { tone: "quiet" });
  return [
    ...gained.map((words) => line(words, { mark: "+", tone: "warning" })),
    ...lost.map((words) => line(words, { mark: "-", tone: "removed" })),
    ...(gained.length + lost.length === 0 ? [same] : []),
    ...other.map((words) => line(words, { mark: "~", tone: "changed" })),
    ...(example === "" ? [] : [line(sentence(`for example, ${example}`))]),
  ];
}

function heldLines(
  name: string,
  labels: readonly string[],
  change: VersionChange | null,
): readonly Line[] {
  const next = labels.includes("approved")
    ? "it is approved: the next run applies it"
    : `look at it and approve it: oidc-reconciler approve ${name}`;
  const approving = line(next, { mark: "!", tone: "warning" });
  if (change === null) return [approving];
  return [line("against what is applied:"), ...indented(changeLines(change), 2), approving];
}
