import { command } from "../command.ts";
import { runEnvironments, runExits } from "../run-environments.ts";

export const reconcile = command({
  name: "reconcile",
  summary: "Run from here what the deployed function runs",
  usage: ["[NAME…] [--dry-run] [--force]"],
  description: [
    "Corrects what differs in the named environments, or in all of them, writes their status, and sends the alerts.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {
    "dry-run": { summary: "Write nothing, as plan does" },
    force: { summary: "Correct once what mode observe only reports" },
  },
  examples: [
    { line: "oidc-reconciler reconcile production", does: "Correct one environment now" },
    {
      line: "oidc-reconciler reconcile staging --force",
      does: "Correct an environment that is only observed",
    },
  ],
  exits: runExits,
  run: (input, io) =>
    runEnvironments(
      { names: input.operands, dryRun: input.has("dry-run"), force: input.has("force") },
      io,
    ),
});
