import { parseArgs } from "node:util";
import { pageOn } from "./page.ts";
import { tell } from "./tell.ts";

/**
 * Tells in the terminal what the product does, in an AWS account inside this process. Exits with 1
 * where an act does not come out as told. `--keep` leaves the account up until SIGINT or SIGTERM.
 */
const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });

const page = pageOn((text) => process.stdout.write(text), isColoured());
process.exitCode = await tell(page, { keep: values.keep });

/** https://no-color.org: NO_COLOR, if not empty, wins over any terminal. */
function isColoured(): boolean {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM = "" } = process.env;
  if (NO_COLOR !== "") return false;
  return FORCE_COLOR !== "" && FORCE_COLOR !== "0" ? true : process.stdout.isTTY && TERM !== "dumb";
}
