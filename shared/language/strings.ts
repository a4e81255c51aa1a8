/**
 * Sets of strings, and a member of some that is in none of the others. Everything that a policy says
 * about text is such a question.
 *
 * Imports no other room. Public: `findMember` and `StringSet` here, `Pattern` with `globPattern` and
 * `literalPattern` (pattern.ts), `grammarMachine` (machine.ts), `budgetOf` (budget.ts), and the typed
 * values: decimal.ts, instant.ts, address.ts. What a terminal may show is in visible.ts.
 */

import { type Budget, budgetOf, spend } from "./budget.ts";
import { byHead } from "./by-head.ts";
import { Cover, coverOf } from "./cover.ts";
import { filledIn, together } from "./example.ts";
import { canBegin, canEnd, type Machine, machineOf, nothing, unionOf } from "./machine.ts";
import { everything, matches, type Pattern } from "./pattern.ts";
import { surelyDisjoint } from "./quick.ts";
import { type Found, none, sampleOf, searchMember, spent } from "./search.ts";
import { accepts, universalStates } from "./walk.ts";

/** A set of strings: whatever one of the patterns matches, or what an automaton accepts. */
export type StringSet =
  | { readonly kind: "patterns"; readonly patterns: readonly Pattern[] }
  | { readonly kind: "machine"; readonly machine: Machine };

/** More patterns than this are looked up, by a cover or by their heads. */
const fewPatterns = 8;

export function includesText(set: StringSet, text: string): boolean {
  if (set.kind === "machine") return accepts(set.machine, text);
  if (set.patterns.length > fewPatterns) return coverOf(set.patterns).match(text);
  for (const pattern of set.patterns) if (matches(pattern, text)) return true;
  return false;
}

type Question = {
  readonly included: readonly StringSet[];
  readonly excluded: readonly StringSet[];
  readonly budget: Budget;
};

/**
 * A non-empty string that is in every set of `included` and in none of `excluded`, the shortest
 * where it comes from a search, and a plain one where a quick check of the patterns shows one.
 *
 * Quick checks answer nearly all that real policies ask: a literal is looked up, a pattern with its
 * wildcards filled in is tried, a pattern inside another is seen. What is left is searched.
 */
export function findMember(question: Question): Found {
  const { included, excluded, budget } = question;
  if (!spend(budget, 10 + sizeOf(included) + sizeOf(excluded))) return spent;
  const literals = fewestLiterals(question.included);
  if (literals !== null) return firstMember(question, literals) ?? none;
  // Even where this spends the budget, since nothing may be left to search for.
  budget.stepsLeft -= stepsToNarrow(question);
  const narrowed = narrow(question);
  if (narrowed === null) return none;
  // Of many patterns one that is filled in is hardly in all the others.
  const ways = isLarge(narrowed) ? [putTogether, bySample, byFilling] : [byFilling, bySample];
  for (const way of ways) {
    const found = way(narrowed);
    if (found !== null) return found;
  }
  return bySearch(narrowed);
}

/** Of few sets each pattern is held against the other sets; what several exclude is made one list. */
function stepsToNarrow({ included, excluded }: Question): number {
  const others = included.length > comparedSetsMax ? 1 : included.length - 1;
  return 50 + 2 * others * sizeOf(included) + (excluded.length > 1 ? 4 * sizeOf(excluded) : 0);
}

function sizeOf(sets: readonly StringSet[]): number {
  return sets.reduce((size, set) => size + (set.kind === "patterns" ? set.patterns.length : 1), 1);
}

function isMember(question: Question, text: string): boolean {
  return (
    text !== "" &&
    question.included.every((set) => set.kind === "machine" || includesText(set, text)) &&
    !question.excluded.some((set) => includesText(set, text)) &&
    // Following an automaton takes longest, so it comes last.
    question.included.every((set) => set.kind === "patterns" || includesText(set, text))
  );
}

/** The texts of the set that has fewest, among those that are texts alone; null where none is. */
export function fewestLiterals(sets: readonly StringSet[]): readonly string[] | null {
  let fewest: readonly string[] | null = null;
  for (const set of sets) {
    if (set.kind !== "patterns" || (fewest !== null && fewest.length <= set.patterns.length))
      continue;
    const literals: string[] = [];
    for (const pattern of set.patterns) {
      if (pattern.literal !== null && !pattern.anyCase) literals.push(pattern.literal);
    }
    if (literals.length === set.patterns.length) fewest = literals;
  }
  return fewest;
}

function firstMember(question: Question, texts: Iterable<string>): Found | null {
  for (const text of texts) if (isMember(question, text)) return { kind: "found", text };
  return null;
}

type Narrowed = Question & {
  readonly open: readonly (readonly Pattern[])[];
  readonly machines: readonly Machine[];
  /** Looked for when first asked, since mostly an example comes before. */
  readonly shut: () => readonly Pattern[];
};

/** In so many sets each pattern is looked at together with those of the other sets. */
const comparedSetsMax = 6;

/** Drops the patterns that a quick check shows to be empty or irrelevant; null for "nothing left". */
function narrow(question: Question): Narrowed | null {
  const machines: Machine[] = [];
  const lists = question.excluded.flatMap((set) => (set.kind === "patterns" ? [set.patterns] : []));
  // The list itself where it is the only one: its cover is made once.
  const excluded = lists.length === 1 ? (lists[0] ?? []) : lists.flat();
  if (excluded.some(({ identity }) => identity === everything.identity)) return null;
  const cover = coverOf(excluded);
  const left: (readonly Pattern[])[] = [];
  for (const set of question.included) {
    if (set.kind === "machine") {
      machines.push(set.machine);
      continue;
    }
    const patterns = set.patterns.filter((pattern) => !cover.has(pattern));
    if (patterns.length === 0) return null;
    left.push(sameIfAll(patterns, set.patterns));
  }
  const open = left.length > comparedSetsMax ? left : left.map((_, at) => compatible(left, at));
  const fits = (pattern: Pattern): boolean =>
    machines.length === 0 ||
    machines.every((machine) => canEnd(machine, pattern) && canBegin(machine, pattern));
  const met = open.map((patterns) => sameIfAll(patterns.filter(fits), patterns));
  if (met.some((patterns) => patterns.length === 0)) return null;
  let known: readonly Pattern[] | null = null;
  const shut = (): readonly Pattern[] => {
    known ??= excluded.filter(
      (pattern) => fits(pattern) && met.every((patterns) => mayMeet(pattern, patterns)),
    );
    return known;
  };
  return { ...question, open: met, machines, shut };
}

/** The patterns of one set that may have a string in common with each of the others. */
function compatible(sets: readonly (readonly Pattern[])[], at: number): readonly Pattern[] {
  const patterns = sets[at] ?? [];
  if (sets.length < 2) return patterns;
  const others = sets.filter((_, other) => other !== at);
  const fitting = patterns.filter((pattern) => others.every((set) => mayMeet(pattern, set)));
  return sameIfAll(fitting, patterns);
}

/** May some text match the pattern and one of these? */
function mayMeet(pattern: Pattern, others: readonly Pattern[]): boolean {
  const meets = (other: Pattern): boolean => !surelyDisjoint(pattern, other);
  return others.length > fewPatterns ? byHead(others).some(pattern, meets) : others.some(meets);
}

/** The list itself where none of it was left out: what was made of it is made no second time. */
function sameIfAll<T>(left: readonly T[], all: readonly T[]): readonly T[] {
  return left.length === all.length ? all : left;
}

/** Each pattern with its wildcards filled in. */
function byFilling(question: Narrowed): Found | null {
  return firstMember(question, filledIn(question.open, question.shut));
}

/** A shortest text of an automaton, or any text where nothing is asked for. */
function bySample(question: Narrowed): Found | null {
  const { machines, open } = question;
  for (const machine of machines) {
    const sample = sampleOf(machine);
    if (sample.kind !== "found") continue;
    // Where an automaton takes whatever follows, what patterns ask for can.
    const behind = universalStates(machine).includes(true) ? together(open) : [];
    const texts = ["", ...behind].map((more) => sample.text + more);
    const found = firstMember(question, texts);
    if (found !== null) return found;
  }
  const isFree = open.length === 0 && machines.length === 0;
  return isFree ? firstMember(question, ["x", "other", "q7"]) : null;
}

/** From so many signs in all names on, a text that is put together is good enough, though it may not be shortest. */
const signsToPutTogether = 160;

function isLarge({ open }: Narrowed): boolean {
  if (open.length < 2) return false;
  const signs = open.flat().reduce((sum, { name }) => sum + name.length, 0);
  return open.length > comparedSetsMax || signs > signsToPutTogether;
}

/** A text of the parts of all patterns, where a search for the shortest might not end. */
function putTogether(question: Narrowed): Found | null {
  return question.machines.length > 0 ? null : firstMember(question, together(question.open));
}

/** So many steps look for a text without regard to what is excluded. */
const stepsWithoutExcluded = 2_000;

function bySearch(question: Narrowed): Found {
  const { budget } = question;
  const widest = (patterns: readonly Pattern[]): Machine => machineOfWidest(patterns, budget);
  const included = [...question.machines, ...question.open.map(widest)];
  const shut = widest(question.shut());
  const machines = question.excluded.flatMap((set) =>
    set.kind === "machine" ? [set.machine] : [],
  );
  const excluded = machines.length === 0 ? shut : unionOf([shut, ...machines]);
  if (excluded.mayExplode && included.length > 0) {
    const few = budgetOf(Math.min(stepsWithoutExcluded, budget.stepsLeft));
    const before = few.stepsLeft;
    const found = searchMember({ included, excluded: nothing, budget: few });
    budget.stepsLeft -= before - few.stepsLeft;
    if (found.kind === "none") return found;
    if (found.kind === "found" && isMember(question, found.text)) return found;
  }
  return searchMember({ included, excluded, budget });
}

/** For the first of some patterns, the automata of lists that begin with it, by the names of all. */
const machines = new WeakMap<Pattern, Map<string, Machine>>();

/** The automaton of some patterns; one comparison asks for the same again and again. */
function machineOfWidest(patterns: readonly Pattern[], budget: Budget): Machine {
  const [first] = patterns;
  if (first === undefined) return machineOf([]);
  const made = machines.get(first) ?? new Map<string, Machine>();
  machines.set(first, made);
  const name = identityOf(patterns);
  const machine = made.get(name) ?? machineWithoutNarrow(patterns);
  // Whichever search it was made for: one question costs the same whenever it is asked.
  budget.stepsLeft -= machine.edges.length;
  made.set(name, machine);
  return machine;
}

const identityOf = (patterns: readonly Pattern[]): string =>
  patterns.map(({ identity }) => `${identity.length}:${identity}`).join("");

/** Without those that a quick check shows to be within another. */
function machineWithoutNarrow(patterns: readonly Pattern[]): Machine {
  const sorted = [...patterns].sort((one, other) => one.name.length - other.name.length);
  const cover = new Cover(sorted);
  const isNarrow = (pattern: Pattern, at: number): boolean =>
    cover.hasWide(pattern, (wide) => sorted.indexOf(wide) < at);
  return machineOf(sorted.filter((pattern, at) => !isNarrow(pattern, at)));
}
