import { type Command, command, type Group } from "../command.ts";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { type Place, placesOf } from "../completion/place.ts";
import { zshScript } from "../completion/zsh.ts";
import { exitCodes } from "../exit-codes.ts";

const scripts: ReadonlyMap<string, (places: readonly Place[]) => string> = new Map([
  ["bash", bashScript],
  ["zsh", zshScript],
  ["fish", fishScript],
]);

/** @param table asked for when the command runs, since it holds this command too */
export function completion(table: () => Group): Command {
  return command({
    name: "completion",
    summary: "Print a script that completes commands, options and files in a shell",
    usage: [`${[...scripts.keys()].join("|")}`],
    operands: { name: "SHELL", least: 1, most: 1, choices: [...scripts.keys()] },
    options: {},
    examples: [
      { line: "source <(oidc-reconciler completion bash)", does: "In ~/.bashrc" },
      { line: "source <(oidc-reconciler completion zsh)", does: "In ~/.zshrc, behind compinit" },
      {
        line: "oidc-reconciler completion fish > ~/.config/fish/completions/oidc-reconciler.fish",
        does: "Once, for fish",
      },
    ],
    exits: { ok: "Printed", usage: "Wrong usage" },
    run: async ({ operands: [shell = ""] }) => {
      const script = scripts.get(shell)?.(placesOf(table())) ?? "";
      return { exit: exitCodes.ok, json: { shell, script }, view: script };
    },
  });
}
