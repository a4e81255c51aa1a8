import { smallHard } from "../adversarial/index.ts";
import { cloudformationDiff } from "../contenders/cloudformation-diff.ts";
import { engine } from "../contenders/engine.ts";
import { sampling } from "../contenders/sampling.ts";
import { z3Contender } from "../contenders/z3.ts";
import { checkTranslation } from "../contenders/z3-check.ts";
import { type Score, scoreOf } from "../contest.ts";
import type { Question } from "../question.ts";
import { contestQuestions } from "../questions.ts";
import { quantile, type Section, times } from "../section.ts";

const columns = [
  "asked",
  "right",
  "missed",
  "false alarms",
  "undecided",
  "examples that hold",
  "p50",
  "p99",
  "worst",
];
const names = [engine.name, "z3-solver, 0.3 s a direction", cloudformationDiff.name, sampling.name];

/** Every contender's score as cells; times as multiples of the first one's median. */
function cellsOf(scores: readonly Score[]): readonly (readonly string[])[] {
  const unit = quantile(scores[0]?.ms ?? [], 0.5);
  return scores.map(({ right, missed, falseAlarms, undecided, examples, ms }) => [
    ...[right, missed, falseAlarms, undecided, examples].map(String),
    ...[0.5, 0.99, 1].map((part) => times(quantile(ms, part) / unit)),
  ]);
}

async function contest(questions: readonly Question[]): Promise<readonly (readonly string[])[]> {
  const z3 = await z3Contender({ option: "timeout", most: 300 });
  const patient = await z3Contender({ option: "rlimit", most: 50_000_000 });
  try {
    await checkTranslation(patient);
    const scores: Score[] = [];
    for (const contender of [engine, z3, cloudformationDiff, sampling])
      scores.push(await scoreOf(contender, questions));
    if (process.argv.includes("--wrong")) {
      for (const [at, { wrong }] of scores.entries())
        console.log(`${names[at]}:\n  ${wrong.join("\n  ")}`);
    }
    return cellsOf(scores);
  } finally {
    z3.close();
    patient.close();
  }
}

export const engines: Section = {
  title: "Does an edit widen a trust policy?",
  about: `
Pairs of trust policies, hand-made and generated, each with a known answer: does the second admit a request that the
first does not? *Missed* is the dangerous column: a widening that nobody hears of. *Undecided* is safe where it
counts as a widening, as it does here. *Examples that hold* counts the requests that a contender shows and that the
sandbox's own evaluator confirms: an approver wants one. Times are multiples of this engine's median; each contender is
warmed up, and asked for both directions where it answers for both.

\`@aws-cdk/cloudformation-diff\` is what \`cdk deploy\` asks before it calls for approval. \`z3-solver\` is an SMT solver
with a theory of strings, given the same question by a translation that is checked first, operator by operator
(\`tests/compare/z3.test.ts\` checks it too). Sampling evaluates 500 random requests of each pair with
\`@cloud-copilot/iam-simulate\`. Of all rivals, only \`z3-solver\` and sampling show an example.

What else was looked for, and could not be had: Access Analyzer (and Zelkova behind it) answers over the network and needs
an account. Quacky, cvc5 and \`@cloud-copilot/iam-lens\` are not on npm. \`@cedar-policy/cedar-wasm\` decides one request
at a time: Cedar's analysis of two policies needs cvc5 beside it and is not in the package. \`pbac\` decides one request
as well, and Alt-Ergo has no theory of strings.`,
  columns,
  rows: names,
  measure: () => contest(contestQuestions()),
};

export const hardEngines: Section = {
  title: "The same, for pairs that were made to be hard",
  about: `
Each adversarial family of the next table, at size six, so that every contender has a chance.`,
  columns,
  rows: names,
  measure: () => contest(smallHard()),
};
