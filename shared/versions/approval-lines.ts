import type { DocumentVersion } from "../plan/control.ts";
import { indented, type Line, line } from "../report/layout.ts";
import { changeLines, wideningLines } from "../report/render.ts";
import type { EnvironmentReport, ReportedWidening } from "../report/report.ts";
import { lineDifference } from "./line-difference.ts";

/** What a person sees of a held version before approving it. */
type HeldView = {
  readonly name: string;
  readonly version: DocumentVersion;
  /** Who put it; `null` where nobody knows. */
  readonly by: string | null;
  /** What is in force; `null` where nothing is, or its text cannot be shown. */
  readonly applied: DocumentVersion | null;
  /** Was nothing ever applied? */
  readonly isFirst: boolean;
  readonly widenings: readonly ReportedWidening[];
  /** Why the widenings are of the documents alone; `null` where the account was compared too. */
  readonly beside: string | null;
  /** What a run would then write; empty where the account was not compared. */
  readonly released: readonly Line[];
};

/** Who put the version, how its text differs, and the whole of what it newly admits and grants. */
export function heldLines(view: HeldView): readonly Line[] {
  const { name, version, by, widenings, beside, released } = view;
  const who = by === null ? "" : ` by ${by}`;
  const put = version.modifiedAt === null ? "" : `, put ${version.modifiedAt}${who}`;
  return [
    line(`version ${version.version} of ${name}${put}`, { tone: "title" }),
    line(""),
    ...differenceLines(view),
    line(""),
    ...widenings.flatMap(wideningLines),
    ...(beside === null ? [] : [line(`By the documents alone: ${beside}.`, { tone: "warning" })]),
    line(""),
    ...(released.length === 0 ? [] : [...released, line("")]),
  ];
}

/** What a run writes once the version is approved, each change with its reason. */
export function approvedLines({ changes, errors }: EnvironmentReport): readonly Line[] {
  const count = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  return [
    line(`Once it is approved, a run makes ${count}${changes.length === 0 ? "" : ":"}`, {
      tone: "title",
    }),
    ...changes.flatMap((change) => {
      const [title = line(change.action)] = changeLines(change);
      return [{ ...title, indent: 2, text: `${title.text}: ${change.reason}` }];
    }),
    ...errors.map(({ code, message }) =>
      line(`${code}: ${message}`, { indent: 2, mark: "✗", tone: "warning" }),
    ),
  ];
}

function differenceLines({ applied, version, isFirst }: HeldView): readonly Line[] {
  const title = isFirst
    ? "Its document, the first of this environment:"
    : applied === null
      ? "The text in force cannot be shown, so this is the whole document:"
      : `Its document, against version ${applied.version}, which is in force:`;
  const difference = lineDifference(applied?.text ?? "", version.text);
  const same = [line("the same text", { tone: "quiet" })];
  return [
    line(title, { tone: "title" }),
    ...indented(difference.length === 0 ? same : difference, 2),
  ];
}
