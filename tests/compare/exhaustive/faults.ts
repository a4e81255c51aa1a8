import type { PermissionWitness, Witness } from "../../../shared/compare/index.ts";
import { type Answer, permissionAnswer, trustAnswer } from "../answers.ts";
import { BruteForce, type Truth } from "./brute-force.ts";
import { isSeveral } from "./evaluator.ts";
import type { Family, Request } from "./family.ts";
import type { Pair, Plan } from "./pairs.ts";
import { textOf } from "./policies.ts";

/** What became of some pairs of a family's policies. */
export type Tally = {
  readonly requests: number;
  readonly readings: number;
  pairs: number;
  /** Directions that the engine proved, two directions for each pair. */
  proved: number;
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

/** Puts pairs of a family's policies to the engine and to brute force. */
export function tallyOf(family: Family, plan: Plan): Tally {
  const judge = new Judge(family);
  for (const pair of plan.pairs()) judge.judge(pair);
  return judge.tally;
}

type Proof = Witness | PermissionWitness;

class Judge {
  readonly tally: Tally;
  readonly #family: Family;
  readonly #truths: BruteForce;
  /** Witnesses met before, by their text. */
  readonly #known = new Map<string, number | string>();

  constructor(family: Family) {
    this.#family = family;
    this.#truths = new BruteForce(family);
    this.tally = {
      requests: this.#truths.requestCount,
      readings: this.#truths.readings.length,
      pairs: 0,
      proved: 0,
      undecided: 0,
      needless: 0,
      needlessBy: new Map(),
      codes: new Set(),
      faults: [],
      examples: [],
    };
  }

  judge(pair: Pair): void {
    const { tally } = this;
    const before = textOf(pair.before);
    const after = textOf(pair.after);
    const answer = this.#answer(before, after);
    const complain = (text: string) => tally.faults.push(`${text}\n  ${before}\n  ${after}`);
    tally.pairs += 1;
    if (answer.kind === "refused") {
      complain(`refused: ${answer.error.message}`);
      return;
    }
    for (const { code } of answer.undecided) tally.codes.add(code);
    const allowed = {
      before: this.#truths.allowedBy(pair.before),
      after: this.#truths.allowedBy(pair.after),
    };
    for (const [name, said, witness, allowing, refusing] of [
      ["widens", answer.widens, answer.admitted, allowed.after, allowed.before],
      ["narrows", answer.narrows, answer.dropped, allowed.before, allowed.after],
    ] as const) {
      const truth = this.#truths.truth(allowing, refusing);
      // A `true` is held to its witness instead.
      if (said === false && truth !== "none") complain(`${name}: false, and the truth is ${truth}`);
      if ((said === true) !== (witness !== null)) complain(`${name}: proof missing`);
      if (witness !== null) {
        tally.proved += 1;
        const fault = this.#faultOf(witness, allowing, refusing);
        if (fault !== null) complain(`${name}: ${JSON.stringify(witness)} ${fault}`);
      }
      if (said === null)
        this.#countOpen(answer, truth, `${name} is ${truth}\n  ${before}\n  ${after}`);
    }
    const isOpen = answer.widens === null || answer.narrows === null;
    if (isOpen !== answer.undecided.length > 0) complain("open without a reason");
  }

  #answer(before: string, after: string): Answer<Proof> {
    return this.#family.kind === "trust"
      ? trustAnswer({ before, after })
      : permissionAnswer({ before: [before], after: [after] });
  }

  #countOpen(
    answer: Answer<Proof> & { readonly kind: "compared" },
    truth: Truth,
    text: string,
  ): void {
    const { tally } = this;
    tally.undecided += 1;
    if (truth === "open") return;
    tally.needless += 1;
    const codes = [...new Set(answer.undecided.map(({ code }) => code))].sort().join(" ");
    tally.needlessBy.set(codes, (tally.needlessBy.get(codes) ?? 0) + 1);
    if (tally.examples.length < 400) tally.examples.push(text);
  }

  #faultOf(witness: Proof, allowing: Uint32Array, refusing: Uint32Array): string | null {
    const number = this.#numberOf(witness);
    if (typeof number === "string") return number;
    const allowed = this.#truths.readingsWith(allowing, number);
    if (allowed.length < this.#truths.readings.length)
      return "is not allowed by the one side by every reading";
    const others = this.#truths.readingsWith(refusing, number);
    return others.length === 0
      ? null
      : `is allowed by the other side: ${JSON.stringify(others[0])}`;
  }

  /** The number of a request like this one among those asked about, or what is wrong with it. */
  #numberOf(witness: Proof): number | string {
    const text = JSON.stringify(witness);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const request = requestOf(witness);
    const odd = oddityOf(request);
    const number =
      odd ?? this.#truths.numberOf(request) ?? "is like none of the requests that are asked about";
    this.#known.set(text, number);
    return number;
  }
}

export function requestOf(witness: Proof): Request {
  return {
    context: new Map(
      Object.entries(witness.context).map(([key, values]) => [key.toLowerCase(), values]),
    ),
    place: {
      caller: "principal" in witness ? `${witness.principal.type} ${witness.principal.id}` : "",
      action: witness.action,
      resource: "resource" in witness ? witness.resource : "",
    },
  };
}

function oddityOf({ context }: Request): string | null {
  for (const [key, values] of context) {
    if (values.length === 0 || values.includes("")) return `has no value for ${key}`;
    if (values.length > 1 && !isSeveral(key)) return `has several values for ${key}`;
  }
  return null;
}
