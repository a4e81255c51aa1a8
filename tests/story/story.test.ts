import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Act } from "../../story/act.ts";
import { check } from "../../story/check.ts";
import { type Page, pageOn } from "../../story/page.ts";
import { acts, playStory } from "../../story/story.ts";

const main = fileURLToPath(new URL("../../story/main.ts", import.meta.url));

type Ended = { readonly code: number | string; readonly text: string; readonly errors: string };

/** Runs the story as `npm start` does, with its output in a pipe, where nothing knows of an account of AWS. */
function start(variables: Readonly<Record<string, string>>): Promise<Ended> {
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: "/nowhere", ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [main], { env }, (error, text, errors) => {
      resolve({ code: error === null ? 0 : (error.code ?? "killed"), text, errors });
    });
  });
}

/** The same with `--keep`, until the account has answered that it is still there, or not. */
function startKept(variables: Readonly<Record<string, string>>): Promise<Ended & { kept: string }> {
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: "/nowhere", ...variables };
  return new Promise((resolve) => {
    let kept = "not asked";
    const child = execFile(process.execPath, [main, "--keep"], { env }, (error, text, errors) => {
      resolve({ code: error === null ? 0 : (error.code ?? "killed"), text, errors, kept });
    });
    child.stdout?.on("data", (text: string) => {
      const [, endpoint] = /AWS_ENDPOINT_URL=(http[\w.:/]+)/.exec(text) ?? [];
      if (endpoint === undefined) return;
      fetch(endpoint)
        .then(
          () => "answers",
          (thrown: unknown) => String(thrown),
        )
        .then((said) => {
          kept = said;
          child.kill();
        });
    });
  });
}

const escapeCharacter = "\u001b";

describe("the story that npm start plays", () => {
  let plain: Ended;
  let coloured: Awaited<ReturnType<typeof startKept>>;

  beforeAll(async () => {
    [plain, coloured] = await Promise.all([start({}), startKept({ FORCE_COLOR: "1" })]);
  }, 60_000);

  test("ends well without an account or credentials, and writes nothing to standard error", () => {
    expect(plain.errors).toBe("");
    expect(plain.code).toBe(0);
    expect(plain.text).toContain(`All ${acts.length} acts went as announced`);
  });

  test("plays every act in its order", () => {
    const titles = [...plain.text.matchAll(/^── (\d+)\. (.+?) ─*$/gm)].map(([, , title]) => title);
    expect(titles).toEqual(acts.map(({ title }) => title));
  });

  test("fits 80 columns in a pipe", () => {
    const wide = plain.text.split("\n").filter((row) => [...row].length > 80);
    expect(wide).toEqual([]);
  });

  test("has colour only on a terminal, or where FORCE_COLOR asks for it", () => {
    expect(plain.text).not.toContain(escapeCharacter);
    expect(coloured.code).toBe(0);
    expect(coloured.text).toContain(`${escapeCharacter}[32m`);
  });

  test("leaves the account running with --keep", () => {
    expect(coloured.kept).toBe("answers");
  });

  test("passes every check that it shows", () => {
    expect(plain.text.match(/^ {2}✓ /gm)?.length ?? 0).toBeGreaterThan(40);
    expect(plain.text).not.toMatch(/^ {2}✗ /m);
  });
});

function pageInto(rows: string[], width: number | null = null): Page {
  return pageOn((text) => rows.push(text), { width, colour: false });
}

describe("the width of a page", () => {
  const text = "a sentence that is longer than any page is wide, ".repeat(5);

  test.each([
    { terminal: "a narrow terminal", width: 20, columns: 60 },
    { terminal: "a terminal of 100 columns", width: 100, columns: 100 },
    { terminal: "a wide terminal", width: 300, columns: 120 },
    { terminal: "a pipe", width: null, columns: 80 },
  ])("is $columns columns on $terminal", ({ width, columns }) => {
    const rows: string[] = [];
    const page = pageInto(rows, width);
    page.act(1, "A title");
    page.say(text);
    page.quote(text);
    page.passed(text);
    const lengths = rows
      .join("")
      .split("\n")
      .map((row) => [...row].length);
    expect(Math.max(...lengths)).toBe(columns);
  });
});

describe("a story that differs from what it announced", () => {
  const good: Act = {
    title: "All is well",
    play: async (_, page) => check(page, "one is one", true),
  };
  const broken: Act = {
    title: "It is not",
    play: async (_, page) => check(page, "one is two", false, { one: 1 }),
  };
  const never: Act = {
    title: "Never played",
    play: async (_, page) => page.say("nobody reads this"),
  };

  test("ends with 1 at the first failed check, and says what was found instead", async () => {
    const rows: string[] = [];
    const code = await playStory(pageInto(rows), { keep: false, acts: [good, broken, never] });
    const text = rows.join("");
    expect(code).toBe(1);
    expect(text).toContain("✓ one is one");
    expect(text).toContain("✗ not as announced: one is two");
    expect(text).toContain('"one": 1');
    expect(text).toContain("Act 2 did not go as announced.");
    expect(text).not.toContain("nobody reads this");
  });

  test("ends with 1 if an act throws", async () => {
    const rows: string[] = [];
    const throws: Act = { title: "A bug", play: () => Promise.reject(new Error("what a bug")) };
    expect(await playStory(pageInto(rows), { keep: false, acts: [throws] })).toBe(1);
    expect(rows.join("")).toContain("what a bug");
  });
});
