import { durationText } from "../report/overview-lines.ts";
import type { PageData, PageEnvironment, PageOpening } from "./data.ts";
import { constant, type Html, html, type Part } from "./html.ts";

/** How good something is: never said by colour alone, so each has a shape and takes a word. */
export type Grade = "ok" | "warn" | "bad";

const shapes = { ok: "✓", warn: "▲", bad: "✕" } as const satisfies Record<Grade, string>;

/** A state: its shape, its word, its colour. */
export function state(grade: Grade, word: string): Html {
  return html`<span class="s ${grade}"><i aria-hidden="true">${shapeOf(grade)}</i>${word}</span>`;
}

/** The shape of a grade, which is ours and no text of strangers. */
export function shapeOf(grade: Grade): Html {
  return constant(shapes[grade]);
}

/** A table that scrolls by itself, with a caption that names it to those who do not see it. */
export function table(given: {
  readonly caption: string;
  readonly label: string;
  readonly heads: readonly string[];
  readonly rows: readonly Html[];
}): Html {
  const { caption, label, heads, rows } = given;
  const tall = rows.length > 30 ? "t tall" : "t";
  return html`<div class="${tall}" role="region" aria-label="${label}" tabindex="0"><table>
    <caption>${caption}</caption>
    <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

/** A row that belongs to an environment, for the box that filters. */
export function row(environment: PageEnvironment, cells: Part): Html {
  return needsLook(environment)
    ? html`<tr data-n="${environment.name}" data-w="">${cells}</tr>`
    : html`<tr data-n="${environment.name}">${cells}</tr>`;
}

export function listOf(items: readonly Part[]): Html {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return html`${only}`;
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** An instant to the minute, or that it is not known. */
export function instant(at: string | null): string {
  if (at === null) return "not known";
  const time = Date.parse(at);
  if (Number.isNaN(time)) return at;
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export function lasted({ seconds, openedAt }: PageOpening, { madeAt }: PageData): string {
  if (seconds !== null) return `open for ${durationText(seconds)}`;
  const since = Math.max(0, Math.floor((Date.parse(madeAt) - Date.parse(openedAt)) / 1000));
  return `open since ${durationText(since)}, as far as CloudTrail says`;
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Cuts a text in the middle: beginning and end are what tells names apart. */
export function cut(text: string, max: number): string {
  const signs = [...text];
  if (signs.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  return `${signs.slice(0, head).join("")}…${signs.slice(signs.length - (max - 1 - head)).join("")}`;
}

/** Is there something about the environment that a person should look at? */
export function needsLook(environment: PageEnvironment): boolean {
  const { isSettled, history, access } = environment;
  return !isSettled || isOpen(environment) || history.unread !== null || access.kind === "unknown";
}

/**
 * Is something open that no version of the document asks for, by what the last run saw or by
 * CloudTrail? A held version makes `TrustAsIntended` false too, and opens nothing.
 */
export function isOpen({ history, conditions }: PageEnvironment): boolean {
  const { TrustAsIntended: trust } = conditions;
  return (
    (trust?.status === false && trust.reason === "Widened") ||
    history.openings.some(({ closedAt }) => closedAt === null)
  );
}

/** Could no run say what the role lets in? */
export function isUnknown({ conditions }: PageEnvironment): boolean {
  const { TrustAsIntended: trust } = conditions;
  return trust === undefined || (!trust.status && trust.reason === "Unknown");
}

/** Those that need a look first, each group in its order. */
export function lookFirst(environments: readonly PageEnvironment[]): readonly PageEnvironment[] {
  return [
    ...environments.filter(needsLook),
    ...environments.filter((environment) => !needsLook(environment)),
  ];
}

/** The short end of an ARN that a person knows it by. */
export function shortWho(arn: string | null): Part {
  if (arn === null) return "not known";
  const name = arn.slice(arn.lastIndexOf(":") + 1).replace(/^assumed-role\//, "");
  return html`<span class="m">${name}</span>`;
}
