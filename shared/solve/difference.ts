/**
 * Finds a request that some policies allow and others refuse. A statement becomes a formula over
 * dimensions (the caller, the action, one for each context key); a formula becomes clauses; a search
 * gives each dimension a value that satisfies them, or proves that there is no such value.
 *
 * Imports `language` and `policy`. Public: `difference` here, `RequestSpace` (formulas.ts), literals
 * and their `complement` (dimension.ts), and the formulas themselves (terms.ts).
 */

import { type Budget, budgetOf, spend } from "../language/budget.ts";
import type { Effect } from "../policy/document.ts";
import type { Assignment, Dimension } from "./dimension.ts";
import type { RequestSpace } from "./formulas.ts";
import {
  type Clause,
  certainIn,
  closersOf,
  groundOf,
  knownIn,
  literalsIn,
  withoutClosed,
} from "./parts.ts";
import { solve } from "./solve.ts";
import { clausesOf, type Formula, type Reading, wayPast } from "./terms.ts";

/** A policy as formulas: it allows what an Allow says and no Deny says. */
export type Rules = readonly { readonly effect: Effect; readonly formula: Formula }[];

export type Difference =
  | { readonly kind: "some"; readonly assignments: readonly Assignment[] }
  | { readonly kind: "none" }
  /** `unknowns`: it depends on what is not decided; `budget`: the search was given up. */
  | { readonly kind: "open"; readonly because: "unknowns" | "budget" };

/** Policies that must all allow: what is granted, and the boundary that it stays within. */
export type Bounds = readonly Rules[];

/** A question about requests: one of `allowedBy` allows them, and each of `refusedBy` refuses. */
export type Question = {
  readonly requests: RequestSpace;
  readonly allowedBy: readonly Bounds[];
  readonly refusedBy: readonly Bounds[];
  /** What else must hold of them. */
  readonly extra?: readonly Clause[];
  /** For all searches for strings together; they stop when it is spent. */
  readonly budget: Budget;
  /** For looks at literals, of several questions together; of this one alone where it is left out. */
  readonly looks?: Budget;
  /** Do not try values of variables to learn more about the unknowns. */
  readonly isAsKnown?: boolean;
};

/** How often a difference that unknowns might allow is used to learn more about them. */
const roundsMax = 6;

/**
 * Looks at literals for one question; a pair of ordinary policies takes some dozens, the longest that IAM
 * takes some thousands. As many take a few milliseconds.
 */
const looksMax = 60_000;

/**
 * Finds a request that answers the question.
 *
 * To allow it, all policies of a `Bounds` have to: an Allow of each, past its every Deny. To refuse
 * it, one is enough: the request is past its every Allow, or in one of its Denys.
 */
export function difference(question: Question): Difference {
  const { looks = budgetOf(looksMax) } = question;
  let answer = none;
  for (const allowedBy of question.allowedBy) {
    const found = differenceWithin({ ...question, looks, allowedBy });
    if (found.kind === "some") return found;
    if (found.kind === "open") answer = found;
  }
  return answer;
}

type OneQuestion = Omit<Question, "allowedBy"> & {
  readonly allowedBy: Bounds;
  readonly looks: Budget;
};

function differenceWithin(question: OneQuestion): Difference {
  const { looks, requests } = question;
  if (requests.unknowns.problems.length === 0) return attempt(question, "certain");
  // First what costs less: most policies are compared with what they were before.
  const half = budgetOf(looks.stepsLeft / 2);
  looks.stepsLeft -= half.stepsLeft;
  const found = learnedFrom({ ...question, looks: half });
  looks.stepsLeft += half.stepsLeft;
  if (found.kind !== "open") return found;
  const certain = attempt(question, "certain");
  return certain.kind === "some" ? certain : found;
}

const none: Difference = { kind: "none" };
const byUnknowns: Difference = { kind: "open", because: "unknowns" };
const byBudget: Difference = { kind: "open", because: "budget" };

/**
 * A difference that unknowns might allow is used to learn more about them, until there is none, or it is one
 * whatever they are. What ties hundreds of unknowns matters to few solutions: only what one is at odds with
 * is asked for.
 */
function learnedFrom(question: OneQuestion): Difference {
  const { extra = [], isAsKnown, requests } = question;
  const { dimensions, unknowns } = requests;
  unknowns.tie(() => false);
  for (let round = 1; ; ) {
    const found = attempt({ ...question, extra: [...extra, ...unknowns.ties] }, "possible");
    if (found.kind === "none") return found;
    const values = found.kind === "some" ? found.assignments : null;
    const sure = values && attempt(question, "certain", values);
    if (sure?.kind === "some") return sure;
    const isAtOdds = (tie: Clause): boolean => values === null || !isMet(tie, dimensions, values);
    if (unknowns.tie(isAtOdds)) continue;
    if (values === null) return found;
    const tried = isAsKnown === true || round === roundsMax ? [] : unknowns.learn(values);
    if (tried.length === 0) return byUnknowns;
    for (const one of tried) {
      const learned = attempt(question, "certain", one);
      if (learned.kind === "some") return learned;
    }
    unknowns.tie(isAtOdds);
    round += 1;
  }
}

/** Searches for a request in one reading; of given values, it is only seen whether they are one. */
function attempt(
  question: OneQuestion,
  reading: Reading,
  given: readonly Assignment[] | null = null,
): Difference {
  const { requests, budget, looks: steps } = question;
  if (steps.stepsLeft <= 0 || budget.stepsLeft <= 0) return byBudget;
  const { dimensions } = requests;
  const { settled } = requests.unknowns;
  const read = (rules: Rules): Read => readOf(rules, reading, settled);
  const ownDenies = question.allowedBy.flatMap((rules) => read(rules).past.Deny);
  const clauses = [...(question.extra ?? []), ...ownDenies];
  const allowed = question.allowedBy.map((rules) => read(rules).into.Allow);
  const refused = question.refusedBy.map((bounds) =>
    bounds.flatMap((rules) => [read(rules).past.Allow, ...read(rules).into.Deny]),
  );
  if (given !== null) {
    const isSo = (way: readonly Clause[]): boolean =>
      way.every((clause) => isMet(clause, dimensions, given));
    return isSo(clauses) &&
      [allowed, refused].every((lists) => lists.every((ways) => ways.some(isSo)))
      ? { kind: "some", assignments: given }
      : none;
  }
  spend(steps, literalsIn(clauses));
  const start = dimensions.map((dimension) => dimension.start);
  const ground = groundOf({ dimensions, clauses, steps, budget }, start);
  if (ground === null) return none;
  let isOpen = false;
  const known = knownIn(dimensions, ground.regions);
  for (const way of eachOf(allowed)) {
    const certain = certainIn(way);
    let isPossible: boolean | null = null;
    for (const past of eachOf(refused)) {
      const closers = outs.get(past) ?? closersOf(past);
      outs.set(past, closers);
      // A statement on both sides costs no search,
      if (closers(certain)) continue;
      // and most statements are of another caller than a question is about.
      isPossible ??= withoutClosed(way, known) !== null;
      if (!isPossible) break;
      const solution = solve({ dimensions, clauses: [...way, ...past], ground, steps, budget });
      if (solution.kind === "solved") return { kind: "some", assignments: solution.assignments };
      if (solution.kind === "unclear") isOpen = true;
      // Several long policies have more combinations than there is time to look at.
      if (steps.stepsLeft <= 0 || budget.stepsLeft <= 0) return byBudget;
    }
  }
  return isOpen ? byUnknowns : none;
}

/** Do these values satisfy a clause? */
export function isMet(
  clause: Clause,
  dimensions: readonly Dimension[],
  values: readonly Assignment[],
): boolean {
  return clause.some((way) =>
    way.every(({ dimension: at, id }) => dimensions[at]?.holds(id, values[at] ?? null)),
  );
}

/** How the rules of a policy fail and are satisfied, in a reading, once so much is known of the unknowns. */
type Read = {
  readonly settled: number;
  /** For each rule the clause under which it does not apply. */
  readonly past: Readonly<Record<Effect, readonly Clause[]>>;
  /** For each rule the clauses under which it applies. */
  readonly into: Readonly<Record<Effect, readonly (readonly Clause[])[]>>;
};

/** How rules were last read: most questions about one difference read them the same way. */
const reads = { certain: new WeakMap<Rules, Read>(), possible: new WeakMap<Rules, Read>() };
/** What shuts the ways past rules, as long as these are read the same way. */
const outs = new WeakMap<readonly Clause[], ReturnType<typeof closersOf>>();

function readOf(rules: Rules, reading: Reading, settled: number): Read {
  const known = reads[reading].get(rules);
  if (known?.settled === settled) return known;
  const past: Record<Effect, Clause[]> = { Allow: [], Deny: [] };
  const into: Record<Effect, (readonly Clause[])[]> = { Allow: [], Deny: [] };
  for (const { effect, formula } of rules) {
    past[effect].push(wayPast(formula, reading));
    into[effect].push(clausesOf(formula, reading));
  }
  const read = { settled, past, into };
  reads[reading].set(rules, read);
  return read;
}

/** Every choice of one way from each list, its clauses joined; the last list varies fastest. */
function eachOf([first, ...others]: readonly (readonly (readonly Clause[])[])[]): Iterable<
  readonly Clause[]
> {
  if (first === undefined) return [[]];
  if (others.length === 0) return first;
  return first
    .values()
    .flatMap((way) => Iterator.from(eachOf(others)).map((rest) => [...way, ...rest]));
}
