import type { Replay } from "../../../shared/replay/replay.ts";
import { changeLines, counted, doubtLines } from "../../../shared/replay/sentences.ts";
import { type Line, line } from "../../../shared/report/layout.ts";
import type { HistoryRead } from "../../../shared/runs/replay.ts";

/** Where the records came from, and the time that they cover. */
export type ReplaySource =
  | { readonly kind: "event-history"; readonly read: HistoryRead }
  | { readonly kind: "files"; readonly files: number; readonly isWhole: boolean };

export type Replayed = {
  /** The role's ARN. */
  readonly role: string;
  readonly source: ReplaySource;
  readonly replay: Replay;
};

/** A replay as programs read it; `published-schemas` holds its form. */
export type ReplayJson = {
  readonly role: string;
  readonly source: "event-history" | "files";
  /** The time that was looked at: of files, from the first to the last record of the role. */
  readonly from: string | null;
  readonly to: string | null;
} & Pick<
  Replay,
  "records" | "identities" | "current" | "proposed" | "newlyRefused" | "newlyAdmitted" | "unused"
>;

export function replayJson({ role, source, replay }: Replayed): ReplayJson {
  const { records, identities, current, proposed, newlyRefused, newlyAdmitted, unused } = replay;
  const { from, to } = spanOf(source, replay);
  return {
    role,
    source: source.kind,
    from,
    to,
    records,
    identities,
    current,
    proposed,
    newlyRefused,
    newlyAdmitted,
    unused,
  };
}

function spanOf(
  source: ReplaySource,
  { first, last }: Replay,
): { readonly from: string | null; readonly to: string | null } {
  if (source.kind === "files") return { from: first, to: last };
  return { from: instant(source.read.from), to: instant(source.read.to) };
}

function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The same for people: a summary, who is newly refused or admitted, and what nobody needed. */
export function replayLines(replayed: Replayed): readonly Line[] {
  const { replay } = replayed;
  return [
    line(summaryOf(replayed)),
    ...tallyLines(replay),
    ...(replay.proposed === null ? [] : changeLines(replay, whenOf(replayed))),
    ...unusedLines(replay),
  ];
}

function summaryOf({ role, source, replay }: Replayed): string {
  const found = counted(replay.records, "record", "records");
  const where =
    source.kind === "files"
      ? counted(source.files, "file", "files")
      : `the event history of ${source.read.regions.join(" and ")}`;
  const { from, to } = spanOf(source, replay);
  const span = from === null || to === null ? "" : `, from ${from} to ${to}`;
  return `${found} of AssumeRoleWithWebIdentity on ${role}, in ${where}${span}.`;
}

function whenOf({ source, replay }: Replayed): string {
  const { from } = spanOf(source, replay);
  return from === null ? "in these records" : `since ${from.slice(0, 10)}`;
}

function tallyLines(replay: Replay): readonly Line[] {
  const { records, identities, current, proposed, undecided } = replay;
  if (records === 0) return proposed === null ? doubtLines(replay) : [];
  const whose = counted(identities, "identity", "identities");
  const policy = (name: string, { admitted, refused }: Replay["current"], open: number) => {
    const undecidedOnes = open === 0 ? "" : `, ${open} of them undecided`;
    return line(
      `The ${name} policy admits ${admitted} of ${whose} and refuses ${refused}${undecidedOnes}.`,
    );
  };
  return [
    policy("current", current, undecided.current),
    ...(proposed === null
      ? doubtLines(replay)
      : [policy("proposed", proposed, undecided.proposed)]),
  ];
}

/** Records that name nobody say nothing about what is needed. */
function unusedLines({ identities, unused }: Replay): readonly Line[] {
  if (identities === 0 || unused.length === 0) return [];
  return [
    line(""),
    line("No identity needed these patterns of the current policy:", { tone: "title" }),
    ...unused.map(({ statement, key, pattern }) =>
      line(`${statement}, ${key}: ${pattern}`, { indent: 2, mark: "-" }),
    ),
    line(
      "Take out what no job needs. A job that runs seldom may not be among these records: look further back first.",
      { indent: 2 },
    ),
  ];
}
