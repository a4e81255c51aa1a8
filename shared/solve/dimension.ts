import { type Budget, budgetOf } from "../language/budget.ts";
import type { Pattern } from "../language/pattern.ts";
import type { Multiplicity } from "../policy/keys.ts";
import { identityOfPatterns } from "../policy/match.ts";
import { inSet, type ValueSet, type ValueSpace } from "./space.ts";

/** The values of one dimension in a request; null where the key is absent. */
export type Assignment = readonly string[] | null;

/**
 * A constraint on one dimension. On a value that is there, `some` or `each` of the values must be
 * in the set (or out of it); `absent` says whether an absent key satisfies it.
 */
export type Constraint = {
  readonly set: ValueSet;
  readonly identity: string;
  readonly inside: boolean;
  readonly quantifier: "some" | "each";
  readonly absent: boolean;
};

/** A constraint of a dimension by number. */
export type Literal = { readonly dimension: number; readonly id: number };

/** What holds just where the literal does not. */
export function complement({ dimension, id }: Literal): Literal {
  return { dimension, id: opposite(id) };
}

/** Complements are numbered in pairs, so that they differ in the last bit. */
function opposite(id: number): number {
  return id ^ 1;
}

/** What asks a value to be out of the same set, or in it, and the same of an absent key: pairs are in pairs, too. */
function converse(id: number): number {
  return id ^ 2;
}

/** To find any value of a key takes a few dozens. */
const startSteps = 10_000;

/** To hold a value against so many constraints costs about as much as one step. */
const heldPerStep = 2;

/** Ascending numbers and some more, in ascending order, each once. */
function withMore(sorted: readonly number[], more: readonly number[]): readonly number[] {
  if (sorted.length === 0 && more.length === 1) return more;
  const merged: number[] = [];
  let at = 0;
  for (const number of more.length === 1 ? more : more.toSorted((left, right) => left - right)) {
    for (let next = sorted[at]; next !== undefined && next <= number; next = sorted[at]) {
      merged.push(next);
      at += 1;
    }
    if (merged.at(-1) !== number) merged.push(number);
  }
  for (; at < sorted.length; at += 1) merged.push(sorted[at] ?? 0);
  return merged;
}

/** All constraints that a search has put on a dimension, and a value that satisfies them. */
export type Region = {
  /** Ascending. */
  readonly ids: readonly number[];
  /** Those that the value was searched by: it happens to satisfy the others. Ascending. */
  readonly searched: readonly number[];
  readonly feasible: "yes" | "no" | "unclear";
  readonly assignment: Assignment;
  /** The regions with one constraint more, by that; null until one is asked for. */
  next: Map<number, Region> | null;
  /** All that satisfies the constraints, where the dimension's values are listed: by number, never empty. */
  readonly members: readonly number[] | null;
};

/** The principal, the action or one context key of a request, with the constraints met so far. */
export class Dimension {
  readonly start: Region;
  readonly #space: ValueSpace;
  readonly #multiplicity: Multiplicity;
  readonly #constraints: Constraint[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #regions = new Map<string, Region>();
  /** All that a request can hold, where there are few; the order is that of preference. */
  readonly #options: readonly Assignment[] | null;
  /** For each constraint, which of the options satisfy it. */
  readonly #satisfied: boolean[][] = [];

  constructor(input: {
    readonly space: ValueSpace;
    readonly multiplicity: Multiplicity;
    /** A principal and an action are never absent. */
    readonly canBeAbsent: boolean;
  }) {
    this.#space = input.space;
    this.#multiplicity = input.multiplicity;
    const { canBeAbsent, multiplicity, space } = input;
    const listed = multiplicity === "one" ? space.values : undefined;
    if (listed === undefined) {
      this.#options = null;
      this.start = canBeAbsent
        ? regionOf([], "yes", null)
        : this.#regionOf([this.number(present)], budgetOf(startSteps));
    } else {
      this.#options = [...(canBeAbsent ? [null] : []), ...listed.map((value) => [value])];
      this.start = this.#regionAmong([], [...this.#options.keys()]);
    }
  }

  /** The number of a constraint; equal constraints have one number. */
  number({ set, identity, inside, absent, ...constraint }: Constraint): number {
    const isEach = this.#multiplicity !== "one" && (constraint.quantifier === "each") !== absent;
    const name = isEach ? `each ${identity}` : identity;
    const first = this.#numbers.get(name) ?? 4 * this.#numbers.size;
    this.#numbers.set(name, first);
    const isInside = inside !== absent;
    const number = isInside ? first : converse(first);
    if (this.#constraints[number] === undefined) {
      const quantifier = isEach ? "each" : "some";
      const kept = { set, identity, inside: isInside, quantifier, absent: false } as const;
      this.#constraints[number] = kept;
      this.#constraints[opposite(number)] = complementOf(kept);
    }
    return absent ? opposite(number) : number;
  }

  /** The constraint of a number. */
  constraint(id: number): Constraint {
    const constraint = this.#constraints[id];
    if (constraint === undefined) throw new Error(`no constraint ${id}`);
    return constraint;
  }

  holds(id: number, assignment: Assignment): boolean {
    const constraint = this.constraint(id);
    if (assignment === null) return constraint.absent;
    const isAsked = (value: string): boolean => inSet(constraint.set, value) === constraint.inside;
    return constraint.quantifier === "some" ? assignment.some(isAsked) : assignment.every(isAsked);
  }

  /** What is plain about a constraint in a region, without a search for a value. */
  known(region: Region, id: number): "certain" | "closed" | "open" {
    if (region.ids.includes(id)) return "certain";
    if (region.feasible === "no" || region.ids.includes(opposite(id))) return "closed";
    if (region.members === null) return "open";
    const satisfied = this.#satisfiedBy(id);
    if (!region.members.some((option) => satisfied[option])) return "closed";
    return region.members.every((option) => satisfied[option]) ? "certain" : "open";
  }

  /** Which of the options satisfy a constraint. */
  #satisfiedBy(id: number): readonly boolean[] {
    const known = this.#satisfied[id];
    if (known !== undefined) return known;
    const satisfied =
      this.#satisfied[opposite(id)]?.map((isSatisfied) => !isSatisfied) ??
      (this.#options ?? []).map((option) => this.holds(id, option));
    this.#satisfied[id] = satisfied;
    return satisfied;
  }

  /** The region of some of the options; of several that fit, the first is the value. */
  #regionAmong(ids: readonly number[], members: readonly number[]): Region {
    const [first] = members;
    if (first === undefined) return nowhere;
    const assignment = this.#options?.[first] ?? null;
    return { ...regionOf(ids, "yes", assignment), members };
  }

  /** The region with one constraint more. The budget is for the search for a value in it. */
  narrow(region: Region, id: number, budget: Budget): Region {
    const known = region.next?.get(id);
    if (known !== undefined) return known;
    const narrowed = this.narrowBy(region, [id], budget);
    // What a spent budget left open, another may settle.
    if (budget.stepsLeft > 0) {
      region.next ??= new Map();
      region.next.set(id, narrowed);
    }
    return narrowed;
  }

  /** The region with several constraints more, by one search. */
  narrowBy(region: Region, more: readonly number[], budget: Budget): Region {
    const isFirst = region.ids.length === 0;
    const fresh = isFirst ? more : more.filter((id) => !region.ids.includes(id));
    if (region.feasible === "no" || fresh.length === 0) return region;
    const ids = withMore(region.ids, fresh);
    const isThere = this.#multiplicity === "one" && ids.some((id) => !this.constraint(id).absent);
    const isAtOdds = (id: number): boolean =>
      ids.includes(opposite(id)) || (isThere && ids.includes(converse(id)));
    if (fresh.some(isAtOdds)) return nowhere;
    if (region.members !== null) {
      const satisfied = fresh.map((id) => this.#satisfiedBy(id));
      return this.#regionAmong(
        ids,
        region.members.filter((option) => satisfied.every((by) => by[option])),
      );
    }
    return this.#regionBy(region, { fresh, ids }, budget);
  }

  /**
   * A region in which a value was searched by as few constraints as do: what a value satisfies by chance
   * makes no search harder. Of the sets that it is to be in, one more is added, then two, then four, for
   * few may be empty together; of those that it is to be out of, all are.
   */
  #regionBy(
    region: Region,
    { fresh, ids }: { readonly fresh: readonly number[]; readonly ids: readonly number[] },
    budget: Budget,
  ): Region {
    if (region.feasible !== "yes") return this.#regionOf(ids, budget);
    let { searched, assignment } = region;
    let unsure = fresh;
    for (let count = 1; ; count *= 2) {
      budget.stepsLeft -= unsure.length / heldPerStep;
      const violated = unsure.filter((id) => !this.holds(id, assignment));
      if (violated.length === 0) return { ...regionOf(ids, "yes", assignment), searched };
      const inside = violated.filter((id) => this.constraint(id).inside);
      const more =
        inside.length > 0
          ? inside.slice(0, count)
          : ids.filter((id) => !this.constraint(id).inside);
      const by = withMore(searched, more);
      const found = this.#regionOf(by, budget);
      if (found.feasible === "no") return nowhere;
      // All of them together may still be seen to be empty.
      if (found.feasible === "unclear") return this.#regionOf(ids, budget);
      unsure = ids.filter((id) => !by.includes(id));
      searched = by;
      assignment = found.assignment;
    }
  }

  #regionOf(ids: readonly number[], budget: Budget): Region {
    const key = ids.join();
    const known = this.#regions.get(key);
    if (known !== undefined) return known;
    const region = this.#solve(ids, budget);
    if (budget.stepsLeft > 0) this.#regions.set(key, region);
    return region;
  }

  #solve(ids: readonly number[], budget: Budget): Region {
    const constraints = ids.map((id) => this.constraint(id));
    if (constraints.every((constraint) => constraint.absent)) return regionOf(ids, "yes", null);
    const single = this.#space.find({ ...sidesOf(constraints), budget });
    if (single.kind === "found") return regionOf(ids, "yes", [single.text]);
    if (this.#multiplicity === "one")
      return single.kind === "none" ? nowhere : regionOf(ids, "unclear", null);
    return this.#solveForSeveral(ids, constraints, budget);
  }

  /** No single value satisfies all: one for each `some`, each of them within every `each`. */
  #solveForSeveral(
    ids: readonly number[],
    constraints: readonly Constraint[],
    budget: Budget,
  ): Region {
    const each = constraints.filter((constraint) => constraint.quantifier === "each");
    const some = constraints.filter((constraint) => constraint.quantifier === "some");
    const values: string[] = [];
    let unclear = this.#multiplicity === "unclear";
    for (const needed of some.length > 0 ? some : [null]) {
      const all = needed === null ? each : [...each, needed];
      if (needed !== null && values.some((value) => inSet(needed.set, value) === needed.inside))
        continue;
      const found = this.#space.find({ ...sidesOf(all), budget });
      if (found.kind === "none") return nowhere;
      if (found.kind === "spent") unclear = true;
      else if (!values.includes(found.text)) values.push(found.text);
    }
    return unclear ? regionOf(ids, "unclear", null) : regionOf(ids, "yes", values);
  }
}

export function dimensionAt(dimensions: readonly Dimension[], at: number): Dimension {
  const dimension = dimensions[at];
  if (dimension === undefined) throw new Error(`no dimension ${at}`);
  return dimension;
}

/** A region whose value was searched by all its constraints. */
function regionOf(
  ids: readonly number[],
  feasible: Region["feasible"],
  assignment: Assignment,
): Region {
  return { ids, searched: ids, feasible, assignment, next: null, members: null };
}

const nowhere = regionOf([], "no", null);

/** The key is there, with whatever value. */
export const present: Constraint = {
  set: { kind: "all" },
  identity: "all",
  inside: true,
  quantifier: "some",
  absent: false,
};

/** The key is there, with a value that one of the patterns matches. */
export function matchedBy(patterns: readonly Pattern[]): Constraint {
  const identity = `text|${identityOfPatterns(patterns)}`;
  return { ...present, set: { kind: "text", set: { kind: "patterns", patterns } }, identity };
}

function complementOf(constraint: Constraint): Constraint {
  return {
    ...constraint,
    inside: !constraint.inside,
    quantifier: constraint.quantifier === "some" ? "each" : "some",
    absent: !constraint.absent,
  };
}

function sidesOf(constraints: readonly Constraint[]) {
  const side = (isIncluded: boolean) =>
    constraints.flatMap(({ inside, set }) => (inside === isIncluded ? [set] : []));
  return { included: side(true), excluded: side(false) };
}
