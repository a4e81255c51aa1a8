import { trustAnswer } from "../answers.ts";
import type { DocumentPair } from "./arbitraries.ts";
import { complaintsOf } from "./replay.ts";
import { requestBetween } from "./requests.ts";

/** ForAllValues:StringNotLike and ForAnyValue…IfExists in a Deny, where the key is absent. */
const documentedTwice = new Set(["unclear-absence"]);

function verdictFrom(widens: boolean | null, narrows: boolean | null): string {
  if (widens === null || narrows === null) return "undecided";
  if (widens) return narrows ? "changed" : "widened";
  return narrows ? "narrowed" : "equivalent";
}

/**
 * Everything that is wrong with the engine's answer about a pair, as far as the sandbox's evaluator
 * can see: a witness that proves nothing, a request that was overlooked, a verdict that does not
 * follow. An empty list if all is well; `undecided` counts as a fault but for what AWS's own pages
 * contradict each other in.
 */
export function faultsOf(
  pair: DocumentPair,
  options: { readonly atMost: number },
): readonly string[] {
  const before = JSON.stringify(pair.before);
  const after = JSON.stringify(pair.after);
  const answer = trustAnswer({ before, after });
  if (answer.kind === "refused") return [`refused: ${JSON.stringify(answer.error)}`];
  const { widens, narrows, admitted, dropped, verdict } = answer;
  const faults: string[] = [];
  for (const direction of [
    { name: "admitted", is: widens, witness: admitted, allows: after, refuses: before },
    { name: "dropped", is: narrows, witness: dropped, allows: before, refuses: after },
  ]) {
    const { name, is, witness } = direction;
    if ((is === true) !== (witness !== null)) faults.push(`${name} does not go with its direction`);
    if (witness !== null) {
      for (const complaint of complaintsOf(witness, direction)) {
        faults.push(`${name} ${JSON.stringify(witness)}: ${complaint}`);
      }
    }
    if (is === false) {
      const missed = requestBetween(direction, { atMost: options.atMost, seed: 1 });
      if (missed !== null) {
        const { principal, action, context } = missed;
        const request = { principal, action, context: Object.fromEntries(context) };
        faults.push(`${name} is missing: ${JSON.stringify(request)}`);
      }
    }
    if (is === null && answer.undecided.some(({ code }) => !documentedTwice.has(code))) {
      faults.push(`${name} is undecided: ${JSON.stringify(answer.undecided)}`);
    }
    if (is === null && answer.undecided.length === 0) faults.push(`${name} is open for no reason`);
  }
  const expected = verdictFrom(widens, narrows);
  if (verdict !== expected) faults.push(`${verdict} for widens ${widens}, narrows ${narrows}`);
  return faults;
}
