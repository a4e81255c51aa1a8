import { type Layout, type Line, layOut, line, wrap } from "../shared/report/layout.ts";

/** Where the story is written: a terminal of 80 columns, with or without colour. */
export type Page = {
  title(text: string): void;
  act(number: number, title: string): void;
  /** What happens, and why, in sentences. */
  say(text: string): void;
  /** What somebody does: a command, a call. */
  deed(who: string, what: string): void;
  /** Lines as they are rendered for people. */
  show(lines: readonly Line[]): void;
  /** A text as it is, each line in its place. */
  quote(text: string): void;
  /** A remark to what came out. */
  aside(text: string): void;
  /** Something that came out as told. */
  kept(text: string): void;
  /** Something that did not. */
  broken(text: string): void;
};

export const columns = 80;

/** Text stands this far from the left, so that the acts' titles stand out. */
const margin = 2;

/** A page that hands its text to `write`, whole lines at a time. */
export function pageOn(write: (text: string) => void, colour: boolean): Page {
  const layout: Layout = { width: columns, colour };
  const put = (lines: readonly Line[]): void => write(`${layOut(lines, layout)}\n`);
  return {
    title: (text) => put([line(""), line(text, { tone: "title" })]),
    act: (number, title) => {
      const head = `── ${number}. ${title} `;
      put([line(""), line(head.padEnd(columns, "─"), { tone: "title" })]);
    },
    say: (text) => put(wrap(text, columns - margin).map((row) => line(row, { indent: margin }))),
    deed: (who, what) => put([line(`${who}: ${what}`, { indent: margin, mark: "▸" })]),
    show: (lines) => put(lines.map((each) => ({ ...each, indent: each.indent + 2 * margin }))),
    quote: (text) => put(text.trimEnd().split("\n").flatMap(quoted)),
    aside: (text) => put([line(text, { indent: 2 * margin, tone: "quiet" })]),
    kept: (text) => put([line(text, { indent: margin, mark: "✓", tone: "good" })]),
    broken: (text) => put([line(text, { indent: margin, mark: "✗", tone: "bad" })]),
  };
}

/** A row keeps the blanks at its start; what has no room hangs two columns deeper. */
function quoted(row: string): readonly Line[] {
  const text = row.trimStart();
  const lead = row.length - text.length;
  const parts = wrap(text, columns - 2 * margin - "│ ".length - lead - 2);
  return parts.map((part, index) => {
    const blanks = " ".repeat(lead + (index === 0 ? 0 : 2));
    return line(`${blanks}${part}`, { indent: 2 * margin, mark: "│", tone: "quiet" });
  });
}
