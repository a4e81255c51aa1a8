import { type Layout, type Line, layOut, line, wrap } from "../shared/report/layout.ts";

/** Where the story is written: a terminal, with or without colour. */
export type Page = {
  title(text: string): void;
  act(number: number, title: string): void;
  /** What happens, and why, in sentences. */
  say(text: string): void;
  /** What somebody runs: a command, a call. */
  command(who: string, what: string): void;
  /** Lines as they are rendered for people. */
  show(lines: readonly Line[]): void;
  /** A text as it is, each line in its place. */
  quote(text: string): void;
  /** A remark on the line above. */
  note(text: string): void;
  /** A check that passed. */
  passed(text: string): void;
  /** A check that failed. */
  failed(text: string): void;
};

/** Columns of a file or a pipe, and the least and the most that are good to read. */
export const columns = { default: 80, min: 60, max: 120 } as const;

/** The indent of text, so that the titles of the acts are easy to see. */
const margin = 2;

/** A page that hands its text to `write`, whole lines at a time. */
export function pageOn(write: (text: string) => void, { width: asked, colour }: Layout): Page {
  const width = Math.min(columns.max, Math.max(columns.min, asked ?? columns.default));
  const put = (lines: readonly Line[]): void => write(`${layOut(lines, { width, colour })}\n`);
  return {
    title: (text) => put([line(""), line(text, { tone: "title" })]),
    act: (number, title) => {
      const head = `── ${number}. ${title} `;
      put([line(""), line(head.padEnd(width, "─"), { tone: "title" })]);
    },
    say: (text) => put(wrap(text, width - margin).map((row) => line(row, { indent: margin }))),
    command: (who, what) => put([line(`${who}: ${what}`, { indent: margin, mark: "▸" })]),
    show: (lines) =>
      put(
        // A story is read, not copied from: it keeps to the page.
        lines.map((each) => ({ ...each, whole: false, indent: each.indent + 2 * margin })),
      ),
    quote: (text) =>
      put(
        text
          .trimEnd()
          .split("\n")
          .flatMap((row) => quoted(row, width)),
      ),
    note: (text) => put([line(text, { indent: 2 * margin, tone: "quiet" })]),
    passed: (text) => put([line(text, { indent: margin, mark: "✓", tone: "good" })]),
    failed: (text) => put([line(text, { indent: margin, mark: "✗", tone: "bad" })]),
  };
}

/** A row keeps the blanks at its start; what does not fit goes on two columns deeper. */
function quoted(row: string, width: number): readonly Line[] {
  const text = row.trimStart();
  const lead = row.length - text.length;
  const parts = wrap(text, width - 2 * margin - "│ ".length - lead - 2);
  return parts.map((part, index) => {
    const blanks = " ".repeat(lead + (index === 0 ? 0 : 2));
    return line(`${blanks}${part}`, { indent: 2 * margin, mark: "│", tone: "quiet" });
  });
}
