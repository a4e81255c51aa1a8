import { compareTrust } from "../shared/compare/index.ts";
import { allow, organization, policy, sub, trusts } from "../tests/compare/pairs/vocabulary.ts";

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

/** How the engine's cost grows: one line for each series, one column for each size. */
export function growthLines(): readonly string[] {
  const head = ["ms at size".padEnd(52), ...sizes.map((size) => String(size).padStart(9))].join("");
  const lines = series.map(({ title, pair }) => {
    const cells = sizes.map((size) => {
      const { before, after } = pair(size);
      const documents = { before: [before], after: [after] };
      const times = upTo(3).map(() => {
        const from = performance.now();
        compareTrust(documents);
        return performance.now() - from;
      });
      const { widening, narrowing } = compareTrust(documents);
      const open = widening.kind === "open" || narrowing.kind === "open" ? "?" : " ";
      return `${Math.min(...times).toFixed(2)}${open}`.padStart(9);
    });
    return [title.padEnd(52), ...cells].join("");
  });
  return [head, ...lines, "(? = undecided: the budget was spent)"];
}
