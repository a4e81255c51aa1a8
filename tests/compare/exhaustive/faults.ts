import type { PermissionWitness, Witness } from "../../../shared/compare/index.ts";
import { type Answer, permissionAnswer, trustAnswer } from "../answers.ts";
import { BruteForce, type Truth } from "./brute-force.ts";
import { type Context, isSeveral } from "./evaluator.ts";
import type { Family, Place } from "./families.ts";
import { type Policy, policiesOf, textOf } from "./policies.ts";

/** What became of some pairs of a family's policies. */
export type Tally = {
  readonly family: string;
  readonly kind: Family["kind"];
  readonly policies: number;
  readonly requests: number;
  readonly readings: number;
  /** Directions asked, two for each pair. */
  asked: number;
  /** Directions that the engine left open. */
  undecided: number;
  /** Those of them that have one truth by every reading. */
  needless: number;
  readonly needlessBy: Map<string, number>;
  /** The codes of all reasons that undecided directions had. */
  readonly codes: Set<string>;
  readonly faults: string[];
  readonly examples: string[];
};

/** Which of all pairs are looked at: one in so many, beginning with this one. */
export type Sample = { readonly every: number; readonly from: number };

/** Puts pairs of a family's policies to the engine and to brute force. */
export function tallyOf(family: Family, sample: Sample): Tally {
  const policies = policiesOf(family);
  const truths = new BruteForce(family);
  const tally: Tally = {
    family: family.name,
    kind: family.kind,
    policies: policies.length,
    requests: truths.requestCount,
    readings: truths.readings.length,
    asked: 0,
    undecided: 0,
    needless: 0,
    needlessBy: new Map(),
    codes: new Set(),
    faults: [],
    examples: [],
  };
  const count = policies.length ** 2;
  for (let pair = sample.from % sample.every; pair < count; pair += sample.every) {
    const before = policies[Math.floor(pair / policies.length)];
    const after = policies[pair % policies.length];
    if (before !== undefined && after !== undefined)
      judge(family, truths, { before, after }, tally);
  }
  return tally;
}

function answerOf(
  family: Family,
  before: string,
  after: string,
): Answer<Witness | PermissionWitness> {
  return family.kind === "trust"
    ? trustAnswer({ before, after })
    : permissionAnswer({ before: [before], after: [after] });
}

type Pair = { readonly before: Policy; readonly after: Policy };

function judge(family: Family, truths: BruteForce, pair: Pair, tally: Tally): void {
  const before = textOf(family, pair.before);
  const after = textOf(family, pair.after);
  const answer = answerOf(family, before, after);
  if (answer.kind === "compared") for (const { code } of answer.undecided) tally.codes.add(code);
  const note = `\n  ${before}\n  ${after}`;
  if (answer.kind === "refused") {
    tally.faults.push(`refused: ${answer.error.message}${note}`);
    return;
  }
  for (const [name, said, witness, allowing, refusing] of [
    ["widens", answer.widens, answer.admitted, pair.after, pair.before],
    ["narrows", answer.narrows, answer.dropped, pair.before, pair.after],
  ] as const) {
    const truth = truths.truth(allowing, refusing);
    tally.asked += 1;
    const fault = faultOf(said, truth);
    if (fault !== null) tally.faults.push(`${name}: ${fault}${note}`);
    if ((said === true) !== (witness !== null)) tally.faults.push(`${name}: proof missing${note}`);
    for (const complaint of witness === null
      ? []
      : complaintsOf(truths, witness, { allowing, refusing })) {
      tally.faults.push(`${name}: ${JSON.stringify(witness)} ${complaint}${note}`);
    }
    if (said !== null) continue;
    tally.undecided += 1;
    if (truth === "open") continue;
    tally.needless += 1;
    const codes = [...new Set(answer.undecided.map(({ code }) => code))].sort().join(" ");
    tally.needlessBy.set(codes, (tally.needlessBy.get(codes) ?? 0) + 1);
    if (tally.examples.length < 400) tally.examples.push(`${name} is ${truth}${note}`);
  }
  const reasons = answer.widens === null || answer.narrows === null;
  if (reasons !== answer.undecided.length > 0) tally.faults.push(`open without a reason${note}`);
}

/** A `false` that is not so by some reading; a `true` is held to its witness instead. */
function faultOf(said: boolean | null, truth: Truth): string | null {
  return said === false && truth !== "none" ? `false, and the truth is ${truth}` : null;
}

function complaintsOf(
  truths: BruteForce,
  witness: Witness | PermissionWitness,
  sides: { readonly allowing: Policy; readonly refusing: Policy },
): readonly string[] {
  const context: Context = new Map(
    Object.entries(witness.context).map(([key, values]) => [key.toLowerCase(), values]),
  );
  const place: Place = {
    caller: "principal" in witness ? `${witness.principal.type} ${witness.principal.id}` : "",
    action: witness.action,
    resource: "resource" in witness ? witness.resource : "",
  };
  const complaints: string[] = [];
  for (const [key, values] of context) {
    if (values.length === 0 || values.includes("")) complaints.push(`has no value for ${key}`);
    if (values.length > 1 && !isSeveral(key)) complaints.push(`has several values for ${key}`);
  }
  for (const reading of truths.readings) {
    const request = { place, context };
    const how = JSON.stringify(reading);
    if (!truths.allows(sides.allowing, request, reading))
      complaints.push(`is not allowed by the one side: ${how}`);
    if (truths.allows(sides.refusing, request, reading))
      complaints.push(`is allowed by the other side: ${how}`);
  }
  return complaints.slice(0, 2);
}
