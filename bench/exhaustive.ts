/**
 * Every pair of small policies, put to the engine and to brute force. The tests look at a sample of
 * them; this looks at one pair in EVERY (1: all of them, which takes hours).
 * Run: npx node bench/exhaustive.ts [EVERY] [FROM] [part of a family's name]
 */
import { families } from "../tests/compare/exhaustive/families.ts";
import { tallyOf } from "../tests/compare/exhaustive/faults.ts";

const [every = "1000", from = "0", name = ""] = process.argv.slice(2);

const columns = [
  "policies",
  "requests",
  "readings",
  "directions",
  "undecided",
  "needless",
  "wrong",
];
console.log(
  ["".padEnd(52), ...columns.map((column) => column.padStart(11)), "   ms a pair"].join(""),
);
let wrong = 0;
for (const family of families.filter((one) => one.name.includes(name))) {
  const start = performance.now();
  const tally = tallyOf(family, { every: Number(every), from: Number(from) });
  const { policies, requests, readings, asked, undecided, needless, faults } = tally;
  const ms = (2 * (performance.now() - start)) / asked;
  const cells = [policies, requests, readings, asked, undecided, needless, faults.length];
  console.log(
    [
      `${family.name} (${family.kind})`.padEnd(52),
      ...cells.map((cell) => String(cell).padStart(11)),
      ms.toFixed(3).padStart(12),
    ].join(""),
  );
  for (const [codes, count] of tally.needlessBy) console.log(`  needless by ${codes}: ${count}`);
  for (const fault of faults.slice(0, 3)) console.log(`  ${fault}`);
  if (process.env["EXAMPLES"] !== undefined)
    for (const example of tally.examples.slice(0, Number(process.env["EXAMPLES"])))
      console.log(`  ${example}`);
  wrong += faults.length;
}
process.exit(wrong === 0 ? 0 : 1);
