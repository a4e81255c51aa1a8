import { type Layout, type Line, layOut } from "../shared/report/layout.ts";
import type { Output } from "./io.ts";
import { shownOn } from "./output.ts";

/**
 * Rows on a terminal that are drawn again in their place, and of those only the ones that changed:
 * a screen that is written whole every few seconds flickers, and no text in it can be marked.
 *
 * CSI A (up), CSI 2K (wipe the row) and CSI J (wipe what is below) are ECMA-48's, which every
 * terminal knows.
 *
 * @param height rows of the terminal: what is above its first one could not be reached again
 */
export function drawingOn(output: Output, layout: Layout, height: number) {
  let drawn: readonly string[] = [];
  return {
    draw: (lines: readonly Line[]): Promise<boolean> => {
      const rows = fitting(layOut(shownOn(output, lines), layout).split("\n"), height - 1);
      const text = `${up(drawn.length)}${rows.map((row, at) => rowText(row, drawn[at])).join("")}`;
      const below = rows.length < drawn.length ? "\u001b[J" : "";
      drawn = rows;
      return output.write(`${text}${below}`);
    },
  };
}

function up(rows: number): string {
  return rows === 0 ? "" : `\u001b[${rows}A`;
}

function rowText(row: string, before: string | undefined): string {
  if (row === before) return "\n";
  return before === undefined ? `${row}\n` : `\u001b[2K${row}\n`;
}

/** The first rows, and how many are left out. */
function fitting(rows: readonly string[], most: number): readonly string[] {
  if (rows.length <= most) return rows;
  const shown = rows.slice(0, most - 1);
  return [
    ...shown,
    `… and ${rows.length - shown.length} more rows: the terminal is not high enough`,
  ];
}
