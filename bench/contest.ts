import { complaintsOf } from "../tests/compare/properties/replay.ts";
import type { Answer, Contender, Question } from "./question.ts";

export type Score = {
  readonly right: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly undecided: number;
  /** Examples that the sandbox's evaluator confirms. */
  readonly examples: number;
  readonly ms: readonly number[];
  /** Titles of the questions that were answered wrongly. */
  readonly wrong: readonly string[];
};

const warmUpMs = 2_000;

/** Two seconds of questions whose time nobody takes: compilers and caches are warm after that. */
async function warmUp(contender: Contender, questions: readonly Question[]): Promise<void> {
  const until = performance.now() + warmUpMs;
  while (performance.now() < until) {
    for (const question of questions) {
      if (performance.now() >= until) return;
      await contender.answer(question);
    }
  }
}

function isConfirmed({ before, after }: Question, { widens, example }: Answer): boolean {
  if (widens !== true || example === undefined || example === null) return false;
  return complaintsOf(example, { allows: after, refuses: before }).length === 0;
}

/** Asks a contender every question, warmed up, and takes the time of each. */
export async function scoreOf(
  contender: Contender,
  questions: readonly Question[],
): Promise<Score> {
  await warmUp(contender, questions);
  const answers: { question: Question; answer: Answer; ms: number }[] = [];
  for (const question of questions) {
    const from = performance.now();
    const answer = await contender.answer(question);
    answers.push({ question, answer, ms: performance.now() - from });
  }
  const is = (said: boolean, truth: boolean) =>
    answers.filter(({ question, answer }) => question.widens === truth && answer.widens === said);
  const missed = is(false, true);
  const alarms = is(true, false);
  return {
    right: is(true, true).length + is(false, false).length,
    missed: missed.length,
    falseAlarms: alarms.length,
    undecided: answers.filter(({ answer }) => answer.widens === null).length,
    examples: answers.filter(({ question, answer }) => isConfirmed(question, answer)).length,
    ms: answers.map(({ ms }) => ms),
    wrong: [...missed, ...alarms].map(({ question }) => question.title),
  };
}
