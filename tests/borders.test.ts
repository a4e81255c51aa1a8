import { describe, expect, test } from "vitest";
import { type Import, imports, importsIn, repositoryFiles, textOf } from "./source-files.ts";

/** The part of the repository that a file belongs to: `shared/plan`, `shared/settings.ts`, `cli`. */
function partOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return top === "shared" ? `${top}/${second}` : top;
}

/** What all deciding rooms may import. */
const deciding = [
  "shared/aws",
  "shared/schema",
  "shared/targets",
  "shared/issuers",
  "shared/circleci",
  "shared/callers",
  "shared/policy",
  "shared/solve",
  "shared/compare",
  "shared/explain",
  "shared/document",
  "shared/wake",
  "shared/trust",
  "shared/plan",
  "shared/report",
];

/**
 * Which parts of `shared/` each part may import. A part that is not listed has no place in the
 * order yet: add it here, with what it imports.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "shared/aws": [],
  "shared/schema": [],
  "shared/language": [],
  "shared/issuers": ["shared/language"],
  "shared/trail": ["shared/language"],
  "shared/circleci": ["shared/aws", "shared/language", "shared/issuers"],
  "shared/policy": ["shared/aws", "shared/language", "shared/issuers"],
  "shared/callers": [
    "shared/aws",
    "shared/language",
    "shared/policy",
    "shared/issuers",
    "shared/circleci",
  ],
  "shared/solve": ["shared/language", "shared/policy"],
  "shared/compare": [
    "shared/aws",
    "shared/language",
    "shared/policy",
    "shared/solve",
    "shared/circleci",
    "shared/callers",
  ],
  "shared/explain": [
    "shared/aws",
    "shared/language",
    "shared/policy",
    "shared/solve",
    "shared/compare",
    "shared/issuers",
    "shared/circleci",
  ],
  "shared/targets": ["shared/aws", "shared/schema", "shared/policy"],
  "shared/document": ["shared/schema", "shared/language", "shared/targets"],
  "shared/wake": ["shared/aws", "shared/targets", "shared/document"],
  "shared/trust": ["shared/aws", "shared/circleci", "shared/targets", "shared/document"],
  "shared/plan": [
    "shared/aws",
    "shared/targets",
    "shared/policy",
    "shared/compare",
    "shared/document",
    "shared/trust",
  ],
  "shared/report": [
    "shared/language",
    "shared/aws",
    "shared/targets",
    "shared/compare",
    "shared/document",
    "shared/trust",
    "shared/wake",
    "shared/plan",
  ],
  "shared/pipeline": [
    "shared/language",
    "shared/aws",
    "shared/targets",
    "shared/document",
    "shared/trust",
    "shared/report",
  ],
  "shared/takeover": deciding,
  "shared/versions": deciding,
  "shared/audit": [...deciding, "shared/language"],
  "shared/diagnose": [...deciding, "shared/language", "shared/trail"],
  "shared/replay": [...deciding, "shared/language", "shared/trail", "shared/diagnose"],
  "shared/page": [
    ...deciding,
    "shared/language",
    "shared/versions",
    "shared/projects",
    "shared/audit",
  ],
  "shared/drill": ["shared/document", "shared/plan"],
  "shared/projects": ["shared/explain", "shared/document"],
  "shared/edge": [
    ...deciding,
    "shared/language",
    "shared/projects",
    "shared/takeover",
    "shared/audit",
    "shared/diagnose",
    "shared/trail",
  ],
};

/** Single files that every part may import; they import nothing of ours. */
const foundations = ["shared/json.ts", "shared/codes.ts"];

/** The parts that join deciding code and edge: the three runs, the loop, and the settings. */
function isJoin(part: string): boolean {
  return part === "shared/runs" || part === "shared/loop" || part.endsWith(".ts");
}

/** A kind's folder, `shared/targets/KIND` or the reader beside it, whose name is the folder's. */
function kindOf(path: string): string | null {
  return (
    /^shared\/targets\/([^/]+)\//.exec(path)?.[1] ??
    /^shared\/edge\/targets\/(?!readers?\.|offers\.)([^/]+)\.ts$/.exec(path)?.[1] ??
    null
  );
}

const shipped = ["functions", "cli", "shared"];

function isShipped(path: string): boolean {
  return shipped.includes(path.split("/")[0] ?? "");
}

function packageOf(specifier: string): string {
  const [scope = "", name = ""] = specifier.split("/");
  return specifier.startsWith("@") ? `${scope}/${name}` : scope;
}

type Rule = {
  readonly rule: string;
  readonly reason: string;
  readonly breaks: (one: Import) => boolean;
};

const rules: readonly Rule[] = [
  {
    rule: "shared/ imports nothing from outside it",
    reason: "The product must run from a function, a command or a test without knowing which.",
    breaks: ({ from, to, isOurs }) =>
      isOurs && from.startsWith("shared/") && !to.startsWith("shared/"),
  },
  {
    rule: "inside shared/, imports point one way",
    reason:
      "A reader understands a part from what it imports. And deciding code must never call AWS: the edge takes its types from it, never the reverse.",
    breaks: ({ from, to, isOurs }) => {
      const [part, other] = [partOf(from), partOf(to)];
      if (!isOurs || !from.startsWith("shared/") || !to.startsWith("shared/")) return false;
      if (foundations.includes(part)) return true;
      if (foundations.includes(other)) return false;
      return part !== other && !isJoin(part) && mayImport[part]?.includes(other) !== true;
    },
  },
  {
    rule: "in shared/compare, only the examples know CircleCI",
    reason:
      "What an issuer's tokens tie together is part of the caller's situation: the comparison holds for every issuer.",
    breaks: ({ from, to }) =>
      from.startsWith("shared/compare/") &&
      !from.startsWith("shared/compare/examples/") &&
      to.startsWith("shared/circleci/"),
  },
  {
    rule: "a kind of deploy target is imported by its own files and the lists of kinds only",
    reason:
      "Adding or removing a kind is a folder, a reader and a line in each list; whatever names a kind elsewhere is one more place to know of.",
    breaks: ({ from, to, isOurs }) => {
      const kind = kindOf(to);
      if (!isOurs || kind === null || !isShipped(from)) return false;
      const lists = [
        "shared/targets/kinds.ts",
        "shared/edge/targets/readers.ts",
        "shared/edge/targets/offers.ts",
      ];
      return kindOf(from) !== kind && !lists.includes(from);
    },
  },
  {
    rule: "functions/ imports shared/ only",
    reason: "An entry point reads the environment, builds the edge and hands over.",
    breaks: ({ from, to, isOurs }) =>
      // The page names the version that made it, which is in package.json.
      isOurs && from.startsWith("functions/") && !/^((functions|shared)\/|package\.json$)/.test(to),
  },
  {
    rule: "cli/ imports shared/ only",
    reason: "A command is the same run with other arguments, and must not ship the sandbox.",
    breaks: ({ from, to, isOurs }) =>
      // Its version is in package.json.
      isOurs && from.startsWith("cli/") && !/^((cli|shared)\/|package\.json$)/.test(to),
  },
  {
    rule: "sandbox/ imports nothing of the product",
    reason:
      "It is the second opinion on what a policy admits and on what AWS answers; code in common would share its mistakes.",
    breaks: ({ from, to, isOurs }) =>
      isOurs && from.startsWith("sandbox/") && !to.startsWith("sandbox/"),
  },
  {
    rule: "the product imports nothing from tests/, bench/, scripts/, story/ or sandbox/",
    reason: "What is deployed must not depend on what is not.",
    breaks: ({ from, to, isOurs }) =>
      isOurs && isShipped(from) && /^(tests|bench|scripts|story|sandbox)\//.test(to),
  },
  {
    rule: "nothing but tests/ imports from tests/",
    reason: "A test may lean on anything; nothing may lean on a test.",
    breaks: ({ from, to, isOurs }) => isOurs && to.startsWith("tests/") && !isTest(from),
  },
  {
    rule: "AWS clients are in shared/edge only",
    reason: "What decides can be tested without AWS, and errors are sorted in one place.",
    breaks: ({ from, to }) =>
      /^@(aws-sdk|smithy)\//.test(to) && isShipped(from) && partOf(from) !== "shared/edge",
  },
  {
    rule: "Lambda's own libraries are in functions/ only",
    reason: "The command runs the same loop and has no invocation.",
    breaks: ({ from, to }) =>
      /^(@middy|@aws-lambda-powertools|aws-lambda)(\/|$)/.test(to) &&
      isShipped(from) &&
      !from.startsWith("functions/"),
  },
  {
    rule: "shared/ outside the edge reads no file, no network and no process",
    reason: "The same input must give the same answer, on any machine and on any day.",
    breaks: ({ from, to }) =>
      from.startsWith("shared/") &&
      partOf(from) !== "shared/edge" &&
      to.startsWith("node:") &&
      to !== "node:crypto" &&
      // Packing a text gives the same bytes wherever it runs.
      to !== "node:zlib",
  },
  {
    rule: "the AGPL-licensed simulator is imported in tests/ and bench/ only",
    reason: "Its licence would reach whatever ships with it.",
    breaks: ({ from, to }) => to.startsWith("@cloud-copilot/") && !/^(tests|bench)\//.test(from),
  },
  {
    rule: "zod is imported as zod/mini",
    reason: "The full entry point adds 400 KB to every bundle, and every kilobyte is cold start.",
    breaks: ({ from, to }) => to === "zod" && isShipped(from),
  },
  {
    rule: "YAML is read in shared/document and written in shared/pipeline/yaml.ts only",
    reason:
      "It is hostile input, and one place knows how to refuse it; and one knows how to quote what strangers named.",
    breaks: ({ from, to }) =>
      to === "yaml" &&
      isShipped(from) &&
      partOf(from) !== "shared/document" &&
      from !== "shared/pipeline/yaml.ts",
  },
  {
    rule: "what ships imports declared dependencies only",
    reason: "A package that happens to be there may be gone with the next update of another.",
    breaks: ({ from, to, isOurs }) => {
      if (isOurs || !isShipped(from) || to.startsWith("node:")) return false;
      return !dependencies.has(packageOf(to)) && !typePackages.has(`@types/${packageOf(to)}`);
    },
  },
];

function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.startsWith("bench/");
}

const manifest: {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
} = JSON.parse(textOf("package.json"));
const dependencies = new Set(Object.keys(manifest.dependencies));
const typePackages = new Set(Object.keys(manifest.devDependencies));

describe("the borders inside the repository", () => {
  test.each(rules)("$rule", ({ reason, breaks }) => {
    const broken = imports.filter(breaks).map(({ from, to }) => `${from} imports ${to}`);
    expect(broken, reason).toEqual([]);
  });

  test("shared/ outside the edge has no clock, no chance and no environment of its own", () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|\bperformance\.now\(|\bprocess\.|\bset(Timeout|Interval)\(/;
    const broken = repositoryFiles
      .filter((path) => /^shared\/.*\.ts$/.test(path) && partOf(path) !== "shared/edge")
      .filter((path) => forbidden.test(withoutComments(textOf(path))));
    expect(broken, "Time and chance are arguments, so that a run can be played again.").toEqual([]);
  });
});

/**
 * How code would branch on text that is written for people: a message, a title, a detail, the place
 * of a finding; or on part of a code or an operator's name, which are parsed once into data.
 */
const onProse = [
  /\b(?:message|title|detail|sentence|where|operator|code)\)?\??\.(?:includes|startsWith|endsWith|match|matchAll|search)\(/,
  /\.(?:test|exec)\(\s*(?:[\w?.]+\.)?(?:message|title|detail|sentence|where|operator|code)\b/,
  /\b(?:message|title|detail|sentence)\s*[!=]==(?!\s*(?:null\b|undefined\b|""))/,
  /[!=]==\s*[\w.]+\.(?:message|title|detail|sentence)\b/,
  /switch \((?:[\w.]+\.)?(?:message|title|detail|sentence)\b/,
];

/** Files that may, each with its reason. */
const mayReadProse: Readonly<Record<string, string>> = {
  "cli/aws-failure.ts":
    "AWS's and the SDK's own text: only it names the missing action, and a login that ended",
  "shared/edge/faults.ts": "AWS's own text: of some errors only the message says which quota it is",
  "shared/diagnose/sts-answer.ts": "STS's own text, as CloudTrail's record or a job's log has it",
  "shared/loop/journal.ts": "an alert is noted once if people would read the same title twice",
  "shared/report/interrupted.ts": "an alert is not repeated if people have read its title already",
  "shared/report/alerts-state.ts":
    "the status keeps a condition's message alone: where it changed, what it reports changed",
};

describe("code never branches on its own prose", () => {
  const reads = (text: string) =>
    withoutComments(text)
      .split("\n")
      .filter((line) => onProse.some((pattern) => pattern.test(line)))
      .map((line) => line.trim());

  test("in shared/, functions/ and cli/", () => {
    const broken = repositoryFiles
      .filter((path) => isShipped(path) && path.endsWith(".ts") && !(path in mayReadProse))
      .flatMap((path) => reads(textOf(path)).map((line) => `${path}: ${line}`));
    const reason = "A better word in a message must change nothing but the message: compare data.";
    expect(broken, reason).toEqual([]);
  });

  test.each(Object.entries(mayReadProse))("%s still has to: %s", (path) => {
    expect(reads(textOf(path))).not.toEqual([]);
  });

  test.each([
    ['if (error.message.includes("heartbeat")) return;', true],
    ["if (/DateLessThan/.test(asked.operator)) return;", true],
    ['if (fault?.code.startsWith("Entity")) return;', true],
    ["if (title === alert.title) return;", true],
    ['if (finding.code === "nobody") return;', false],
    ['const rest = message === "" ? [] : [message];', false],
    ["if (message !== null) issues.push({ message });", false],
  ])("the check sees %s: %s", (line, isBroken) => {
    expect(reads(line).length > 0).toBe(isBroken);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

describe("the check itself", () => {
  test("sees every way to import", () => {
    const text = [
      'import a from "./a.ts";',
      'import { b, type C } from "../b.ts";',
      'import type { D } from "@aws-sdk/client-iam";',
      'import {\n  long,\n  longer,\n} from "./long.ts";',
      'export { e } from "./e.ts";',
      'import "./f.ts";',
      'const g = await import("./g.ts");',
      'const text = "from nowhere";',
    ].join("\n");
    expect(
      importsIn("shared/plan/x.ts", text)
        .map(({ to }) => to)
        .toSorted(),
    ).toEqual([
      "@aws-sdk/client-iam",
      "shared/b.ts",
      "shared/plan/a.ts",
      "shared/plan/e.ts",
      "shared/plan/f.ts",
      "shared/plan/g.ts",
      "shared/plan/long.ts",
    ]);
  });

  test.each<[string, string, string, boolean]>([
    ["shared/ imports nothing from outside it", "shared/plan/x.ts", "sandbox/index.ts", true],
    ["inside shared/, imports point one way", "shared/plan/x.ts", "shared/edge/iam.ts", true],
    ["inside shared/, imports point one way", "shared/new/x.ts", "shared/plan/y.ts", true],
    ["inside shared/, imports point one way", "shared/plan/x.ts", "shared/trust/y.ts", false],
    ["inside shared/, imports point one way", "shared/plan/x.ts", "shared/json.ts", false],
    ["inside shared/, imports point one way", "shared/json.ts", "shared/trust/y.ts", true],
    [
      "inside shared/, imports point one way",
      "shared/runs/reconcile.ts",
      "shared/edge/iam.ts",
      false,
    ],
    [
      "in shared/compare, only the examples know CircleCI",
      "shared/compare/tied.ts",
      "shared/circleci/tokens.ts",
      true,
    ],
    [
      "in shared/compare, only the examples know CircleCI",
      "shared/compare/examples/token.ts",
      "shared/circleci/tokens.ts",
      false,
    ],
    ["sandbox/ imports nothing of the product", "sandbox/iam/x.ts", "shared/plan/y.ts", true],
    ["sandbox/ imports nothing of the product", "sandbox/iam/x.ts", "sandbox/sts/y.ts", false],
    ["functions/ imports shared/ only", "functions/x.ts", "sandbox/index.ts", true],
  ])("%s: from %s to %s", (name, from, to, broken) => {
    const rule = rules.find((one) => one.rule === name);
    expect(rule?.breaks({ from, to, isOurs: true })).toBe(broken);
  });

  test("looks at this repository", () => {
    expect(imports.length).toBeGreaterThan(100);
  });
});
