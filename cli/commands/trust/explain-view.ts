import type { Explanation } from "../../../shared/explain/index.ts";
import { type Line, line } from "../../../shared/report/layout.ts";
import { nameOf } from "../../files.ts";
import { refusalLines } from "./policy-file.ts";

type Explained = Extract<Explanation, { readonly kind: "explained" }>;

/**
 * Who can assume the role and what is loose, for people.
 *
 * @param file the file that holds the policy, as it was given
 */
export function explanationLines(explanation: Explanation, file: string): readonly Line[] {
  if (explanation.kind === "refused") {
    return refusalLines(explanation.error, `the policy in ${nameOf(file)}`);
  }
  const { statements, issuers, looseEnds, undecided, beyondAws } = explanation;
  const ends = looseEnds.map(
    ({ code, message, where }) => `${code}: ${message}${where === "" ? "" : ` (${where})`}`,
  );
  return [
    ...list(
      "Who can assume the role:",
      statements.map(({ sentence }) => sentence),
    ),
    ...(issuers.length > 1 ? [line(""), line(`Issuers: ${issuers.join(", ")}`)] : []),
    line(""),
    ...list(looseEndsTitle(explanation), ends),
    ...further(
      "Not decidable:",
      undecided.map(({ message, where }) => `${message} (${where})`),
    ),
    ...further("What AWS cannot enforce for CircleCI's jobs:", beyondAws),
  ];
}

function list(title: string, items: readonly string[]): readonly Line[] {
  return [
    line(title, { tone: "title" }),
    ...items.map((item) => line(item, { indent: 2, mark: "-" })),
  ];
}

function further(title: string, items: readonly string[]): readonly Line[] {
  return items.length === 0 ? [] : [line(""), ...list(title, items)];
}

/** "No loose ends" is only true where each was decided. */
function looseEndsTitle({ looseEnds, undecided }: Explained): string {
  if (looseEnds.length > 0) return "Loose ends:";
  return undecided.length > 0 ? "No loose ends in what can be decided." : "No loose ends.";
}
