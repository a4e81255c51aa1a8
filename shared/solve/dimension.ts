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

/** To find any value of a key takes a few dozens. */
const startSteps = 10_000;

/** All constraints that a search has put on a dimension, and a value that satisfies them. */
export type Region = {
  /** Ascending. */
  readonly ids: readonly number[];
  readonly feasible: "yes" | "no" | "unclear";
  readonly assignment: Assignment;
  readonly next: Map<number, Region>;
};

/** The principal, the action or one context key of a request, with the constraints met so far. */
export class Dimension {
  readonly name: string;
  readonly start: Region;
  readonly #space: ValueSpace;
  readonly #multiplicity: Multiplicity;
  readonly #constraints: Constraint[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #regions = new Map<string, Region>();

  constructor(input: {
    readonly name: string;
    readonly space: ValueSpace;
    readonly multiplicity: Multiplicity;
    /** A principal and an action are never absent. */
    readonly canBeAbsent: boolean;
  }) {
    this.name = input.name;
    this.#space = input.space;
    this.#multiplicity = input.multiplicity;
    this.start = input.canBeAbsent
      ? { ids: [], feasible: "yes", assignment: null, next: new Map() }
      : this.#regionOf([this.number(present)], budgetOf(startSteps));
  }

  /** The number of a constraint; equal constraints have one number. */
  number(constraint: Constraint): number {
    const canonical = constraint.absent ? complementOf(constraint) : constraint;
    const quantifier = this.#multiplicity === "one" ? "some" : canonical.quantifier;
    const name = `${quantifier}|${canonical.inside}|${canonical.identity}`;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#constraints.length;
      const kept = { ...canonical, quantifier } as const;
      this.#constraints.push(kept, complementOf(kept));
      this.#numbers.set(name, number);
    }
    return constraint.absent ? opposite(number) : number;
  }

  /** The constraint of a number. */
  constraint(id: number): Constraint {
    const constraint = this.#constraints[id];
    if (constraint === undefined) throw new Error(`${this.name} has no constraint ${id}`);
    return constraint;
  }

  holds(id: number, assignment: Assignment): boolean {
    const constraint = this.constraint(id);
    if (assignment === null) return constraint.absent;
    const { set, inside } = constraint;
    return constraint.quantifier === "some"
      ? assignment.some((value) => inSet(set, value) === inside)
      : assignment.every((value) => inSet(set, value) === inside);
  }

  /** The region with one constraint more. The budget is for the search for a value in it. */
  narrow(region: Region, id: number, budget: Budget): Region {
    const known = region.next.get(id);
    if (known !== undefined) return known;
    const narrowed = this.#narrowed(region, id, budget);
    region.next.set(id, narrowed);
    return narrowed;
  }

  #narrowed(region: Region, id: number, budget: Budget): Region {
    if (region.feasible === "no" || region.ids.includes(id)) return region;
    if (region.ids.includes(opposite(id))) return nowhere;
    const ids = [...region.ids, id].sort((left, right) => left - right);
    if (region.feasible === "yes" && this.holds(id, region.assignment)) {
      return { ids, feasible: "yes", assignment: region.assignment, next: new Map() };
    }
    return this.#regionOf(ids, budget);
  }

  #regionOf(ids: readonly number[], budget: Budget): Region {
    const key = ids.join();
    const known = this.#regions.get(key);
    if (known !== undefined) return known;
    const region = this.#solve(ids, budget);
    this.#regions.set(key, region);
    return region;
  }

  #solve(ids: readonly number[], budget: Budget): Region {
    const constraints = ids.flatMap((id) => this.#constraints[id] ?? []);
    const region = (feasible: Region["feasible"], assignment: Assignment): Region => ({
      ids,
      feasible,
      assignment,
      next: new Map(),
    });
    if (constraints.every((constraint) => constraint.absent)) return region("yes", null);
    const single = this.#space.find({ ...sidesOf(constraints), budget });
    if (single.kind === "found") return region("yes", [single.text]);
    if (this.#multiplicity === "one")
      return region(single.kind === "none" ? "no" : "unclear", null);
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
    return {
      ids,
      feasible: unclear ? "unclear" : "yes",
      assignment: unclear ? null : values,
      next: new Map(),
    };
  }
}

const nowhere: Region = { ids: [], feasible: "no", assignment: null, next: new Map() };

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
  return {
    included: constraints.flatMap((constraint) => (constraint.inside ? [constraint.set] : [])),
    excluded: constraints.flatMap((constraint) => (constraint.inside ? [] : [constraint.set])),
  };
}
