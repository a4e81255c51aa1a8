import { visible } from "../language/visible.ts";

/** What a line is about, for the code that colours it. */
export type Tone =
  | "plain"
  | "title"
  | "quiet"
  | "added"
  | "removed"
  | "changed"
  | "good"
  | "warning"
  | "bad";

/** One line of a text for people, before it is cut to a width and coloured. */
export type Line = {
  /** Blanks before the mark. */
  readonly indent: number;
  /** `+` comes, `-` goes, `~` changes; empty for text without a mark. */
  readonly mark: string;
  readonly tone: Tone;
  readonly text: string;
  /** Each row of it is a comment of YAML, those that hang below too. */
  readonly comment?: boolean;
  /** It is never cut to a width: what people copy, such as a document or an ARN. */
  readonly whole?: boolean;
};

/** How lines become text. */
export type Layout = {
  /** Columns of the reader's terminal; `null` leaves lines as long as they are. */
  readonly width: number | null;
  readonly colour: boolean;
};

/** As wide as each line is, and without colours. */
const asInFiles: Layout = { width: null, colour: false };

export function line(text: string, rest: Partial<Omit<Line, "text">> = {}): Line {
  return { indent: 0, mark: "", tone: "plain", ...rest, text };
}

export function indented(lines: readonly Line[], by: number): readonly Line[] {
  return lines.map((each) => ({ ...each, indent: each.indent + by }));
}

/**
 * Lines as text: cut to the width with the rest hanging below, and coloured by tone. What AWS or a
 * stranger named may hold anything, so control characters are written out and never reach a
 * terminal as such.
 */
export function layOut(lines: readonly Line[], layout: Layout = asInFiles): string {
  return lines.flatMap((each) => rowsOf(each, layout)).join("\n");
}

/** Columns that are left for text however deep a line is indented. */
const textWidthMin = 20;

function rowsOf(
  { indent, mark, tone, text, comment, whole: isWhole }: Line,
  layout: Layout,
): readonly string[] {
  const open = comment === true ? "# " : "";
  const lead = `${open}${" ".repeat(indent)}${mark === "" ? "" : `${mark} `}`;
  const hang = open.padEnd(lead.length);
  const isCut = layout.width !== null && isWhole !== true;
  const width = isCut ? Math.max(textWidthMin, layout.width - lead.length) : null;
  return wrap(visible(text), width).map((row, index) => {
    const whole = `${index === 0 ? lead : hang}${row}`.trimEnd();
    return layout.colour ? coloured(whole, tone) : whole;
  });
}

/**
 * Cuts a text into rows of at most `width` characters: between words, else after a character that
 * parts an ARN or a subject, else anywhere.
 */
export function wrap(text: string, width: number | null): readonly string[] {
  if (width === null) return [text];
  const rows: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const at = cutOf(rest, width);
    rows.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...rows, rest];
}

function cutOf(text: string, width: number): number {
  // A blank may be just behind the last column: it is dropped.
  const blank = text.lastIndexOf(" ", width);
  if (blank > 0) return blank;
  const parting = Math.max(...["/", ":", ","].map((sign) => text.lastIndexOf(sign, width - 1)));
  return parting > 0 ? parting + 1 : width;
}

/** ECMA-48 codes: bold, faint, and the first eight colours, which every terminal has. */
const codes: Readonly<Record<Tone, string>> = {
  plain: "",
  title: "1",
  quiet: "2",
  added: "32",
  removed: "31",
  changed: "33",
  good: "32",
  warning: "33",
  bad: "1;31",
};

function coloured(text: string, tone: Tone): string {
  const code = codes[tone];
  if (code === "" || text === "") return text;
  return `\u001b[${code}m${text}\u001b[0m`;
}
