import type { Budget } from "../language/budget.ts";
import type { Pattern } from "../language/pattern.ts";
import type { Multiplicity } from "../policy/keys.ts";
import { identityOfPatterns } from "../policy/match.ts";
import { inSet, type ValueSet, type ValueSpace } from "./space.ts";

/** The values of one dimension in a request; null where the key is absent. */
export type Assignment = readonly string[] | null;

/**
 * A constraint on one dimension. On a value that is there, `some` or `each` of the values must be
 * in the set (or out of it); `absent` tells whether an absent key satisfies it.
 */
export type Constraint = {
  readonly set: ValueSet;
  readonly identity: string;
  readonly inside: boolean;
  readonly quantifier: "some" | "each";
  readonly absent: boolean;
};

/** A constraint of a dimension by number; `id ^ 1` is its complement. */
export type Literal = { readonly dimension: number; readonly id: number };

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
  readonly #budget: Budget;
  readonly #constraints: Constraint[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #regions = new Map<string, Region>();

  constructor(input: {
    readonly name: string;
    readonly space: ValueSpace;
    readonly multiplicity: Multiplicity;
    /** A principal and an action are never absent. */
    readonly canBeAbsent: boolean;
    readonly budget: Budget;
  }) {
    this.name = input.name;
    this.#space = input.space;
    this.#multiplicity = input.multiplicity;
    this.#budget = input.budget;
    this.start = input.canBeAbsent
      ? { ids: [], feasible: "yes", assignment: null, next: new Map() }
      : this.#regionOf([this.number(present)]);
  }

  /** The number of a constraint; equal constraints have one number, complements differ in the last bit. */
  number(constraint: Constraint): number {
    const flipped = constraint.absent ? 1 : 0;
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
    return number ^ flipped;
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

  /** The region with one constraint more. */
  narrow(region: Region, id: number): Region {
    const known = region.next.get(id);
    if (known !== undefined) return known;
    const narrowed = this.#narrowAnew(region, id);
    region.next.set(id, narrowed);
    return narrowed;
  }

  #narrowAnew(region: Region, id: number): Region {
    if (region.feasible === "no" || region.ids.includes(id)) return region;
    if (region.ids.includes(id ^ 1)) return nowhere;
    const ids = [...region.ids, id].sort((left, right) => left - right);
    if (region.feasible === "yes" && this.holds(id, region.assignment)) {
      return { ids, feasible: "yes", assignment: region.assignment, next: new Map() };
    }
    return this.#regionOf(ids);
  }

  #regionOf(ids: readonly number[]): Region {
    const key = ids.join();
    const known = this.#regions.get(key);
    if (known !== undefined) return known;
    const region = this.#solve(ids);
    this.#regions.set(key, region);
    return region;
  }

  #solve(ids: readonly number[]): Region {
    const constraints = ids.flatMap((id) => this.#constraints[id] ?? []);
    const region = (feasible: Region["feasible"], assignment: Assignment): Region => ({
      ids,
      feasible,
      assignment,
      next: new Map(),
    });
    if (constraints.every((constraint) => constraint.absent)) return region("yes", null);
    const single = this.#space.find({ ...sidesOf(constraints), budget: this.#budget });
    if (single.kind === "found") return region("yes", [single.text]);
    if (this.#multiplicity === "one")
      return region(single.kind === "none" ? "no" : "unclear", null);
    return this.#solveForSeveral(ids, constraints);
  }

  /** One value cannot satisfy all: one for each `some`, each of them within every `each`. */
  #solveForSeveral(ids: readonly number[], constraints: readonly Constraint[]): Region {
    const each = constraints.filter((constraint) => constraint.quantifier === "each");
    const some = constraints.filter((constraint) => constraint.quantifier === "some");
    const values: string[] = [];
    let unclear = this.#multiplicity === "unclear";
    for (const wanted of some.length > 0 ? some : [null]) {
      const all = wanted === null ? each : [...each, wanted];
      if (wanted !== null && values.some((value) => inSet(wanted.set, value) === wanted.inside))
        continue;
      const found = this.#space.find({ ...sidesOf(all), budget: this.#budget });
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
