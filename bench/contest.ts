import type { Answer, Contender, Question } from "./question.ts";

export type Score = {
  readonly name: string;
  readonly right: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly undecided: number;
  readonly medianMs: number;
  readonly worstMs: number;
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
  const missed = answers.filter(({ question, answer }) => question.widens && answer === false);
  const alarms = answers.filter(({ question, answer }) => !question.widens && answer === true);
  const times = answers.map(({ ms }) => ms).sort((one, other) => one - other);
  return {
    name: contender.name,
    right: answers.filter(({ question, answer }) => question.widens === answer).length,
    missed: missed.length,
    falseAlarms: alarms.length,
    undecided: answers.filter(({ answer }) => answer === null).length,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    worstMs: times.at(-1) ?? 0,
    wrong: [...missed, ...alarms].map(({ question }) => question.title),
  };
}
