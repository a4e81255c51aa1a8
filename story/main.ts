import { parseArgs } from "node:util";
import { layoutOf } from "../cli/io.ts";
import { pageOn } from "./page.ts";
import { playStory } from "./story.ts";

/**
 * Shows in the terminal what the product does, in an AWS account inside this process. Exits with 1
 * if a step differs from what it announced. `--keep` keeps the account up until SIGINT or SIGTERM.
 */
const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });

const page = pageOn((text) => process.stdout.write(text), layoutOf(process.stdout, process.env));
process.exitCode = await playStory(page, { keep: values.keep });
