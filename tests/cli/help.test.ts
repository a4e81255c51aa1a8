import { describe, expect, test } from "vitest";
import { commands, runCommand } from "../../cli/command.ts";
import type { Io } from "../../cli/io.ts";

type Said = { readonly code: number; readonly out: string; readonly err: string };

/** No file, no AWS: whoever asks for help must get it without either. */
async function say(args: readonly string[]): Promise<Said> {
  let out = "";
  let err = "";
  const io: Io = {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    stdin: (async function* () {})(),
    readFile: async () => {
      throw new Error("help reads no file");
    },
    environment: { OIDC_SCHEDULE_MINUTES: "not a number" },
    layout: { width: null, colour: false },
  };
  return { code: await runCommand(args, io), out, err };
}

describe.each(commands)("oidc-reconciler $name", ({ name, usage }) => {
  test.each([["--help"], ["-h"], ["FILE", "--help"], ["--json", "-h"]])(
    "%s %s prints its usage on standard output and ends with 0",
    async (...args) => {
      expect(await say([name, ...args])).toEqual({ code: 0, out: usage, err: "" });
    },
  );

  test("says how it is called, and what each exit code means", () => {
    expect(usage).toContain(`oidc-reconciler ${name}`);
    expect(usage).toMatch(/exit/i);
    expect(usage).toMatch(/\b2\b/);
  });

  test("is in the list of all", async () => {
    const { out } = await say(["--help"]);
    expect(out).toContain(`oidc-reconciler ${name} `);
  });
});

describe("oidc-reconciler", () => {
  test.each([["--help"], ["-h"], ["help"]])(
    "%s lists the commands and ends with 0",
    async (arg) => {
      const { code, out, err } = await say([arg]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toMatch(/^oidc-reconciler keeps/);
    },
  );

  test("help plan is plan --help", async () => {
    expect(await say(["help", "plan"])).toEqual(await say(["plan", "--help"]));
  });

  test("trust compare --help prints the usage of trust", async () => {
    const { code, out } = await say(["trust", "compare", "--help"]);
    expect(code).toBe(0);
    expect(out).toContain("trust compare --before");
  });

  test("alone, or with a command that there is not, prints the list on standard error and ends with 2", async () => {
    expect(await say([])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^oidc-reconciler keeps/),
    });
    const { code, out, err } = await say(["plann"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^There is no command "plann"\.\n/);
  });

  test("takes --help behind -- for a name", async () => {
    const { code, out } = await say(["validate", "--", "--help"]);
    expect(code).toBe(2);
    expect(out).toBe("");
  });

  test.each(commands)(
    "$name says where its options are listed when it gets a wrong one",
    async ({ name }) => {
      const { code, out, err } = await say([name, "--nonsense"]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/--help|usage/i);
    },
  );
});
