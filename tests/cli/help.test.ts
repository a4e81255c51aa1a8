import { describe, expect, test } from "vitest";
import { globalOptions } from "../../cli/arguments.ts";
import { command, type Group } from "../../cli/command.ts";
import { commands } from "../../cli/commands.ts";
import { placesOf } from "../../cli/completion/place.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import manifest from "../../package.json" with { type: "json" };
import { line } from "../../shared/report/layout.ts";
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

  // Help is for people: no option and no order makes anything else of it.
  test.each([
    [[...names, "-h", "--json"]],
    [["--json", ...names, "--help"]],
    [["--help", "--json", ...names]],
    [["help", ...names, "--json"]],
    [["--json", "help", ...names]],
  ])("%j prints it too", async (args) => {
    expect(await ask(args)).toEqual(await ask([...names, "--help"]));
  });

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
    [["trust", "comp"], 'There is no command "trust comp". Did you mean "compare"?'],
    [["explain", "f"], 'There is no command "explain". Did you mean "trust explain"?'],
    [["help", "audti"], 'There is no command "audti". Did you mean "audit"?'],
    [["apply"], 'There is no command "apply".'],
    [["reconcile", "--dryrun"], "There is no option --dryrun. Did you mean --dry-run?"],
    [["trust", "compare", "--befor", "x"], "There is no option --befor. Did you mean --before?"],
    [["plan", "-x"], "There is no option -x."],
    [["--nope"], "There is no option --nope."],
    [["-v"], "There is no option -v."],
    [["--versio"], "There is no option --versio. Did you mean --version?"],
    [["trust", "--nope"], "There is no option --nope."],
    [["reconcile", "--force=yes"], "--force takes no value."],
    [["plan", "--region"], "--region needs a value."],
    [["plan", "--region="], "--region needs a value."],
    [["plan", "--region", "--prefix", "x"], "--region needs a value."],
    [["plan", "--region", "a", "--region", "b"], "--region is given twice."],
    [["plan", "--__proto__"], "There is no option --__proto__."],
    [["validate"], "FILE is missing."],
    [["validate", "a", "b", "c"], "Too many arguments: b c."],
    [
      ["trust", "compare", "--before", "-", "--after", "-"],
      "Standard input can be read once: use - for one file only.",
    ],
    [
      ["trust", "admits", "-", "--token", "-"],
      "Standard input can be read once: use - for one file only.",
    ],
    [["completion", "csh"], 'SHELL is bash, zsh, fish; there is no "csh".'],
  ])("%j: %s", async (args, message) => {
    const { code, out, err } = await ask(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err.split("\n")[0]).toBe(message);
  });

  test("takes the options of every command before the command's name too", async () => {
    const prefix = ["--prefix", "no path"];
    const reported = expect.stringMatching(/^--prefix must be a Parameter Store path/);
    for (const args of [
      [...prefix, "plan"],
      ["plan", ...prefix],
    ]) {
      expect(await say(args)).toMatchObject({ code: 2, err: reported });
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

test("a Node that is too old runs nothing", async () => {
  const shell = { files: { f: "" }, nodeVersion: "20.20.2" };
  const message = "oidc-reconciler needs Node 22 or newer, and this is 20.20.2.";
  expect(await say(["validate", "f"], shell)).toEqual({ code: 1, out: "", err: `${message}\n` });
  const { out } = await say(["validate", "f", "--json"], shell);
  expect(JSON.parse(out)).toEqual({ error: { code: "NodeTooOld", message, where: "" } });
});

describe("a table of its own", () => {
  const config = command({
    name: "config",
    summary: "Print a config",
    usage: ["[NAME…] [--context NAME] [--out FILE]"],
    operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
    options: {
      context: { value: "NAME", summary: "A context" },
      out: { value: "FILE", summary: "A file" },
      yes: { summary: "Do not ask" },
    },
    examples: [],
    exits: { ok: "Printed", usage: "Wrong usage", differs: "It differs" },
    run: async (input) => ({
      exit: exitCodes.differs,
      json: { names: input.operands, context: input.value("context"), yes: input.has("yes") },
      view: [line("printed")],
      warnings: ["a warning"],
    }),
  });
  const circleci: Group = {
    kind: "group",
    name: "circleci",
    summary: "Look after CircleCI",
    commands: [config],
  };
  const table: Group = { ...commands, commands: [circleci] };

  test("runs a nested command with its options, operands and --json", async () => {
    const args = ["circleci", "config", "a", "--context", "x", "b", "--yes"];
    expect(await say([...args, "--json"], {}, table)).toEqual({
      code: 3,
      out: `${JSON.stringify({ names: ["a", "b"], context: "x", yes: true }, null, 2)}\n`,
      err: "a warning\n",
    });
    expect(await say(args, {}, table)).toEqual({ code: 3, out: "printed\n", err: "a warning\n" });
  });

  test("has help at each level, and knows no other command", async () => {
    expect((await say(["--help"], {}, table)).out).toMatch(
      /^ {2}circleci config +Print a config$/m,
    );
    expect((await say(["circleci", "-h"], {}, table)).out).toMatch(/^ {2}config +Print a config$/m);
    expect((await say(["circleci", "config", "-h"], {}, table)).out).toContain("  --out FILE ");
    expect((await say(["plan"], {}, table)).code).toBe(2);
  });

  test("completes it", () => {
    expect(placesOf(table).map(({ path }) => path)).toEqual(["", "circleci", "circleci config"]);
  });

  test("a bug in a command is one sentence, and ends with 1", async () => {
    const broken: Group = {
      ...table,
      commands: [
        {
          ...config,
          run: async () => {
            throw new TypeError("x is not a function");
          },
        },
      ],
    };
    const message = "The command failed in a way that it should not: x is not a function";
    expect(await say(["config"], {}, broken)).toEqual({ code: 1, out: "", err: `${message}\n` });
    const { out } = await say(["config", "--json"], {}, broken);
    expect(JSON.parse(out)).toEqual({ error: { code: "Unexpected", message, where: "" } });
  });
});
