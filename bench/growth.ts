import { compareTrust } from "../shared/compare/index.ts";
import { allow, organization, policy, sub, trusts } from "../tests/compare/pairs/vocabulary.ts";
import { type Section, times } from "./section.ts";

type Series = {
  readonly title: string;
  readonly pair: (size: number) => { readonly before: string; readonly after: string };
};

const sizes = [1, 2, 4, 8, 16, 32, 64];
const project = (index: number) =>
  `org/${organization}/project/${String(index).padStart(8, "0")}-0000-4000-8000-000000000000/user/*`;
const upTo = (size: number) => Array.from({ length: size }, (_, index) => index);
const like = (...patterns: readonly string[]) => trusts({ StringLike: { [sub]: patterns } });

const series: readonly Series[] = [
  {
    title: "statements, one project each, in another order",
    pair: (size) => {
      const statements = upTo(size).map((index) =>
        allow({ StringLike: { [sub]: project(index) } }),
      );
      return { before: policy(...statements), after: policy(...[...statements].reverse()) };
    },
  },
  {
    title: "statements that overlap, and one more",
    pair: (size) => {
      const statements = upTo(size).map((index) =>
        allow({ StringLike: { [sub]: `*${index}*` }, StringNotLike: { [sub]: `*x${index}` } }),
      );
      return {
        before: policy(...statements),
        after: policy(...statements, allow({ StringEquals: { [sub]: "new" } })),
      };
    },
  },
  {
    title: "patterns in one list, in another order",
    pair: (size) => ({
      before: like(...upTo(size).map(project)),
      after: like(...upTo(size).map(project).reverse()),
    }),
  },
  {
    title: "patterns *0* … *n*, and *n+1* more",
    pair: (size) => ({
      before: like(...upTo(size).map((index) => `*${index}*`)),
      after: like(...upTo(size + 1).map((index) => `*${index}*`)),
    }),
  },
  {
    title: "*a*a*…: n times, and n+1 times",
    pair: (size) => ({
      before: like(`${"*a".repeat(size)}*`),
      after: like(`${"*a".repeat(size + 1)}*`),
    }),
  },
  {
    title: "*a*a*… and *b*b*…: both, and either",
    pair: (size) => ({
      before: trusts({
        StringLike: {
          [sub]: `${"*a".repeat(size)}*`,
          [sub.toUpperCase()]: `${"*b".repeat(size)}*`,
        },
      }),
      after: like(`${"*a".repeat(size)}*`, `${"*b".repeat(size)}*`),
    }),
  },
  {
    title: "*a?…?: an a n from the end, and not a b there",
    pair: (size) => ({
      before: like(`*a${"?".repeat(size)}`),
      after: trusts({
        StringLike: { [sub]: `*a${"?".repeat(size)}` },
        StringNotLike: { [sub]: `*b${"?".repeat(size)}` },
      }),
    }),
  },
  {
    title: "*a?…?: an a n from the end, and one n+1 from it",
    pair: (size) => ({
      before: like(`*a${"?".repeat(size)}`),
      after: like(`*a${"?".repeat(size + 1)}`),
    }),
  },
  {
    title: "*a?…? of every distance up to n, or none of them",
    pair: (size) => ({
      before: like(...upTo(size).map((distance) => `*a${"?".repeat(distance)}`)),
      after: trusts({
        StringLike: { [sub]: "*b*" },
        StringNotLike: { [sub]: upTo(size).map((distance) => `*a${"?".repeat(distance)}*`) },
      }),
    }),
  },
];

function cellOf({ before, after }: ReturnType<Series["pair"]>, unit: number): string {
  const documents = { before: [before], after: [after] };
  const { widening, narrowing } = compareTrust(documents);
  const open = widening.kind === "open" || narrowing.kind === "open" ? " ?" : "";
  return `${times(bestMs(documents) / unit)}${open}`;
}

/** The best of seven. */
function bestMs(documents: Parameters<typeof compareTrust>[0]): number {
  return Math.min(
    ...upTo(7).map(() => {
      const from = performance.now();
      compareTrust(documents);
      return performance.now() - from;
    }),
  );
}

export const growth: Section = {
  title: "How the engine's cost grows",
  about: `
Multiples of what the engine takes for two statements in another order, which needs a search each way. A \`?\` says that the answer is undecided.`,
  columns: ["pairs of size", ...sizes.map(String)],
  rows: series.map(({ title }) => title),
  measure: async () => {
    const plain = series[0]?.pair(2);
    if (plain === undefined) return [];
    for (const _ of upTo(300)) cellOf(plain, 1);
    const unit = bestMs({ before: [plain.before], after: [plain.after] });
    return series.map(({ pair }) => sizes.map((size) => cellOf(pair(size), unit)));
  },
};
