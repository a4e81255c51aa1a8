import type { By } from "./atom.ts";
import { holds } from "./evaluator.ts";
import type { Family, Request } from "./family.ts";
import type { Policy, Statement } from "./policies.ts";
import { type Reading, readingsOf } from "./readings.ts";

/** A set of the family's requests by each reading: bit by bit, one reading after the other. */
type Requests = Uint32Array;

/**
 * What a direction truly is. `some`: one request is a difference by every reading; `none`: no request
 * is one by any; `open`: it hangs on the reading.
 */
export type Truth = "some" | "none" | "open";

/** Decides small policies by asking about every request there is, by every reading. */
export class BruteForce {
  readonly readings: readonly Reading[];
  readonly requestCount: number;
  readonly #family: Family;
  /** The words that the requests of one reading take. */
  readonly #words: number;
  /** For each way in which parts and atoms can answer, the number of the request that shows it. */
  readonly #numbers = new Map<string, number>();
  /** All parts and atoms in every version, by every reading. */
  readonly #tests: readonly ((request: Request) => boolean)[];
  readonly #requests: readonly Request[];
  readonly #applies = new Map<Statement, Requests>();
  readonly #holding = new Map<string, Requests>();

  constructor(family: Family) {
    this.#family = family;
    this.readings = readingsOf(family.questions);
    this.#tests = this.#testsOf(family);
    const all = family.places.flatMap((place) =>
      family.contexts.map((context) => ({ place, context })),
    );
    this.#requests = all.filter((request) => {
      const answers = this.#answersTo(request);
      const isNew = !this.#numbers.has(answers);
      if (isNew) this.#numbers.set(answers, this.#numbers.size);
      return isNew;
    });
    this.requestCount = this.#requests.length;
    this.#words = Math.ceil(this.requestCount / 32);
  }

  /** Of an Allow only: over all readings, a Deny gives no answer that an Allow does not give. */
  #testsOf(family: Family): readonly ((request: Request) => boolean)[] {
    const effect = "Allow";
    const readings = new Map(
      this.readings.map((reading) => [
        JSON.stringify(reading, (key, value: unknown) => (key === "Deny" ? null : value)),
        reading,
      ]),
    );
    return family.versions.flatMap((version) =>
      [...readings.values()].flatMap((reading) => {
        const by = { effect, version, reading } as const;
        return [
          ...family.parts.map((part) => (request: Request) => part.covers(request, by)),
          ...family.atoms.map(
            (atom) =>
              ({ context }: Request) =>
                holds(atom, context, by),
          ),
        ];
      }),
    );
  }

  #answersTo(request: Request): string {
    let answers = "";
    for (const test of this.#tests) answers += test(request) ? "1" : "0";
    return answers;
  }

  /** The number of the request that no part and no atom can tell from this one; null where there is none. */
  numberOf(request: Request): number | null {
    return this.#numbers.get(this.#answersTo(request)) ?? null;
  }

  /** Is there a request that the one allows and the other does not? Both as `allowedBy` gives them. */
  truth(allowing: Requests, refusing: Requests): Truth {
    let isEver = false;
    let isAlways = false;
    for (let word = 0; word < this.#words; word += 1) {
      let always = -1;
      for (let at = word; at < allowing.length; at += this.#words) {
        const differing = (allowing[at] ?? 0) & ~(refusing[at] ?? 0);
        if (differing !== 0) isEver = true;
        always &= differing;
      }
      if (always !== 0) isAlways = true;
    }
    return isAlways ? "some" : isEver ? "open" : "none";
  }

  /** The readings by which the request of this number is in the set. */
  readingsWith(requests: Requests, number: number): readonly Reading[] {
    const word = number >> 5;
    return this.readings.filter(
      (_, at) => (((requests[at * this.#words + word] ?? 0) >> (number & 31)) & 1) === 1,
    );
  }

  /** What a policy allows. */
  allowedBy(policy: Policy): Requests {
    const allowed = this.#none();
    for (const effect of ["Allow", "Deny"] as const) {
      for (const statement of policy) {
        if (statement.effect !== effect) continue;
        const applies = this.#appliesTo(statement);
        for (let word = 0; word < allowed.length; word += 1) {
          const bits = applies[word] ?? 0;
          allowed[word] =
            effect === "Allow" ? (allowed[word] ?? 0) | bits : (allowed[word] ?? 0) & ~bits;
        }
      }
    }
    return allowed;
  }

  #none(): Requests {
    return new Uint32Array(this.#words * this.readings.length);
  }

  #appliesTo(statement: Statement): Requests {
    const known = this.#applies.get(statement);
    if (known !== undefined) return known;
    const { effect, version } = statement;
    const part = this.#family.parts[statement.part];
    const applies = Uint32Array.from(
      this.#whereHolds(
        `${version} ${effect} part ${statement.part}`,
        (request, reading) => part?.covers(request, { effect, version, reading }) === true,
      ),
    );
    for (const number of statement.atoms) {
      const atom = this.#family.atoms[number];
      const holding = this.#whereHolds(
        `${version} ${effect} atom ${number}`,
        ({ context }, reading) =>
          atom !== undefined && holds(atom, context, { effect, version, reading } satisfies By),
      );
      for (let word = 0; word < applies.length; word += 1)
        applies[word] = (applies[word] ?? 0) & (holding[word] ?? 0);
    }
    this.#applies.set(statement, applies);
    return applies;
  }

  #whereHolds(name: string, test: (request: Request, reading: Reading) => boolean): Requests {
    const known = this.#holding.get(name);
    if (known !== undefined) return known;
    const bits = this.#none();
    for (const [at, reading] of this.readings.entries()) {
      for (const [number, request] of this.#requests.entries()) {
        const word = at * this.#words + (number >> 5);
        if (test(request, reading)) bits[word] = (bits[word] ?? 0) | (1 << (number & 31));
      }
    }
    this.#holding.set(name, bits);
    return bits;
  }
}
