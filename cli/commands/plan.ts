import { command } from "../command.ts";
import { runEnvironments, runExits } from "../run-environments.ts";

export const plan = command({
  name: "plan",
  summary: "Show what a run would do, and write nothing",
  usage: ["[NAME…]"],
  description: [
    "Compares the documents of the named environments, or of all of them, with the account. Shows each change with its reason, and whether it widens who can assume the role or what they may do.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {},
  examples: [
    { line: "oidc-reconciler plan", does: "Plan all environments" },
    { line: "oidc-reconciler plan production --json", does: "Plan one, for a script" },
  ],
  exits: runExits,
  run: ({ operands }, io) => runEnvironments({ names: operands, dryRun: true, force: false }, io),
});
