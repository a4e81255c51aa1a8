import type { TrustComparison, Witness } from "../shared/compare/index.ts";
import { admitsTrust } from "../shared/explain/index.ts";
import { visible } from "../shared/language/visible.ts";

/** The one JSON value that compare prints. */
export function comparisonJson(comparison: TrustComparison): object {
  if (comparison.kind === "refused") return { error: comparison.error };
  const { verdict, widens, narrows, possible, admitted, dropped, undecided } = comparison;
  return { verdict, widens, narrows, possible, admitted, dropped, undecided };
}

type Documents = { readonly before: string; readonly after: string };

/** The same for people, with the statements and conditions that decide. */
export function comparisonText(comparison: TrustComparison, documents: Documents): string {
  if (comparison.kind === "refused") {
    const { code, message, where } = comparison.error;
    const told = [
      `IAM would refuse the policy ${comparison.side}: ${message}`,
      `  at ${where} (${code})`,
    ];
    return `${told.map(visible).join("\n")}\n`;
  }
  const { admitted, dropped, undecided, possible } = comparison;
  const lines = [`${comparison.verdict}: ${sentenceOf(comparison)}`];
  if (admitted !== null) {
    lines.push("", "Admitted now and not before:", ...provenLines(admitted, possible.widens));
    lines.push(...decidingLines(admitted, { admits: "after", refuses: "before" }, documents));
  }
  if (dropped !== null) {
    lines.push("", "Admitted before and not now:", ...provenLines(dropped, possible.narrows));
    lines.push(...decidingLines(dropped, { admits: "before", refuses: "after" }, documents));
  }
  if (undecided.length > 0) {
    lines.push("", "Undecided, so treat it as wider:");
    for (const { message, where } of undecided)
      lines.push(`  ${where === "" ? "" : `${where}: `}${message}`);
    if (comparison.widens === null && possible.widens === false) lines.push(`  ${nobodyMakesIt}`);
  }
  return `${lines.map(visible).join("\n")}\n`;
}

type Side = keyof Documents;

/** Which statement lets the request in on one side, and what stops it on the other. */
function decidingLines(
  witness: Witness,
  sides: { readonly admits: Side; readonly refuses: Side },
  documents: Documents,
): string[] {
  const context = new Map(
    Object.entries(witness.context).map(([key, values]) => [key.toLowerCase(), values]),
  );
  const request = { principal: witness.principal, action: witness.action, context };
  const admission = admitsTrust(documents[sides.admits], request);
  const refusal = admitsTrust(documents[sides.refuses], request);
  const lines: string[] = [];
  if (admission.kind === "admitted")
    lines.push(`  ${sides.admits}: ${admission.statement} lets it in.`);
  if (refusal.kind !== "not-admitted") return lines;
  if (refusal.statement === null) lines.push(`  ${sides.refuses}: there is no Allow.`);
  for (const { message, where } of refusal.obstacles)
    lines.push(`  ${sides.refuses}: ${message} (${where})`);
  return lines;
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

const nobodyMakesIt = "No caller that can exist makes such a request.";

/** A witness, and what is known of whether anybody makes one like it. */
function provenLines(witness: Witness, possible: boolean | null): string[] {
  const says =
    possible === false
      ? nobodyMakesIt
      : "Whether a caller that can exist makes such a request is open: treat it as so.";
  return [...requestLines(witness), `  ${witness.reachable ? madeBy(witness) : says}`];
}

function requestLines(witness: Witness): string[] {
  const lines = [
    `  caller   ${witness.principal.type} ${witness.principal.id}`,
    `  action   ${witness.action}`,
  ];
  for (const [key, values] of Object.entries(witness.context))
    lines.push(`  ${key} = ${values.join(", ")}`);
  return lines;
}

function madeBy({ token }: Witness): string {
  return token === null ? "Such a request can be made." : `CircleCI signs such tokens (${token}).`;
}
