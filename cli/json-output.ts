import { visibleJson } from "../shared/language/visible.ts";

/** The one JSON value that `--json` prints, with its line break; on several lines where asked. */
export function jsonText(value: object, layout: "one-line" | "indented" = "one-line"): string {
  return `${visibleJson(JSON.stringify(value, null, layout === "indented" ? 2 : 0))}\n`;
}

/**
 * What `--json` prints where a command ends without a report: the mistake, so that whoever reads
 * standard output always finds one JSON value there.
 *
 * @param where the file or member that it is about; empty where it is the command itself
 */
export function errorJson(code: string, message: string, where = ""): string {
  return jsonText({ error: { code, message, where } });
}
