import type { StatusWrite } from "../wake/index.ts";
import type { Alert } from "./report.ts";

/** Somebody else wrote a status: it says which version counts as applied, so it may be forged. */
export function statusTamperedAlert(write: StatusWrite): Alert {
  const who = write.actor ?? "an unknown caller";
  const when = write.at === null ? "" : ` at ${write.at}`;
  return {
    kind: "conflict",
    severity: "critical",
    environment: write.environment,
    title: `${write.environment}: its status was written by somebody else`,
    text: [
      `${write.parameter} was written by ${who}${when}, and only the reconciler may: it says which version is applied.`,
      "This run went by what it says; where it does not fit the parameter, the role's own trust policy is the baseline.",
      "Compare it with the document and the role, and deny ssm:PutParameter on it to everybody else (docs/deploying.md).",
    ].join("\n"),
  };
}
