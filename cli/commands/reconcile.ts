import { command } from "../command.ts";
import { runExits } from "../report-answer.ts";
import { runEnvironments } from "../run-environments.ts";
import { runFunction } from "../run-function.ts";

export const reconcile = command({
  name: "reconcile",
  summary: "Run from here what the deployed function runs, or run the function itself",
  usage: ["[NAME…] [--dry-run] [--force] [--lambda FUNCTION]"],
  description: [
    "Corrects what differs in the named environments, or in all of them, writes their status, and sends the alerts. With Ctrl-C it finishes what it has begun, begins nothing new, and says what is left.",
    "With --lambda the deployed function does it, with its own role, settings and topic, and its report is printed as that of a run from here. --prefix and the variables of this shell count for a run from here only. Ctrl-C then ends the wait, and not the function.",
    "Beside a deployed function use --lambda: it reports what anyone else writes into statuses and records as a conflict, a run from here too, and alerts from here reach its topic only if OIDC_ALERT_TOPIC_ARN names it.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {
    "dry-run": { summary: "Write nothing, as plan does" },
    force: { summary: "Correct once what mode observe only reports" },
    lambda: {
      value: "FUNCTION",
      summary: "Invoke this function, by its name or ARN, instead of running from here",
    },
  },
  examples: [
    { line: "oidc-reconciler reconcile production", does: "Correct one environment now" },
    {
      line: "oidc-reconciler reconcile staging --force",
      does: "Correct an environment that is only observed",
    },
    {
      line: "oidc-reconciler reconcile --lambda oidc-reconciler-prod-reconcile --dry-run",
      does: "See what the deployed function would do",
    },
  ],
  exits: runExits,
  run: (input, io) => {
    const asked = {
      names: input.operands,
      dryRun: input.has("dry-run"),
      force: input.has("force"),
    };
    const name = input.value("lambda");
    return name === null ? runEnvironments(asked, io) : runFunction(name, asked, io);
  },
});
