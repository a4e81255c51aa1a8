/**
 * Does the second of two trust policies admit a request that the first does not? The same few
 * hundred pairs are put to this engine, to an SMT solver, to the check behind `cdk deploy` and to
 * sampling; then the engine's cost is taken as policies grow, and that of a replay as records do.
 * Run: npm run bench
 */
import { cloudformationDiff } from "./contenders/cloudformation-diff.ts";
import { engine } from "./contenders/engine.ts";
import { sampling } from "./contenders/sampling.ts";
import { z3Contender } from "./contenders/z3.ts";
import { type Score, scoreOf } from "./contest.ts";
import { growthLines } from "./growth.ts";
import { generated, handMade } from "./questions.ts";
import { replayLines } from "./replay.ts";

const generatedCount = 240;

function tableOf(scores: readonly Score[]): readonly string[] {
  const columns = ["right", "missed", "false alarms", "undecided", "median ms", "worst ms"];
  const head = ["".padEnd(40), ...columns.map((column) => column.padStart(13))].join("");
  const lines = scores.map((score) => {
    const { right, missed, falseAlarms, undecided, medianMs, worstMs } = score;
    const counts = [right, missed, falseAlarms, undecided].map(String);
    const times = [medianMs, worstMs].map((ms) => ms.toFixed(3));
    return [score.name.padEnd(40), ...[...counts, ...times].map((cell) => cell.padStart(13))].join(
      "",
    );
  });
  return [head, ...lines];
}

async function main(): Promise<void> {
  const questions = [...handMade(), ...generated(generatedCount, 20261122)];
  const widening = questions.filter(({ widens }) => widens).length;
  console.log(`${questions.length} pairs, ${widening} of them widen\n`);
  const z3 = await z3Contender();
  const scores: Score[] = [];
  for (const contender of [engine, z3, cloudformationDiff, sampling]) {
    scores.push(await scoreOf(contender, questions));
  }
  z3.close();
  for (const line of tableOf(scores)) console.log(line);
  const [own, other] = scores;
  if (own !== undefined && other !== undefined) {
    const times = Math.round(other.medianMs / own.medianMs);
    console.log(`\nthe median of ${other.name} is ${times} times that of ${own.name}`);
  }
  for (const { name, wrong } of scores) {
    if (process.argv.includes("--wrong")) console.log(`\n${name}:\n  ${wrong.join("\n  ")}`);
  }
  console.log("");
  for (const line of growthLines()) console.log(line);
  console.log("");
  for (const line of replayLines()) console.log(line);
}

await main();
process.exit(0);
