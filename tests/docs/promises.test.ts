import { matchesGlob } from "node:path";
import { describe, expect, test } from "vitest";
import usual from "../../vitest.config.ts";
import deep from "../../vitest.deep.config.ts";
import { imports, repositoryFiles, textOf } from "../source-files.ts";
import { hasTest } from "./named-tests.ts";

type Proof = { readonly title: string; readonly file: string };
type Row = { readonly promise: string; readonly proofs: readonly Proof[] };

const rows: readonly Row[] = [
  ...textOf("docs/promises.md").matchAll(/^\| (?!promise|-)(.+) \| (.*) \|$/gm),
].map(([, promise = "", cell = ""]) => ({
  promise: plain(promise).replace(/^\*Never:\* /, ""),
  proofs: [...cell.matchAll(/\[((?:[^\]\\]|\\.)+)\]\(\.\.\/([^)]+)\)/g)].map(
    ([, title = "", file = ""]) => ({ title, file }),
  ),
}));

/** Text without Markdown's emphasis and links, on one line. */
function plain(text: string): string {
  return text
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .replaceAll("**", "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Sentences of a page: of its paragraphs and lists, and of the tables with these heads. */
function sentencesOf(page: string, heads: readonly string[]): readonly string[] {
  const blocks = page
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .split(/\n{2,}|\n(?=- )/)
    .flatMap((block) => (block.trim().startsWith("|") ? cellsOf(block.trim(), heads) : [block]));
  return blocks
    .map((block) => plain(block.trim().replace(/^- /, "")))
    .filter((block) => block !== "" && !block.startsWith("#"))
    .flatMap((block) => block.split(/(?<=[.!?]"?)\s+(?=[A-Z`])/));
}

function cellsOf(table: string, heads: readonly string[]): readonly string[] {
  if (!heads.some((head) => table.startsWith(`| ${head} |`))) return [];
  return table
    .split("\n")
    .slice(2)
    .map((line) => line.split(" | ")[1]?.replace(/ \|$/, "") ?? "");
}

/** Sentences of README.md that say what is there or where to look, and promise nothing. */
const promiseNothing: readonly string[] = [
  "All they need is an IAM OIDC provider, a role with a trust policy, and a deploy policy.",
  'Set up by hand, these drift: a service is re-created and its ARN changes, someone loosens the trust policy "for a minute", a project is added with `*`.',
  "You need Node 22 or newer and npm.",
  "`npm run check` lints and type-checks, `npm run build` makes the bundles in `dist/`, `npm run bench` measures the comparison.",
  "To change something, read CONTRIBUTING.",
  "The parameter `/oidc-reconciler/environments/production`, as YAML or JSON:",
  "All fields with defaults and limits: reference.",
  "Exactly which jobs a trust entry admits, and what AWS cannot enforce: trust policy.",
  "!The head of the page that report writes",
  "After `npm run build` the command is `node dist/cli.mjs`, or `oidc-reconciler` where the package is installed.",
  "How it is built: architecture, lifecycle, glossary.",
  "Why: decisions.",
  "How the comparison works: engine.",
  "How independent implementations check it: second opinion.",
  "What a run asks of AWS: calls.",
  "What all of it costs: performance.",
  "Security reports: SECURITY.",
  "What changed: CHANGELOG.",
  "MIT",
];

const readme = sentencesOf(textOf("README.md"), ["field", "command", "exit code"]);

/** Files that a script of package.json runs, and what these import. */
function runBy(script: string): ReadonlySet<string> {
  const commands: Readonly<Record<string, string>> = JSON.parse(textOf("package.json")).scripts;
  const found = new Set(repositoryFiles.filter((path) => commands[script]?.includes(path)));
  for (const path of found) {
    for (const { from, to, isOurs } of imports) if (from === path && isOurs) found.add(to);
  }
  return found;
}

const benches = runBy("bench");

function lives({ title, file }: Proof): boolean {
  if (file.startsWith("bench/")) return benches.has(file) && textOf(file).includes(title);
  return hasTest(file, title);
}

describe("docs/promises.md", () => {
  test("has a row for each promise of README.md", () => {
    const page = rows.map(({ promise }) => promise);
    const isKept = (sentence: string) => page.some((promise) => promise.includes(sentence));
    const open = readme.filter((sentence) => !promiseNothing.includes(sentence));
    expect(open.filter((sentence) => !isKept(sentence))).toEqual([]);
  });

  test("leaves out no sentence that README.md no longer says", () => {
    expect(promiseNothing.filter((sentence) => !readme.includes(sentence))).toEqual([]);
  });

  test("names proofs that exist and are run", () => {
    const dead = rows.flatMap(({ promise, proofs }) =>
      proofs.filter((proof) => !lives(proof)).map((proof) => ({ promise, ...proof })),
    );
    expect(dead).toEqual([]);
  });

  test("has a proof in every row", () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter(({ proofs }) => proofs.length === 0)).toEqual([]);
  });

  test("would notice a promise and a proof that is not there", () => {
    expect(sentencesOf("It is kept. It\nnever [sleeps](a.md).\n- **Nor** rests.", [])).toEqual([
      "It is kept.",
      "It never sleeps.",
      "Nor rests.",
    ]);
    expect(lives({ title: "has a proof in every row", file: "tests/docs/promises.test.ts" })).toBe(
      true,
    );
    expect(lives({ title: ["no", "body"].join(""), file: "tests/docs/promises.test.ts" })).toBe(
      false,
    );
    expect(lives({ title: "bench", file: "bench/gone.ts" })).toBe(false);
  });
});

test("every test file is run by npm test, and every deep one by npm run test:deep", () => {
  const projects = (usual.test?.projects ?? []).flatMap((project) =>
    typeof project === "object" && "test" in project && project.test !== undefined
      ? [{ include: project.test.include ?? [], exclude: project.test.exclude ?? [] }]
      : [],
  );
  const isIn = (file: string, globs: readonly string[]) =>
    globs.some((glob) => matchesGlob(file, glob));
  const files = repositoryFiles.filter((path) => /^tests\/.*\.test\.ts$/.test(path));
  expect(files.length).toBeGreaterThan(400);
  for (const file of files) {
    const playedIn = projects.filter(
      ({ include, exclude }) => isIn(file, include) && !isIn(file, exclude),
    );
    expect(playedIn, file).toHaveLength(1);
  }
  // What the first leaves to the second is what the second takes (`tests/tidy.test.ts`).
  expect(deep.test.include).toEqual(["tests/**/*.deep.test.ts"]);
});
