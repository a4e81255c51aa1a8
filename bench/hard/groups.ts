import { comparePermissions, compareTrust, type Direction } from "../../shared/compare/index.ts";
import { explainTrust } from "../../shared/explain/index.ts";
import { crowdedPairs } from "../adversarial/crowded.ts";
import type { HardQuestion } from "../adversarial/family.ts";
import { hardPermissions, hardTrust } from "../adversarial/index.ts";
import { leading } from "../adversarial/leading.ts";
import { wildPairs } from "../adversarial/random.ts";
import { contestQuestions } from "../questions.ts";
import { quantile } from "../section.ts";

/** What one question costs and whether its answer is one, and the right one. */
type Asked = { readonly ms: number; readonly isDecided: boolean; readonly isWrong: boolean };
type Verdict = Omit<Asked, "ms">;
type Pair = { readonly before: string; readonly after: string } & Partial<HardQuestion>;

function isWrong(direction: Direction<unknown>, truth: boolean | undefined): boolean {
  return (
    truth !== undefined && direction.kind !== "open" && (direction.kind === "proved") !== truth
  );
}

function verdictOf(
  { widens, narrows }: Pair,
  {
    widening,
    narrowing,
  }: { readonly widening: Direction<unknown>; readonly narrowing: Direction<unknown> },
): Verdict {
  return {
    isDecided: widening.kind !== "open" && narrowing.kind !== "open",
    isWrong: isWrong(widening, widens) || isWrong(narrowing, narrows),
  };
}

const trust = (pair: Pair) => (): Verdict =>
  verdictOf(pair, compareTrust({ before: [pair.before], after: [pair.after] }));
const permissions = (pair: Pair) => (): Verdict =>
  verdictOf(pair, comparePermissions({ before: [pair.before], after: [pair.after] }));

const someDay = new Date("2026-11-26T00:00:00Z");
const explained = (text: string) => (): Verdict => {
  const explanation = explainTrust(text, someDay);
  const isDecided = explanation.kind === "explained" && explanation.undecided.length === 0;
  return { isDecided, isWrong: false };
};

const wildCount = 300;
const crowdedCount = 100;

type Group = { readonly name: string; readonly questions: () => readonly (() => Verdict)[] };

const pairs: readonly Group[] = [
  { name: "pairs of the first table", questions: () => contestQuestions().map(trust) },
  { name: "lists of one key", questions: () => hardTrust.lists().map(trust) },
  { name: "chains and counted wildcards", questions: () => hardTrust.chains().map(trust) },
  {
    name: "many keys, typed keys, Denys, principals",
    questions: () => hardTrust.keys().map(trust),
  },
  { name: "values with variables", questions: () => hardTrust.variables().map(trust) },
  { name: "permission policies", questions: () => hardPermissions().map(permissions) },
  {
    name: "random lists of wild patterns",
    questions: () => wildPairs(wildCount, 1).map(trust),
  },
];

/** What is asked about, in the order of the table. */
export const groups: readonly Group[] = [
  ...pairs,
  { name: "all of these pairs", questions: () => pairs.flatMap(({ questions }) => questions()) },
  {
    name: "crowded pairs, which spend what they may",
    questions: () => crowdedPairs(crowdedCount, 1).map(trust),
  },
  { name: "explanations, `org/*` in front", questions: () => leading().map(explained) },
];

/** Once is not enough for the compilers: what few pairs need is made fast only after some. */
const warmUps = 10;

const rounds = 10;

/** What takes longer is asked twice: the first may have met what the machine did else. */
const longMs = 100;

/** The best of some rounds, so that what else the machine does counts least. */
function ask(question: () => Verdict): Asked {
  let ms = Number.POSITIVE_INFINITY;
  for (let round = 1; ; round += 1) {
    const from = performance.now();
    const verdict = question();
    ms = Math.min(ms, performance.now() - from);
    if (round === rounds || (round > 1 && ms > longMs)) return { ms, ...verdict };
  }
}

/** The cells of each group's row. */
export function measureGroups(): readonly (readonly string[])[] {
  // Without a look at the time, so that compilers are warm, as they are for the other contests.
  for (let asked = 0; asked < warmUps; asked += 1)
    for (const { questions } of pairs) for (const question of questions()) question();
  return groups.map(({ questions }) => {
    const asked = questions().map(ask);
    const ms = asked.map((one) => one.ms);
    return [
      String(asked.length),
      String(asked.filter(({ isDecided }) => isDecided).length),
      String(asked.filter((one) => one.isWrong).length),
      ...[0.5, 0.99, 1].map((part) => quantile(ms, part).toFixed(1)),
    ];
  });
}
