import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Act, told } from "../../story/act.ts";
import { columns, type Page, pageOn } from "../../story/page.ts";
import { acts, tell } from "../../story/tell.ts";

const main = fileURLToPath(new URL("../../story/main.ts", import.meta.url));

type Ended = { readonly code: number | string; readonly text: string; readonly errors: string };

/** Runs the story as `npm start` does, its output going to no terminal. */
function start(variables: Readonly<Record<string, string>>): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: "", FORCE_COLOR: "", ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [main], { env }, (error, text, errors) => {
      resolve({ code: error === null ? 0 : (error.code ?? "killed"), text, errors });
    });
  });
}

const escapeCharacter = "\u001b";

describe("the story as it is told by npm start", () => {
  let plain: Ended;
  let coloured: Ended;

  beforeAll(async () => {
    [plain, coloured] = await Promise.all([start({}), start({ FORCE_COLOR: "1" })]);
  }, 60_000);

  test("ends well, and says nothing beside", () => {
    expect(plain.errors).toBe("");
    expect(plain.code).toBe(0);
    expect(plain.text).toContain(`All ${acts.length} acts came out as told`);
  });

  test("plays every act in its order", () => {
    const titles = [...plain.text.matchAll(/^── (\d+)\. (.+?) ─*$/gm)].map(([, , title]) => title);
    expect(titles).toEqual(acts.map(({ title }) => title));
  });

  test("fits 80 columns", () => {
    const wide = plain.text.split("\n").filter((row) => [...row].length > columns);
    expect(wide).toEqual([]);
  });

  test("has no colour where it is not read on a terminal, and colour where that is forced", () => {
    expect(plain.text).not.toContain(escapeCharacter);
    expect(coloured.code).toBe(0);
    expect(coloured.text).toContain(`${escapeCharacter}[32m`);
  });

  test("ticks every promise off, none of them broken", () => {
    expect(plain.text.match(/^ {2}✓ /gm)?.length ?? 0).toBeGreaterThan(40);
    expect(plain.text).not.toMatch(/^ {2}✗ /m);
  });
});

function pageInto(rows: string[]): Page {
  return pageOn((text) => rows.push(text), false);
}

describe("a story that does not come out as told", () => {
  const good: Act = {
    title: "All is well",
    play: async (_, page) => told(page, "one is one", true),
  };
  const broken: Act = {
    title: "It is not",
    play: async (_, page) => told(page, "one is two", false, { one: 1 }),
  };
  const never: Act = {
    title: "Never played",
    play: async (_, page) => page.say("nobody reads this"),
  };

  test("ends with 1 at the act that broke, and says what was found instead", async () => {
    const rows: string[] = [];
    const code = await tell(pageInto(rows), { keep: false, acts: [good, broken, never] });
    const text = rows.join("");
    expect(code).toBe(1);
    expect(text).toContain("✓ one is one");
    expect(text).toContain("✗ not as told: one is two");
    expect(text).toContain('"one": 1');
    expect(text).toContain("Act 2 did not come out as told.");
    expect(text).not.toContain("nobody reads this");
  });

  test("ends with 1 where an act throws", async () => {
    const rows: string[] = [];
    const throws: Act = { title: "A bug", play: () => Promise.reject(new Error("what a bug")) };
    expect(await tell(pageInto(rows), { keep: false, acts: [throws] })).toBe(1);
    expect(rows.join("")).toContain("what a bug");
  });
});
