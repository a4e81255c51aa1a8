import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { globalOptions } from "../../cli/arguments.ts";
import { leaves } from "./leaves.ts";
import { say } from "./shell.ts";

const scriptFor = async (shell: string) => (await say(["completion", shell])).out;

const everywhere = Object.keys(globalOptions).map((name) => `--${name}`);

describe("completion bash", () => {
  const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-completion-"));
  let script = "";
  beforeAll(async () => {
    script = await scriptFor("bash");
    for (const name of ["old.json", "new policy.json", "$(touch ran)"])
      writeFileSync(join(folder, name), "");
    mkdirSync(join(folder, "plan.d"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What bash offers for the last word. bash itself makes three words of `--option=value`. */
  function offers(...words: readonly string[]): readonly string[] {
    const list = words.map((word) => `'${word}'`).join(" ");
    const asked = `COMP_WORDS=(oidc-reconciler ${list}); COMP_CWORD=${words.length}; _oidc_reconciler; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", `${script}\n${asked}`], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    return stdout.split("\n").filter((word) => word !== "");
  }

  test("is registered for the command", () => {
    const { stdout } = spawnSync("bash", ["--norc", "-c", `${script}\ncomplete -p`], {
      encoding: "utf8",
    });
    expect(stdout.trim()).toBe("complete -F _oidc_reconciler oidc-reconciler");
  });

  test.each(leaves)("offers the options of $path, and no other", ({ path, command }) => {
    const own = Object.keys(command.options).map((name) => `--${name}`);
    expect(offers(...path.split(" "), "--").toSorted()).toEqual([...own, ...everywhere].toSorted());
  });

  test.each(leaves)("offers each word of $path", ({ path }) => {
    const words = path.split(" ");
    for (const [at, word] of words.entries()) {
      expect(offers(...words.slice(0, at), "")).toContain(word);
      expect(offers(...words.slice(0, at), word.slice(0, -1))).toContain(word);
    }
  });

  const files = ["$(touch ran)", "new policy.json", "old.json", "plan.d"];
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ["files for an operand that is a file", ["validate", ""], files],
    ["one file by its beginning", ["trust", "explain", "o"], ["old.json"]],
    ["files for an option's value", ["trust", "compare", "--before", ""], files],
    ["the same behind =", ["trust", "compare", "--before", "=", "o"], ["old.json"]],
    ["the same at =", ["trust", "compare", "--before", "="], files],
    ["nothing for a value that is not a file", ["plan", "--region", ""], []],
    ["no file where names are taken", ["plan", ""], []],
    ["no file where commands are taken", ["p"], ["plan"]],
    ["options behind an option's value", ["plan", "--region", "eu-west-1", "--j"], ["--json"]],
    ["options behind = and a value", ["plan", "--region", "=", "x", "--j"], ["--json"]],
    ["commands behind an option", ["--json", "pl"], ["plan"]],
    ["the options of the whole", ["--v"], ["--version"]],
    ["the shells", ["completion", ""], ["bash", "zsh", "fish"]],
  ])("offers %s", (_, words, offered) => {
    expect(offers(...words).toSorted()).toEqual([...offered].toSorted());
  });
});

describe.each([["zsh"], ["fish"]])("completion %s", (shell) => {
  test("names every command and option with what it does, quoted", async () => {
    const script = await scriptFor(shell);
    const quoted = (text: string) => text.replaceAll("'", shell === "zsh" ? "'\\''" : "\\'");
    for (const { path, command } of leaves) {
      const name = path.split(" ").at(-1) ?? "";
      const described = quoted(command.summary);
      expect(script).toContain(
        shell === "zsh" ? `'${name}:${described}'` : `-a '${name}' -d '${described}'`,
      );
      for (const [option, { summary }] of Object.entries(command.options)) {
        const text = quoted(summary);
        if (shell === "zsh") expect(script).toContain(`'--${option}:${text}'`);
        else expect(script).toMatch(new RegExp(`'__oidc_reconciler_at .*${path}.* -l ${option}`));
        expect(script).toContain(text);
      }
    }
  });

  test("parses, where the shell is on the machine", async () => {
    const { status, error } = spawnSync(shell, ["-n"], { input: await scriptFor(shell) });
    expect(error === undefined ? status : 0).toBe(0);
  });
});

test("a script is printed as it is, however narrow the terminal", async () => {
  const layout = { width: 30, colour: true };
  const { out } = await say(["completion", "bash"], { layout });
  expect(out).toBe(await scriptFor("bash"));
});

test("--json holds the script", async () => {
  const { out } = await say(["completion", "zsh", "--json"]);
  expect(JSON.parse(out)).toEqual({ shell: "zsh", script: await scriptFor("zsh") });
});
