import { statSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { pureFolders } from "../vitest.config.ts";
import { imports, repositoryFiles, root, textOf } from "./source-files.ts";

/** Kinds of files that people write and read; everything else is data. */
const written = /\.(ts|cjs|mjs|md|yml|yaml)$/;
const lineLimit = 500;
/** No picture, archive or recording: what the repository holds can be read. */
const byteLimit = 400_000;

const sources = repositoryFiles.filter((path) => /\.(ts|cjs|mjs)$/.test(path));
const documents = repositoryFiles.filter((path) => path.endsWith(".md"));

/** What a check finds: `path: what`, one for each place. */
function findings(
  paths: readonly string[],
  look: (text: string, path: string) => readonly string[],
): readonly string[] {
  return paths.flatMap((path) => look(textOf(path), path).map((what) => `${path}: ${what}`));
}

/** The lines that a pattern matches, by their numbers. */
function linesWith(pattern: RegExp): (text: string) => readonly string[] {
  return (text) =>
    text
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${line.trim()}`] : []));
}

describe("files", () => {
  test(`have at most ${lineLimit} lines: one file, one subject`, () => {
    const long = findings(
      repositoryFiles.filter((path) => written.test(path)),
      (text) => {
        const lines = text.split("\n").length - 1;
        return lines > lineLimit ? [`${lines} lines`] : [];
      },
    );
    expect(long).toEqual([]);
  });

  test("are named after what they hold", () => {
    const vague = /(^|[-/])(utils?|helpers?|managers?|misc|common|stuff)(\.|[-/]|$)/i;
    expect(repositoryFiles.filter((path) => vague.test(path))).toEqual([]);
  });

  test("are not large blobs", () => {
    const large = repositoryFiles.filter(
      (path) => path !== "package-lock.json" && statSync(join(root, path)).size > byteLimit,
    );
    expect(large).toEqual([]);
  });

  test("end with one line break, and no line with blanks or a tab", () => {
    const texts = repositoryFiles.filter((path) => written.test(path));
    expect(findings(texts, linesWith(/\t|[ \u00a0]$/))).toEqual([]);
    expect(
      findings(texts, (text) => (/[^\n]\n$/.test(text) ? [] : ["no single line break at its end"])),
    ).toEqual([]);
  });

  test("hold no path of anybody's machine and no address of a package mirror", () => {
    // Written apart, so that this file does not find itself.
    const paths = ["/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/", "C:" + "\\\\"];
    const pattern = new RegExp(`(^|[\\s"'\`(=])(${paths.join("|")})`);
    expect(findings(repositoryFiles, linesWith(pattern))).toEqual([]);
    const lock = textOf("package-lock.json");
    expect(lock).not.toMatch(/"resolved":/);
  });

  test("hold no credential", () => {
    // AWS's own example keys and those of the sandbox say what they are.
    const keys =
      /\b(AKIA|ASIA)(?!TEST|EXAMPLE|SANDBOX)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/;
    expect(findings(repositoryFiles, linesWith(keys))).toEqual([]);
  });
});

describe("sources", () => {
  test("say where the code is unfinished in an issue, not in a comment", () => {
    const marks = new RegExp(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("\\b|\\b"));
    expect(findings(sources, linesWith(marks))).toEqual([]);
  });

  test("in shared/ print nothing: a report is data, and its reader decides where it goes", () => {
    const shared = sources.filter((path) => path.startsWith("shared/"));
    expect(findings(shared, linesWith(/\bconsole\.|process\.(stdout|stderr)/))).toEqual([]);
  });

  test("do not silence the compiler or the linter without a reason", () => {
    const silenced = new RegExp(
      ["@ts-" + "(ignore|nocheck)", "@ts-" + "expect-error\\s*$", "biome-" + "ignore[^:]*$"].join(
        "|",
      ),
    );
    expect(findings(sources, linesWith(silenced))).toEqual([]);
  });

  test("do not assert types twice to get past the compiler", () => {
    expect(findings(sources, linesWith(/\bas unknown as\b|\bas any\s*[;,)\]}]/))).toEqual([]);
  });

  test("are all in use: imported, run by a script, or found by their name", () => {
    const imported = new Set(imports.filter(({ isOurs }) => isOurs).map(({ to }) => to));
    const scripts = textOf("package.json") + textOf("vitest.config.ts") + textOf("serverless.yml");
    const elsewhere = repositoryFiles
      .filter((path) => /\.(ts|yml|md)$/.test(path))
      .map((path) => ({ path, text: textOf(path) }));
    const dead = sources.filter((path) => {
      if (imported.has(path) || scripts.includes(path) || path.endsWith(".test.ts")) return false;
      if (/^(functions\/[a-z]+|cli\/main|[a-z.]+\.config)\.ts$/.test(path)) return false;
      // The stack reads the whole folder.
      if (path.startsWith("stack/targets/")) return false;
      const name = posix.basename(path);
      return !elsewhere.some((other) => other.path !== path && other.text.includes(name));
    });
    expect(dead).toEqual([]);
  });
});

/** Rooms without a folder of their own in tests/, and the tests that hold them. */
const testedElsewhere: Readonly<Record<string, string>> = {
  callers: "tests/compare/possible.test.ts",
  runs: "tests/scenarios/one-run.test.ts",
  schema: "tests/document/generated.test.ts",
  solve: "tests/compare/properties/",
};

describe("rooms of shared/", () => {
  const isThere = (start: string) => repositoryFiles.some((path) => path.startsWith(start));
  const rooms = new Set(
    repositoryFiles.flatMap((path) => /^shared\/([^/]+)\/.*\.ts$/.exec(path)?.[1] ?? []),
  );

  test("have their tests in a folder of the same name, or it is said where", () => {
    const without = [...rooms].filter((room) => !isThere(`tests/${room}/`));
    expect(without.toSorted()).toEqual(Object.keys(testedElsewhere));
    expect(Object.values(testedElsewhere).filter((path) => !isThere(path))).toEqual([]);
  });

  const rows = textOf("docs/architecture.md").matchAll(/^\| `(\w+)` \| .+ \| `([\w-]+\.ts)` \|$/gm);
  const first = new Map([...rows].map(([, room = "", file]) => [room, `shared/${room}/${file}`]));

  test("have a file to read first, which begins with what the room is for", () => {
    expect([...first.keys()].toSorted()).toEqual([...rooms].toSorted());
    const silent = [...first.values()].filter((path) => !textOf(path).startsWith("/**\n"));
    expect(silent).toEqual([]);
  });

  test("are listed from the ground up: each imports only rooms above it", () => {
    const order = [...first.keys()];
    const roomOf = (path: string) => order.indexOf(path.split("/")[1] ?? "");
    const below = imports
      .filter(({ from, to }) => from.startsWith("shared/") && to.startsWith("shared/"))
      .filter(({ from, to }) => roomOf(from) >= 0 && roomOf(to) > roomOf(from))
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(below).toEqual([]);
  });
});

describe("tests whose files share a worker", () => {
  /** What outlives the file: another module, a variable, a clock, the process itself. */
  const lasting =
    /\bvi\b|\bglobalThis\b|\bprocess\.(chdir|on|once|exitCode|stdout|stderr)\b|\bprocess\.env(\.\w+|\[[^\]]+\]) =[^=]|\bconfigureGlobal\b|\bexpect\.(extend|addSnapshotSerializer)\b/;
  const own = repositoryFiles.filter(
    (path) =>
      pureFolders.some((folder) => path.startsWith(`tests/${folder}/`)) &&
      /(?<!\.deep|\/steps)\.test\.ts$/.test(path),
  );

  test("change nothing that another file would find", () => {
    const reached = new Set(own);
    for (const file of reached) {
      for (const { from, to } of imports) {
        if (from === file && to.startsWith("tests/")) reached.add(to);
      }
    }
    expect(own.length).toBeGreaterThan(0);
    expect(findings([...reached], linesWith(lasting))).toEqual([]);
  });

  test("put a class of the SDK back that they mock, or mock one client", () => {
    const mocking = repositoryFiles.filter((path) => /\bmockClient\([A-Z]/.test(textOf(path)));
    expect(mocking.filter((path) => !textOf(path).includes(".restore()"))).toEqual([]);
  });

  test("say for themselves what comes before each: a module that several import is loaded once", () => {
    const shared = repositoryFiles.filter((path) => /^tests\/.+\/.+(?<!\.test)\.ts$/.test(path));
    expect(findings(shared, linesWith(/^(before|after)(All|Each)\(/))).toEqual([]);
  });
});

/** Exported for a reason that no import shows. */
const exportedFor: Readonly<Record<string, string>> = {
  handler: "Lambda calls it",
  defaultProvider: "the build puts it in the place of the SDK's own",
};

describe("exports", () => {
  const declared =
    /^export (?:async )?(?:function\*?|const|let|type|class|interface) ([A-Za-z_$][\w$]*)/gm;
  const words = new Map(
    sources.map((path) => [path, new Set(withoutComments(textOf(path)).match(/[\w$]+/g))]),
  );
  const isIndex = (path: string) => /^shared\/.*\/index\.ts$/.test(path);

  test("of the product are named in another file: drop the word export from any other", () => {
    const unused = sources
      .filter((path) => /^(shared|cli|functions)\//.test(path))
      .flatMap((path) =>
        [...textOf(path).matchAll(declared)].flatMap(([, name = ""]) => {
          const isUsed = sources.some(
            (other) => other !== path && !isIndex(other) && words.get(other)?.has(name) === true,
          );
          return isUsed || name in exportedFor ? [] : [`${path}: ${name}`];
        }),
      );
    expect(unused).toEqual([]);
  });
});

describe("documents", () => {
  test("have exactly one title, at the top", () => {
    const untitled = findings(documents, (text) => {
      const prose = withoutCode(text);
      const titles = prose.match(/^# .+$/gm) ?? [];
      return titles.length === 1 && prose.trimStart().startsWith("# ")
        ? []
        : [`${titles.length} titles`];
    });
    expect(untitled).toEqual([]);
  });

  test("link to files and headings that are there", () => {
    const files = new Set(repositoryFiles);
    const broken = findings(documents, (text, path) =>
      [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
        if (/^[a-z]+:/.test(link)) return [];
        const [target = "", heading] = link.split("#");
        const file = target === "" ? path : posix.join(posix.dirname(path), target);
        const isThere =
          files.has(file) || repositoryFiles.some((one) => one.startsWith(`${file}/`));
        if (!isThere) return [`no file ${file}`];
        if (heading === undefined || headingsOf(textOf(file)).includes(heading)) return [];
        return [`no heading #${heading} in ${file}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test("name only npm scripts that package.json has", () => {
    const manifest: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
      textOf("package.json"),
    );
    const scripts = new Set(Object.keys(manifest.scripts));
    const unknown = findings(documents, (text) =>
      [...text.matchAll(/\bnpm (?:run ([a-z:-]+)|(start|test)\b)/g)].flatMap(([, named, short]) => {
        const script = named ?? short ?? "";
        return scripts.has(script) ? [] : [`npm run ${script}`];
      }),
    );
    expect(unknown).toEqual([]);
  });

  test("name only files in backticks that are there", () => {
    const files = new Set(repositoryFiles);
    const ours =
      /`((?:functions|shared|config|cli|sandbox|tests|docs|bench|scripts|stack)\/[A-Za-z0-9_./-]+\.[a-z]+)`/g;
    const lost = findings(documents, (text) =>
      [...text.matchAll(ours)].flatMap(([, file = ""]) => (files.has(file) ? [] : [`no ${file}`])),
    );
    expect(lost).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");
}

function withoutCode(text: string): string {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, "").replaceAll(/`[^`\n]*`/g, "code");
}

/** A heading's anchor as Git's web pages make it: lower case, blanks as dashes, no punctuation. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
