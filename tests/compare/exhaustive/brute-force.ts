import { type Context, holds } from "./evaluator.ts";
import type { Family, Place } from "./families.ts";
import type { Policy, Statement } from "./policies.ts";
import { type Reading, readingsOf } from "./readings.ts";

/** A set of the family's requests; bit by bit. */
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
  private readonly family: Family;
  /** For each reading, effect, part and atom: the requests for which it holds. */
  private readonly known = new Map<string, Requests>();
  private readonly allowed = new Map<Policy, readonly Requests[]>();
  private readonly requests: readonly { readonly place: Place; readonly context: Context }[];

  constructor(family: Family) {
    this.family = family;
    this.readings = readingsOf(family.questions);
    this.requests = this.distinct(
      family.places.flatMap((place) => family.contexts.map((context) => ({ place, context }))),
    );
    this.requestCount = this.requests.length;
  }

  /** One request for each way in which the family's parts and atoms can tell requests apart. */
  private distinct(all: BruteForce["requests"]): BruteForce["requests"] {
    const byAnswers = new Map<string, BruteForce["requests"][number]>();
    for (const request of all) {
      const answers = this.readings
        .flatMap((reading) =>
          (["Allow", "Deny"] as const).flatMap((effect) => [
            ...this.family.parts.map((part) => part.covers({ ...request, effect, reading })),
            ...this.family.atoms.map((atom) => holds(atom, request.context, effect, reading)),
          ]),
        )
        .map((answer) => (answer ? "1" : "0"))
        .join("");
      if (!byAnswers.has(answers)) byAnswers.set(answers, request);
    }
    return [...byAnswers.values()];
  }

  /** Is there a request that the one allows and the other does not? */
  truth(allowing: Policy, refusing: Policy): Truth {
    const some = this.allowedBy(allowing);
    const others = this.allowedBy(refusing);
    const size = Math.ceil(this.requestCount / 32);
    let isEver = false;
    let isAlways = false;
    for (let word = 0; word < size; word += 1) {
      let always = -1;
      for (const [at, requests] of some.entries()) {
        const differing = (requests[word] ?? 0) & ~(others[at]?.[word] ?? 0);
        if (differing !== 0) isEver = true;
        always &= differing;
      }
      if (always !== 0) isAlways = true;
    }
    return isAlways ? "some" : isEver ? "open" : "none";
  }

  /** Does the policy allow this very request, by this reading? */
  allows(
    policy: Policy,
    request: { readonly place: Place; readonly context: Context },
    reading: Reading,
  ): boolean {
    const applies = (statement: Statement): boolean => {
      const { effect } = statement;
      const part = this.family.parts[statement.part];
      return (
        part?.covers({ ...request, effect, reading }) === true &&
        statement.atoms.every((number) => {
          const atom = this.family.atoms[number];
          return atom !== undefined && holds(atom, request.context, effect, reading);
        })
      );
    };
    const of = (effect: Statement["effect"]): boolean =>
      policy.some((statement) => statement.effect === effect && applies(statement));
    return of("Allow") && !of("Deny");
  }

  private allowedBy(policy: Policy): readonly Requests[] {
    const known = this.allowed.get(policy);
    if (known !== undefined) return known;
    const made = this.readings.map((_, reading) => {
      const allowed = this.none();
      for (const statement of policy) {
        if (statement.effect !== "Allow") continue;
        const applies = this.applies(statement, reading);
        applies.forEach((bits, word) => {
          allowed[word] = (allowed[word] ?? 0) | bits;
        });
      }
      for (const statement of policy) {
        if (statement.effect !== "Deny") continue;
        const applies = this.applies(statement, reading);
        applies.forEach((bits, word) => {
          allowed[word] = (allowed[word] ?? 0) & ~bits;
        });
      }
      return allowed;
    });
    this.allowed.set(policy, made);
    return made;
  }

  private none(): Requests {
    return new Uint32Array(Math.ceil(this.requestCount / 32));
  }

  private applies({ effect, part, atoms }: Statement, at: number): Requests {
    const both = Uint32Array.from(
      this.whereHolds(`${at} ${effect} part ${part}`, (request) =>
        this.family.parts[part]?.covers({ ...request, effect, reading: this.reading(at) }),
      ),
    );
    for (const number of atoms) {
      const atom = this.family.atoms[number];
      const holding = this.whereHolds(
        `${at} ${effect} atom ${number}`,
        ({ context }) => atom !== undefined && holds(atom, context, effect, this.reading(at)),
      );
      for (let word = 0; word < both.length; word += 1)
        both[word] = (both[word] ?? 0) & (holding[word] ?? 0);
    }
    return both;
  }

  private reading(at: number): Reading {
    const reading = this.readings[at];
    if (reading === undefined) throw new Error(`there is no reading ${at}`);
    return reading;
  }

  private whereHolds(
    name: string,
    test: (request: BruteForce["requests"][number]) => boolean | undefined,
  ): Requests {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const bits = this.none();
    for (const [at, request] of this.requests.entries()) {
      if (test(request) === true) bits[at >> 5] = (bits[at >> 5] ?? 0) | (1 << (at & 31));
    }
    this.known.set(name, bits);
    return bits;
  }
}
