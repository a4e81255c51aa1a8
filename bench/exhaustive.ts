/**
 * Pairs of small policies, put to the engine and to brute force: so many of each family, or
 * as many as `npm run test:deep` checks.
 * Run: npx node bench/exhaustive.ts [PAIRS | deep] [part of a family's name]
 */
import { allFamilies } from "../tests/compare/exhaustive/families/index.ts";
import { tallyOf } from "../tests/compare/exhaustive/faults.ts";
import { pairsWanted, planOf } from "../tests/compare/exhaustive/pairs.ts";

const [pairs = "5000", name = ""] = process.argv.slice(2);

const columns = [
  "atoms",
  "requests",
  "readings",
  "pairs",
  "proved",
  "undecided",
  "needless",
  "wrong",
];
console.log(
  ["".padEnd(56), ...columns.map((column) => column.padStart(10)), "   ms a pair"].join(""),
);
let wrong = 0;
for (const family of allFamilies.filter((one) => `${one.name} (${one.kind})`.includes(name))) {
  const start = process.cpuUsage();
  const tally = tallyOf(
    family,
    planOf(family, pairs === "deep" ? pairsWanted.deep[family.kind] : Number(pairs)),
  );
  const { user, system } = process.cpuUsage(start);
  const { requests, readings, proved, undecided, needless, faults } = tally;
  const cells = [
    family.atoms.length,
    requests,
    readings,
    tally.pairs,
    proved,
    undecided,
    needless,
    faults.length,
  ];
  console.log(
    [
      `${family.name} (${family.kind})`.padEnd(56),
      ...cells.map((cell) => String(cell).padStart(10)),
      ((user + system) / 1000 / tally.pairs).toFixed(3).padStart(12),
      ` ${((100 * needless) / (2 * tally.pairs)).toFixed(2)}% ${[...tally.codes].join(" ")}`,
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
