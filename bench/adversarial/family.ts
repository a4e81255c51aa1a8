import type { Question } from "../question.ts";

/** A pair of documents made to be hard, and what is known of it by how it is made. */
export type Pair = {
  readonly before: string;
  readonly after: string;
  readonly widens: boolean;
  readonly narrows: boolean;
};

/** Pairs of one kind, as large as one likes. */
export type Family = {
  readonly title: string;
  readonly pair: (size: number) => Pair;
  /** Sizes above which the pair says nothing new. */
  readonly most?: number;
};

/** A question of the adversarial set, asked both ways. */
export type HardQuestion = Question & { readonly size: number; readonly narrows: boolean };

export const upTo = (size: number): readonly number[] =>
  Array.from({ length: size }, (_, at) => at);

/** The numbers in an order that no list of the other side has. */
export const shuffled = <T>(items: readonly T[]): readonly T[] =>
  items
    .map((item, at) => ({ item, place: (at * 7919 + 31) % 10_007 }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);

export const same = { widens: false, narrows: false };
export const wider = { widens: true, narrows: false };
export const narrower = { widens: false, narrows: true };
export const other = { widens: true, narrows: true };

/** The largest pair of a family whose documents both stay within so many characters. */
function largest(family: Family, limit: number): number {
  let size = 1;
  const fits = (candidate: number): boolean => {
    const { before, after } = family.pair(candidate);
    return before.length <= limit && after.length <= limit;
  };
  const most = family.most ?? 4096;
  for (let step = 1024; step >= 1; step /= 2) {
    while (size + step <= most && fits(size + step)) size += step;
  }
  return size;
}

/** The whole family, half of it and a quarter: the hardest is not always the largest. */
export function questionsOf(family: Family, limit: number): readonly HardQuestion[] {
  const whole = largest(family, limit);
  const sizes = new Set([whole, 60, Math.ceil(whole / 2), Math.ceil(whole / 4), 12]);
  return [...sizes]
    .filter((size) => size <= whole)
    .map((size) => ({ title: `${family.title}, ${size}`, size, ...family.pair(size) }));
}
