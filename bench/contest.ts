import type { Answer, Contender, Question } from "./question.ts";

export type Score = {
  readonly name: string;
  readonly right: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly undecided: number;
  readonly medianMs: number;
  readonly worstMs: number;
  /** Titles of what was answered wrongly, for whoever wants to know. */
  readonly wrong: readonly string[];
};

/** Asks a contender every question, after a few to warm up, and takes the time of each. */
export async function scoreOf(
  contender: Contender,
  questions: readonly Question[],
): Promise<Score> {
  for (const question of questions.slice(0, 30)) await contender.answer(question);
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
