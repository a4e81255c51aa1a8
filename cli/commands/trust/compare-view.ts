import type { TrustComparison, Witness } from "../../../shared/compare/index.ts";
import { admitsTrust } from "../../../shared/explain/index.ts";
import { type Line, line, type Tone } from "../../../shared/report/layout.ts";
import { type ComparisonJson, comparisonJson, type Verdict } from "../../comparison-json.ts";
import { type PolicyFile, refusalLines } from "./policy-file.ts";

type Files = { readonly before: PolicyFile; readonly after: PolicyFile };

/** A comparison for people, with the statements and conditions that decide. */
export function comparisonLines(comparison: TrustComparison, files: Files): readonly Line[] {
  if (comparison.kind === "refused") {
    const which = comparison.side === "before" ? "the old policy" : "the new policy";
    const { where } = comparison.error;
    // The sentence has the side already.
    const place = where.replace(/^(?:before|after)\.?/, "");
    return refusalLines(
      { ...comparison.error, where: place },
      `${which}, ${files[comparison.side].name}`,
    );
  }
  const json = comparisonJson(comparison);
  const { verdict, admitted, dropped, possible } = json;
  return [
    line(`${verdict}: ${sentences[verdict]}`, { tone: tones[verdict] }),
    ...provenLines("Admitted now and not before:", admitted, possible.widens),
    ...(admitted === null
      ? []
      : decidingLines(admitted, { admits: "after", refuses: "before" }, files)),
    ...provenLines("Admitted before and not now:", dropped, possible.narrows),
    ...(dropped === null
      ? []
      : decidingLines(dropped, { admits: "before", refuses: "after" }, files)),
    ...undecidedLines(json),
  ];
}

const tones = {
  equivalent: "good",
  narrowed: "good",
  widened: "bad",
  changed: "bad",
  undecided: "warning",
} as const satisfies Record<Verdict, Tone>;

const sentences = {
  equivalent: "both policies admit the same requests.",
  narrowed: "the new policy admits less, and nothing new.",
  widened: "the new policy admits requests that the old one does not.",
  changed:
    "the new policy admits requests that the old one does not, and refuses some that it did.",
  undecided: "what the new policy admits could not be settled.",
} as const satisfies Record<Verdict, string>;

function undecidedLines({ undecided, widens, possible }: ComparisonJson<Witness>): readonly Line[] {
  if (undecided.length === 0) return [];
  const isImpossible = widens === null && possible.widens === false;
  return [
    ...heading("Undecided, so treat it as wider:"),
    ...undecided.map(({ message, where }) =>
      line(where === "" ? message : `${where}: ${message}`, { indent: 2 }),
    ),
    ...(isImpossible ? [line(nobodyMakesIt, { indent: 2 })] : []),
  ];
}

function heading(title: string): readonly Line[] {
  return [line(""), line(title, { tone: "title" })];
}

type Side = keyof Files;

/** Which statement admits the request on one side, and what stops it on the other. */
function decidingLines(
  witness: Witness,
  { admits, refuses }: { readonly admits: Side; readonly refuses: Side },
  files: Files,
): readonly Line[] {
  const context = new Map(
    Object.entries(witness.context).map(([key, values]) => [key.toLowerCase(), values]),
  );
  const request = { principal: witness.principal, action: witness.action, context };
  const admission = admitsTrust(files[admits].text, request);
  const refusal = admitsTrust(files[refuses].text, request);
  const says: string[] = [];
  if (admission.kind === "admitted") says.push(`${admits}: ${admission.statement} admits it.`);
  if (refusal.kind === "not-admitted") {
    if (refusal.statement === null) says.push(`${refuses}: there is no Allow.`);
    for (const { message, where } of refusal.obstacles)
      says.push(`${refuses}: ${message} (${where})`);
  }
  return says.map((text) => line(text, { indent: 2 }));
}

const nobodyMakesIt = "No caller that can exist makes such a request.";

/** An example, and whether anybody is known to make one like it. */
function provenLines(
  title: string,
  witness: Witness | null,
  possible: boolean | null,
): readonly Line[] {
  if (witness === null) return [];
  const { principal, action, context } = witness;
  const says =
    possible === false
      ? nobodyMakesIt
      : "Whether a caller that can exist makes such a request is open: treat it as so.";
  return [
    ...heading(title),
    line(`${principal.type} ${principal.id}`, { indent: 2, mark: "caller  " }),
    line(action, { indent: 2, mark: "action  " }),
    ...Object.entries(context).map(([key, values]) =>
      line(`${key} = ${values.join(", ")}`, { indent: 2 }),
    ),
    line(witness.reachable ? madeBy(witness) : says, { indent: 2 }),
  ];
}

function madeBy({ token }: Witness): string {
  return token === null ? "Such a request can be made." : `CircleCI signs such tokens (${token}).`;
}
