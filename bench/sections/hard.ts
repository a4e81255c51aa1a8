import { comparePermissions, compareTrust, type Direction } from "../../shared/compare/index.ts";
import type { HardQuestion } from "../adversarial/family.ts";
import { hardPermissions, hardTrust } from "../adversarial/index.ts";
import { wildPairs } from "../adversarial/random.ts";
import { quantile, type Section } from "../section.ts";

type Comparison = { readonly widening: Direction<unknown>; readonly narrowing: Direction<unknown> };
type Asked = { readonly ms: number; readonly isDecided: boolean; readonly isWrong: boolean };
type Pair = { readonly before: string; readonly after: string } & Partial<HardQuestion>;

const trust = ({ before, after }: Pair): Comparison =>
  compareTrust({ before: [before], after: [after] });
const permissions = ({ before, after }: Pair): Comparison =>
  comparePermissions({ before: [before], after: [after] });

const wildCount = 300;
const rounds = 2;

const groups: readonly {
  readonly name: string;
  readonly pairs: () => readonly Pair[];
  readonly compare: (pair: Pair) => Comparison;
}[] = [
  { name: "lists of one key", pairs: hardTrust.lists, compare: trust },
  { name: "chains and counted wildcards", pairs: hardTrust.chains, compare: trust },
  { name: "many keys, typed keys, Denys, principals", pairs: hardTrust.keys, compare: trust },
  { name: "permission policies", pairs: hardPermissions, compare: permissions },
  { name: "random lists of wild patterns", pairs: () => wildPairs(wildCount, 1), compare: trust },
];

function isWrong(direction: Direction<unknown>, truth: boolean | undefined): boolean {
  return (
    truth !== undefined && direction.kind !== "open" && (direction.kind === "proved") !== truth
  );
}

/** The best of some rounds, so that what else the machine does counts least. */
function ask(pair: Pair, compare: (pair: Pair) => Comparison): Asked {
  let ms = Number.POSITIVE_INFINITY;
  let answer = compare(pair);
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    answer = compare(pair);
    ms = Math.min(ms, performance.now() - from);
  }
  const { widening, narrowing } = answer;
  return {
    ms,
    isDecided: widening.kind !== "open" && narrowing.kind !== "open",
    isWrong: isWrong(widening, pair.widens) || isWrong(narrowing, pair.narrows),
  };
}

export const hard: Section = {
  title: "Policies made to slow the engine down",
  about: `
Who may edit a document may try to hold up the loop with it. So here are policies of up to 8,192 characters (IAM takes
4,096 of a trust policy) and of 6,144 and 10,240 (permissions), of some sixty families: lists of hundreds of patterns
against the same in another order, chains like \`*a*b*a*b*…\`, an *a* so far from the end, products of keys, a Deny each,
address blocks, dates, and random lists that are mostly wildcards. The answer of all but the random ones is known. Times are
milliseconds, best of two, on two cores that were shared with some fifteen other processes; that everything is decided
does not, since a search is limited in steps and not in time.`,
  columns: ["pairs", "asked", "decided", "wrong", "p50 ms", "p99 ms", "worst ms"],
  rows: groups.map(({ name }) => name),
  measure: async () =>
    groups.map(({ pairs, compare }) => {
      const asked = pairs().map((pair) => ask(pair, compare));
      const ms = asked.map((one) => one.ms);
      return [
        String(asked.length),
        String(asked.filter(({ isDecided }) => isDecided).length),
        String(asked.filter((one) => one.isWrong).length),
        ...[0.5, 0.99, 1].map((part) => quantile(ms, part).toFixed(1)),
      ];
    }),
};
