import { type Measured, pageLines } from "./section.ts";

const head = `# Performance

What the product costs, beside what one would use instead. \`npm run bench -- --write\` measures all of it on your
machine, in a few minutes, and writes this page. Where a figure depends on the machine, it is given as a ratio: how
many times as long as something else that ran on the same machine in the same minute.
`;

/** docs/performance.md, from what was measured. */
export function pageOf(measured: readonly Measured[]): string {
  const parts = measured.map((one) => {
    const { title, about } = one.section;
    return [`## ${title}`, "", about.trim(), "", ...pageLines(one), ""].join("\n");
  });
  return [head, ...parts].join("\n");
}
