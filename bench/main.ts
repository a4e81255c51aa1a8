/**
 * Measures what the product costs, beside what one would use instead, and prints a table for each question.
 * Run: npm run bench; with `-- --write` it writes docs/performance.md as well. With words behind it, only
 * the tables whose titles hold one of them.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pageOf } from "./page.ts";
import { type Measured, screenLines } from "./section.ts";
import { sections } from "./sections/index.ts";

const page = fileURLToPath(new URL("../docs/performance.md", import.meta.url));

const given = process.argv.slice(2);
const words = given.filter((word) => !word.startsWith("--")).map((word) => word.toLowerCase());
const wanted = sections.filter(
  ({ title }) => words.length === 0 || words.some((word) => title.toLowerCase().includes(word)),
);
const measured: Measured[] = [];
for (const section of wanted) {
  const from = performance.now();
  const one = { section, cells: await section.measure() };
  measured.push(one);
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  console.log(`${section.title} (measured in ${seconds} s)\n`);
  for (const line of screenLines(one)) console.log(`  ${line}`);
  console.log("");
}
if (given.includes("--write") && measured.length === sections.length)
  writeFileSync(page, pageOf(measured));
process.exit(0);
