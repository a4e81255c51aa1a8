import { allow, policy, sub, trusts } from "../../tests/compare/pairs/vocabulary.ts";
import { type Family, narrower, other, same, shuffled, upTo, wider } from "./family.ts";

const like = (...patterns: readonly string[]): string =>
  trusts({ StringLike: { [sub]: patterns } });
const chain = (letters: string, size: number): string =>
  `${[...letters.repeat(size)].map((letter) => `*${letter}`).join("")}*`;
/** Another spelling of the key: the same value is tested once more. */
const spelling = (at: number): string => {
  let place = 0;
  return sub.replace(/[a-z]/g, (letter) => {
    const isOther = (at >> place) % 2 === 1;
    place += 1;
    return isOther ? letter.toUpperCase() : letter;
  });
};
const all = (patterns: readonly string[]): string =>
  trusts({
    StringLike: Object.fromEntries(patterns.map((pattern, at) => [spelling(at), pattern])),
  });
const far = (letter: string, size: number): string => `*${letter}${"?".repeat(size)}`;

/** Patterns whose automata grow when they meet: chains, and wildcards that count. */
export const chains: readonly Family[] = [
  {
    title: "*a*a*… and once more",
    pair: (size) => ({
      before: like(chain("a", size)),
      after: like(chain("a", size + 1)),
      ...narrower,
    }),
  },
  {
    title: "*a*b*a*b*… and *b*a*b*a*…",
    pair: (size) => ({ before: like(chain("ab", size)), after: like(chain("ba", size)), ...other }),
  },
  {
    title: "both *a*a*… and *b*b*…, either of them",
    pair: (size) => ({
      before: all([chain("a", size), chain("b", size)]),
      after: like(chain("a", size), chain("b", size)),
      ...wider,
    }),
  },
  {
    title: "*a*a*…, *b*b*… and *c*c*… together, two of them",
    pair: (size) => ({
      before: all([chain("a", size), chain("b", size), chain("c", size)]),
      after: all([chain("a", size), chain("b", size)]),
      ...wider,
    }),
  },
  {
    title: "*n* of each number at once, in another order",
    pair: (size) => {
      const patterns = upTo(size).map((at) => `*<${at}>*`);
      return { before: all(patterns), after: all(shuffled(patterns)), ...same };
    },
  },
  {
    title: "*n* of each number at once, all but one",
    pair: (size) => {
      const patterns = upTo(size).map((at) => `*<${at}>*`);
      return { before: all(patterns), after: all(shuffled(patterns.slice(1))), ...wider };
    },
  },
  {
    title: "an a so far from the end, and not a b there",
    pair: (size) => ({
      before: like(far("a", size)),
      after: trusts({
        StringLike: { [sub]: far("a", size) },
        StringNotLike: { [sub]: far("b", size) },
      }),
      ...same,
    }),
  },
  {
    title: "an a so far from the end, and one farther",
    pair: (size) => ({ before: like(far("a", size)), after: like(far("a", size + 1)), ...other }),
  },
  {
    title: "an a so far from the end, and a b somewhat nearer as well",
    pair: (size) => ({
      before: like(far("a", size)),
      after: all([far("a", size), far("b", size - Math.ceil(size / 3))]),
      ...narrower,
    }),
  },
  {
    title: "an a at every distance, or at none",
    most: 64,
    pair: (size) => ({
      before: like(...upTo(size).map((distance) => far("a", distance))),
      after: trusts({
        StringLike: { [sub]: "*b*" },
        StringNotLike: { [sub]: upTo(size).map((distance) => `${far("a", distance)}*`) },
      }),
      ...other,
    }),
  },
  {
    title: "*a?*a?*…, and *a*a*…",
    pair: (size) => ({
      before: like(`${"*a".repeat(size)}*`),
      after: like(`${"*a?".repeat(size)}*`),
      ...narrower,
    }),
  },
  {
    title: "*ab?…?c* in the middle, and the same pinned",
    pair: (size) => ({
      before: like(`*ab${"?".repeat(size)}c*`),
      after: like(`*ab${"?".repeat(size - 1)}dc*`),
      ...narrower,
    }),
  },
  {
    title: "statements that overlap, and a text that none has",
    pair: (size) => {
      const statements = upTo(size).map((at) =>
        allow({ StringLike: { [sub]: `*${at}*` }, StringNotLike: { [sub]: `*x${at}` } }),
      );
      const before = policy(...statements);
      return {
        before,
        after: policy(...statements, allow({ StringEquals: { [sub]: "new" } })),
        ...wider,
      };
    },
  },
  {
    title: "statements that overlap, in another order",
    pair: (size) => {
      const statements = upTo(size).map((at) =>
        allow({ StringLike: { [sub]: `*${at}*` }, StringNotLike: { [sub]: `*x${at}` } }),
      );
      return { before: policy(...statements), after: policy(...shuffled(statements)), ...same };
    },
  },
];
