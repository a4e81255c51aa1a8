import { describe, expect, test } from "vitest";
import { globalOptions } from "../../cli/arguments.ts";
import { commands } from "../../cli/commands.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import manifest from "../../package.json" with { type: "json" };
import { leaves } from "./leaves.ts";
import { say } from "./shell.ts";

/** No file, no AWS, no settings: help must come without each. */
const ask = (args: readonly string[]) =>
  say(args, { environment: { OIDC_SCHEDULE_MINUTES: "not a number" } });

describe.each(leaves)("oidc-reconciler $path", ({ path, command }) => {
  const names = path.split(" ");
  const { usage, options, operands, examples, exits } = command;

  test.each([["--help"], ["-h"], ["FILE", "--help"], ["--json", "-h"], ["--nonsense", "-h"]])(
    "%s %s prints its help on standard output and ends with 0",
    async (...args) => {
      const help = await ask([...names, "--help"]);
      expect(help).toMatchObject({ code: 0, err: "" });
      expect(help.out).toMatch(/^\S.*\.\n\nUsage: /);
      expect(await ask([...names, ...args])).toEqual(help);
    },
  );

  test("lists its options, examples and exit codes", async () => {
    const { out } = await ask([...names, "--help"]);
    for (const name of [...Object.keys(options), ...Object.keys(globalOptions)])
      expect(out).toMatch(new RegExp(`^  (-h, )?--${name}\\b`, "m"));
    for (const example of examples) expect(out).toContain(example.line);
    for (const [name, meaning] of Object.entries(exits)) {
      const code = Object.entries(exitCodes).find(([each]) => each === name)?.[1];
      expect(out.replaceAll(/\n {5}/g, " ")).toContain(`  ${code}  ${meaning}\n`);
    }
  });

  test("says in its usage how it can be called, and nothing else", () => {
    const known = [...Object.keys(options), ...Object.keys(globalOptions)];
    const named = usage.flatMap((way) => [...way.matchAll(/--([a-z-]+)/g)]);
    for (const [, name = ""] of named) expect(known).toContain(name);
    for (const name of Object.keys(options)) expect(usage.join(" ")).toContain(`--${name}`);
    if (operands !== undefined && operands.choices === undefined)
      expect(usage.join(" ")).toContain(operands.name);
  });

  test("has exit codes for success and wrong usage, and an example of itself", () => {
    expect(Object.keys(exits)).toEqual(expect.arrayContaining(["ok", "usage"]));
    expect(examples.map(({ line }) => line).join("\n")).toContain(`oidc-reconciler ${path}`);
  });

  test("is in the list of all", async () => {
    const { out } = await ask(["--help"]);
    const rows = out.replaceAll(/\n {4,}/g, " ");
    expect(rows).toMatch(new RegExp(`^  ${path} +${command.summary}$`, "m"));
  });

  test("says what it knows when it gets a wrong option", async () => {
    const { code, out, err } = await ask([...names, "--nonsense"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^There is no option --nonsense\.\n\nUsage: oidc-reconciler /);
    expect(err).toContain(`Run "oidc-reconciler ${path} --help" for more.`);
  });
});

describe("oidc-reconciler", () => {
  test.each([["--help"], ["-h"], ["help"], ["help", "--json"], ["--json", "--help"]])(
    "%s %s lists the commands and ends with 0",
    async (...args) => {
      const { code, out, err } = await ask(args);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toMatch(/^oidc-reconciler keeps/);
      expect(out).toMatch(/^ {2}trust compare +Decide/m);
    },
  );

  test("help NAME is NAME --help, of groups too", async () => {
    expect(await ask(["help", "plan"])).toEqual(await ask(["plan", "--help"]));
    const group = await ask(["trust", "--help"]);
    expect(group.out).toMatch(/^Answer questions about a trust policy/);
    expect(group.out).not.toMatch(/^ {2}plan/m);
    expect(await ask(["help", "trust"])).toEqual(group);
    expect(await ask(["trust", "help"])).toEqual(group);
    expect(await ask(["trust", "help", "compare"])).toEqual(
      await ask(["trust", "compare", "--help"]),
    );
  });

  test("alone lists the commands on standard error and ends with 2", async () => {
    const { code, out, err } = await ask([]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^ {2}plan /m);
  });

  test("trust alone lists its commands on standard error and ends with 2", async () => {
    const { code, out, err } = await ask(["trust"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^ {2}explain /m);
  });

  test("--version prints the version, and nothing else has that option", async () => {
    const { version } = manifest;
    expect(await ask(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    expect(JSON.parse((await ask(["--version", "--json"])).out)).toEqual({ version });
    expect(await ask(["plan", "--version"])).toMatchObject({ code: 2, out: "" });
  });

  test("takes --help behind -- for a name", async () => {
    expect(await say(["validate", "--", "--help"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^There is no file --help\.\n/),
    });
  });

  test.each([
    [["plann"], 'There is no command "plann". Did you mean "plan"?'],
    [["reconsile", "production"], 'There is no command "reconsile". Did you mean "reconcile"?'],
    [["trust", "expalin"], 'There is no command "trust expalin". Did you mean "explain"?'],
    [["help", "audti"], 'There is no command "audti". Did you mean "audit"?'],
    [["apply"], 'There is no command "apply".'],
    [["reconcile", "--dryrun"], "There is no option --dryrun. Did you mean --dry-run?"],
    [["trust", "compare", "--befor", "x"], "There is no option --befor. Did you mean --before?"],
    [["plan", "-x"], "There is no option -x."],
    [["reconcile", "--force=yes"], "--force takes no value."],
    [["plan", "--region"], "--region needs a value."],
    [["plan", "--region="], "--region needs a value."],
    [["plan", "--region", "--json"], "--region needs a value."],
    [["plan", "--region", "a", "--region", "b"], "--region is given twice."],
    [["plan", "--__proto__"], "There is no option --__proto__."],
    [["validate"], "FILE is missing."],
    [["validate", "a", "b", "c"], "Too many arguments: b c."],
    [["completion", "csh"], 'SHELL is bash, zsh, fish; there is no "csh".'],
  ])("%j: %s", async (args, message) => {
    const { code, out, err } = await ask(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err.split("\n")[0]).toBe(message);
  });

  test("takes the options of every command before the command's name too", async () => {
    const prefix = ["--prefix", "no path"];
    const told = expect.stringMatching(/^OIDC_PARAMETER_PREFIX must be a Parameter Store path/);
    for (const args of [
      [...prefix, "plan"],
      ["plan", ...prefix],
    ]) {
      expect(await say(args)).toMatchObject({ code: 2, err: told });
    }
    expect(await ask(["--json", "trust", "--help"])).toEqual(await ask(["trust", "--help"]));
  });

  test("keeps help within a hundred columns where no width is known", async () => {
    const rows = (await ask(["trust", "compare", "--help"])).out.split("\n");
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(100);
  });

  test("has each command once", () => {
    const paths = leaves.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(commands.commands.length).toBeGreaterThan(0);
  });
});
