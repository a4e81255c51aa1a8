/** One table of the bench, for the screen and for docs/performance.md. */
export type Section = {
  readonly title: string;
  /** What was measured, how, and what it means. */
  readonly about: string;
  /** The first is that of the rows' names. */
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** The cells of each row, without its name, in the order of `rows`. */
  readonly measure: () => Promise<readonly (readonly string[])[]>;
};

export type Measured = {
  readonly section: Section;
  readonly cells: readonly (readonly string[])[];
};

/** A table for a screen. */
export function screenLines({ section, cells }: Measured): readonly string[] {
  const { columns, rows } = section;
  const lines = [columns, ...rows.map((row, at) => [row, ...(cells[at] ?? [])])];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? "").length)));
  return lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  "),
  );
}

/** The same for a page. */
export function pageLines({ section, cells }: Measured): readonly string[] {
  const { columns, rows } = section;
  return [
    `| ${columns.join(" | ")} |`,
    `|${columns.map((_, at) => (at === 0 ? "---" : "---:")).join("|")}|`,
    ...rows.map((row, at) => `| ${[row, ...(cells[at] ?? [])].join(" | ")} |`),
  ];
}

/** A ratio in as many digits as one can rely on. */
export function times(ratio: number): string {
  if (!Number.isFinite(ratio)) return "–";
  return `${ratio < 10 ? ratio.toFixed(1) : String(Math.round(ratio))}×`;
}

/** The value below which so large a part of the numbers is. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
