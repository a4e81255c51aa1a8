import { safeText } from "../language/visible.ts";
import type { Alert } from "./report.ts";

/** The name of an environment is never longer (docs/reference.md). */
const environmentLengthMax = 64;

/**
 * An alert, in which names, policies and parameters of strangers may be repeated: nothing of theirs
 * adds a line, turns the writing of a chat or a mail round, or is a token.
 *
 * @param parts in this order: what happened, the example, who, what was done, what to do next; one
 *   paragraph each, those that are empty left out
 */
export function alertOf({
  kind,
  severity,
  environment,
  title,
  parts,
}: Omit<Alert, "text"> & { readonly parts: readonly string[] }): Alert {
  return {
    kind,
    severity,
    // SNS takes no attribute that is empty, and an alert that no topic can take would always wait.
    environment: safeText(environment).slice(0, environmentLengthMax) || "unknown",
    title: safeText(title),
    text: parts
      .filter((part) => part !== "")
      .map(safeText)
      .join("\n"),
  };
}
