import type { TrustComparison, Witness } from "../shared/compare/index.ts";

/** The one JSON value that compare prints. */
export function comparisonJson(comparison: TrustComparison): object {
  if (comparison.kind === "refused") return { error: comparison.error };
  const { verdict, widens, narrows, admitted, dropped, undecided } = comparison;
  return { verdict, widens, narrows, admitted, dropped, undecided };
}

/** The same for people. */
export function comparisonText(comparison: TrustComparison): string {
  if (comparison.kind === "refused") {
    const { code, message, where } = comparison.error;
    return `IAM would refuse the policy ${comparison.side}: ${message}\n  at ${where} (${code})\n`;
  }
  const lines = [`${comparison.verdict}: ${sentenceOf(comparison)}`];
  if (comparison.admitted !== null)
    lines.push("", "Admitted now and not before:", ...witnessLines(comparison.admitted));
  if (comparison.dropped !== null)
    lines.push("", "Admitted before and not now:", ...witnessLines(comparison.dropped));
  if (comparison.undecided.length > 0) {
    lines.push("", "Undecided, so treat it as wider:");
    for (const { message, where } of comparison.undecided)
      lines.push(`  ${where === "" ? "" : `${where}: `}${message}`);
  }
  return `${lines.join("\n")}\n`;
}

function sentenceOf(comparison: TrustComparison & { readonly kind: "compared" }): string {
  switch (comparison.verdict) {
    case "equivalent":
      return "both policies admit the same requests.";
    case "narrowed":
      return "the new policy admits less, and nothing new.";
    case "widened":
      return "the new policy admits requests that the old one does not.";
    case "changed":
      return "the new policy admits requests that the old one does not, and refuses some that it did.";
    case "undecided":
      return "what the new policy admits could not be settled.";
    default:
      return comparison.verdict satisfies never;
  }
}

export function witnessLines(witness: Witness): string[] {
  const lines = [
    `  caller   ${witness.principal.type} ${witness.principal.id}`,
    `  action   ${witness.action}`,
  ];
  for (const [key, values] of Object.entries(witness.context))
    lines.push(`  ${key} = ${values.join(", ")}`);
  lines.push(
    witness.token === null
      ? `  ${witness.reachable ? "Such a request can be made." : "No caller that the documents name is known to make such a request."}`
      : `  CircleCI signs such tokens (${witness.token}).`,
  );
  return lines;
}
