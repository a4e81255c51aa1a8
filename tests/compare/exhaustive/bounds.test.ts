import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BruteForce } from "./brute-force.ts";
import { allFamilies } from "./families/index.ts";
import type { Family } from "./family.ts";
import { pairsWanted, planOf } from "./pairs.ts";

const page = join(import.meta.dirname, "../../../docs/second-opinion.md");

/** 1234567 as 1,234,567; from a million million on as a power of ten. */
function shown(count: number): string {
  if (count < 1e12) return count.toLocaleString("en-US");
  const power = Math.floor(Math.log10(count));
  return `${(count / 10 ** power).toFixed(1)}·10^${power}`;
}

type Depth = keyof typeof pairsWanted;

const layersOf = (family: Family, depth: Depth) =>
  planOf(family, pairsWanted[depth][family.kind]).layers;

function pairsIn(families: readonly Family[], depth: Depth): number {
  const layers = families.flatMap((family) => layersOf(family, depth));
  return layers.reduce((sum, { checked }) => sum + checked, 0);
}

/** Up to which size there is no pair that is left out; a dash where there is none. */
function completeTo(families: readonly Family[]): string {
  const sizes = families.map((family) => {
    const first = layersOf(family, "deep").findIndex(({ possible, checked }) => checked < possible);
    return first < 0 ? Number.POSITIVE_INFINITY : first - 1;
  });
  return String(Math.max(...sizes)).replace("-1", "–");
}

const names = [...new Set(allFamilies.map(({ name }) => name))];

function rowOf(name: string): string {
  const families = allFamilies.filter((family) => family.name === name);
  const [family] = families;
  if (family === undefined) throw new Error(`there is no family ${name}`);
  const { requestCount, readings } = new BruteForce(family);
  const possible = layersOf(family, "deep").reduce((sum, layer) => sum + layer.possible, 0);
  const cells = [
    name,
    new Set(family.atoms.map(({ operator }) => operator)).size,
    family.atoms.length,
    family.parts.length,
    requestCount,
    readings.length,
    shown(possible),
    shown(pairsIn(families, "usual")),
    shown(pairsIn(families, "deep")),
    completeTo(families),
    `${family.undecided.needless} %`,
  ];
  return `| ${cells.join(" | ")} |`;
}

const heads = [
  "part of the language",
  "operators",
  "conditions",
  "parts",
  "requests",
  "readings",
  "pairs possible",
  "`npm test`",
  "`test:deep`",
  "complete to",
  "open needlessly, at most",
];

function table(): string {
  const total = (depth: Depth): string => shown(pairsIn(allFamilies, depth));
  return [
    `\`npm test\` checks ${total("usual")} pairs, \`npm run test:deep\` ${total("deep")}:`,
    "",
    `| ${heads.join(" | ")} |`,
    `|${heads.map((_, at) => (at === 0 ? "---" : "--:")).join("|")}|`,
    ...names.map(rowOf),
  ].join("\n");
}

describe("the bounds in docs/second-opinion.md", () => {
  test("are those of the pairs that are checked (UPDATE_DOCS=1 writes them again)", () => {
    const text = readFileSync(page, "utf8");
    const fresh = text.replace(
      /(<!-- bounds -->\n).*(<!-- end of bounds -->)/s,
      (_, head: string, foot: string) => `${head}${table()}\n${foot}`,
    );
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, fresh);
    else expect(text).toBe(fresh);
  });

  test("are of ten million pairs and more", () => {
    expect(pairsIn(allFamilies, "deep")).toBeGreaterThan(10_000_000);
  });

  test("leave out no operator", () => {
    const operators = new Set(
      allFamilies.flatMap(({ atoms }) => atoms.map(({ operator }) => operator)),
    );
    expect(everyOperator().filter((operator) => !operators.has(operator))).toEqual([]);
  });
});

/** The operators that IAM documents, in every form. */
function everyOperator(): readonly string[] {
  const relations = [
    "Equals",
    "NotEquals",
    "LessThan",
    "LessThanEquals",
    "GreaterThan",
    "GreaterThanEquals",
  ];
  const bases = [
    ...["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"].map(
      (name) => `String${name}`,
    ),
    ...["Numeric", "Date"].flatMap((type) => relations.map((name) => `${type}${name}`)),
    ...["Bool", "BinaryEquals", "IpAddress", "NotIpAddress"],
    ...["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
  ];
  const forms = bases.flatMap((base) =>
    ["", "ForAnyValue:", "ForAllValues:"].flatMap((prefix) => [
      `${prefix}${base}`,
      `${prefix}${base}IfExists`,
    ]),
  );
  return [...forms, "Null"];
}
