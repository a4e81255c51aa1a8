import type { StateWrite } from "../wake/index.ts";
import { alertOf } from "./alert.ts";
import type { Alert } from "./report.ts";

/** What each parameter is to people, and what its forger could reach. */
const states = {
  status: {
    noun: "status",
    why: "it says what was held and announced",
    next: "The record decides what may open, not the status. Compare heldVersion and heldDigest with the parameter before you approve.",
  },
  applied: {
    noun: "applied record",
    why: "every comparison starts from it",
    next: "What it says may be forged: approve nothing until you have compared it with the document and the role.",
  },
  outputs: {
    noun: "outputs",
    why: "jobs read from them what they deploy to",
    next: "The run that found it corrects them. Meanwhile jobs may have deployed to someone else's service: check what they did since then.",
  },
  journal: {
    noun: "journal",
    why: "it holds what an interrupted run found and has not reported yet",
    next: "An alert may be missing: search the function's log for what the last runs found.",
  },
} as const satisfies Readonly<Record<StateWrite["state"], object>>;

/** Somebody else wrote what only the reconciler may: what it says may be forged. */
export function tamperedAlert(write: StateWrite): Alert {
  const who = write.actor ?? "an unknown caller";
  const when = write.at === null ? "" : ` at ${write.at}`;
  const { noun, why, next } = states[write.state];
  const verb = write.state === "outputs" ? "were" : "was";
  // The journal is the account's, as the findings of an audit are.
  const environment = write.environment ?? "account";
  return alertOf({
    kind: "conflict",
    severity: "critical",
    environment,
    title: `${environment}: its ${noun} ${verb} written by somebody else`,
    parts: [
      `${write.parameter} was written by ${who}${when}, and only the reconciler may: ${why}.`,
      next,
      "Find out who may write it, and deny ssm:PutParameter on it to everyone else (docs/deploying.md).",
    ],
  });
}
