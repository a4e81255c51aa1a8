import {
  evaluateTrust,
  type TrustRequest,
  trustEvaluator,
} from "../../../sandbox/evaluate/index.ts";
import { candidatesOf } from "./candidates.ts";
import {
  type Atom,
  isMultiValued,
  type ReadStatement,
  statementsOf,
  typesOf,
} from "./documents.ts";

type Principal = TrustRequest["principal"];

/** What a key may be in a request: absent (null), or one or several values. */
export type Choice = readonly string[] | null;

const sixActions = [
  "sts:AssumeRole",
  "sts:AssumeRoleWithWebIdentity",
  "sts:AssumeRoleWithSAML",
  "sts:TagSession",
  "sts:SetSourceIdentity",
  "sts:SetContext",
];

/**
 * The requests that two documents can tell apart, as far as literals and near-misses reach.
 *
 * Candidates that every single part of both documents treats alike are one class, and one of them
 * is tried: so the product of the classes stays small enough to be walked whole. Each part's answer
 * comes from the sandbox's evaluator, one condition, principal or action pattern at a time.
 */
export function requestsOf(
  documents: readonly unknown[],
  options: { readonly atMost: number; readonly seed: number },
): Iterable<TrustRequest> {
  const statements = statementsOf(documents);
  const atoms = statements.flatMap((statement) => statement.atoms);
  const names = new Map(atoms.map((atom) => [atom.key.toLowerCase(), atom.key]));
  const keys = [...names.values()];
  const dependent = atoms.some((atom) => atom.values.some((value) => /\$\{[^*?$]/.test(value)));
  const pool = dependent ? atoms.flatMap((atom) => atom.values) : [];
  const variables = pool.flatMap((value) =>
    [...value.matchAll(/\$\{([^},*?$]+)/g)].map((found) => (found[1] ?? "").trim()),
  );
  const absentVariables = [...new Set(variables)].filter((key) => !names.has(key.toLowerCase()));
  const choices = [
    ...keys.map((key) => choicesOf(key, atoms, pool, dependent)),
    ...absentVariables.map((): readonly Choice[] => [
      null,
      ...pool.filter((v) => v !== "").map((v) => [v]),
    ]),
  ];
  return productOf(
    { principals: principalsOf(statements), actions: actionsOf(statements) },
    [...keys, ...absentVariables],
    choices,
    options,
  );
}

function* productOf(
  first: { readonly principals: readonly Principal[]; readonly actions: readonly string[] },
  keys: readonly string[],
  choices: readonly (readonly Choice[])[],
  { atMost, seed }: { readonly atMost: number; readonly seed: number },
): Iterable<TrustRequest> {
  const sizes = [first.principals.length, first.actions.length, ...choices.map((c) => c.length)];
  const total = sizes.reduce((product, size) => product * size, 1);
  const random = randomFrom(seed);
  for (let count = 0; count < Math.min(total, atMost); count += 1) {
    let place = total <= atMost ? count : null;
    const pick = (size: number): number => {
      if (place === null) return Math.floor(random() * size);
      const digit = place % size;
      place = Math.floor(place / size);
      return digit;
    };
    const principal = first.principals[pick(first.principals.length)];
    const action = first.actions[pick(first.actions.length)];
    const context = new Map<string, readonly string[]>();
    for (const [index, options] of choices.entries()) {
      const chosen = options[pick(options.length)];
      const key = keys[index];
      if (chosen !== null && chosen !== undefined && key !== undefined) context.set(key, chosen);
    }
    if (principal !== undefined && action !== undefined) yield { principal, action, context };
  }
}

/** Mulberry32: a small generator of numbers in [0, 1) that a seed replays. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The first of each class: candidates with one answer from every part are the same. */
export function oneOfEachClass<T>(
  candidates: readonly T[],
  answersOf: (candidate: T) => string,
): T[] {
  const classes = new Map<string, T>();
  for (const candidate of candidates) {
    const answers = answersOf(candidate);
    if (!classes.has(answers)) classes.set(answers, candidate);
  }
  return [...classes.values()];
}

const anyone: Principal = { type: "AWS", id: "arn:aws:iam::999999999999:user/nobody" };

export function choicesOf(
  key: string,
  allAtoms: readonly Atom[],
  pool: readonly string[],
  dependent: boolean,
): readonly Choice[] {
  const atoms = allAtoms.filter((atom) => atom.key.toLowerCase() === key.toLowerCase());
  const listed = [...atoms.flatMap((atom) => atom.values), ...pool];
  const candidates = candidatesOf(typesOf(key, allAtoms), listed);
  const tests = atoms.map(({ version, operator, values }) =>
    trustEvaluator({
      Version: version,
      Statement: {
        Effect: "Allow",
        Principal: "*",
        Action: "*",
        Condition: { [operator]: { [key]: values } },
      },
    }),
  );
  const answersOf = (value: string) => {
    const context = new Map([[key, [value]]]);
    return tests
      .map((test) => test({ principal: anyone, action: "sts:AssumeRole", context }).decision)
      .join();
  };
  const values = dependent ? candidates : oneOfEachClass(candidates, answersOf);
  return isMultiValued(key, allAtoms)
    ? [null, ...setsOf(values.slice(0, 12))]
    : [null, ...values.map((value) => [value])];
}

/** Every set of one, two or three of the values. */
function setsOf(values: readonly string[]): readonly (readonly string[])[] {
  const sets: (readonly string[])[] = [];
  for (const [i, first] of values.entries()) {
    sets.push([first]);
    for (const [j, second] of values.entries()) {
      if (j <= i) continue;
      sets.push([first, second]);
      for (const third of values.slice(j + 1)) sets.push([first, second, third]);
    }
  }
  return sets;
}

export function principalsOf(statements: readonly ReadStatement[]): readonly Principal[] {
  const listed = statements.flatMap((statement) => statement.principals);
  const candidates: Principal[] = [
    ...listed.flatMap(beside),
    anyone,
    { type: "Federated", id: "arn:aws:iam::999999999999:oidc-provider/elsewhere.example" },
    { type: "Service", id: "elsewhere.amazonaws.com" },
    { type: "CanonicalUser", id: "0".repeat(64) },
  ];
  const tests = listed.map(({ type, id }) => ({
    Statement: { Effect: "Allow", Principal: { [type]: id }, Action: "*" },
  }));
  return oneOfEachClass(candidates, (principal) =>
    tests
      .map((test) => {
        const request = { principal, action: "sts:AssumeRole", context: new Map() };
        return evaluateTrust(test, request).decision;
      })
      .join(),
  );
}

/** A listed principal as a caller, and callers that are nearly it. */
function beside(principal: Principal): readonly Principal[] {
  const { type, id } = principal;
  if (id === "*") return [];
  if (type === "Service") return [principal, { type, id: `x${id}` }];
  if (type !== "AWS") return [principal, { type, id: `${id}x` }];
  const account = /\d{12}/.exec(id)?.[0];
  const role = /:role\/(?:.*\/)?([^/]+)$/.exec(id)?.[1] ?? /assumed-role\/([^/]+)/.exec(id)?.[1];
  const others =
    account === undefined
      ? []
      : [
          `arn:aws:iam::${account}:root`,
          `arn:aws:iam::${account}:user/someone`,
          `arn:aws:iam::${account}:role/someone`,
          `arn:aws:sts::${account}:assumed-role/${role ?? "someone"}/session`,
          `arn:aws:iam::${account}:role/${role ?? "someone"}`,
        ];
  // A bare account number names a principal in a policy; callers have ARNs.
  const own = /^\d{12}$/.test(id) ? [] : [id];
  return [...own, ...others].map((each) => ({ type: "AWS", id: each }));
}

export function actionsOf(statements: readonly ReadStatement[]): readonly string[] {
  const listed = statements.flatMap((statement) => statement.actions);
  const candidates = [...sixActions, ...listed.filter((action) => !/[*?]/.test(action))];
  const tests = listed.map((action) => ({
    Statement: { Effect: "Allow", Principal: "*", Action: action },
  }));
  return oneOfEachClass(candidates, (action) =>
    tests
      .map((test) => {
        const request = { principal: anyone, action, context: new Map() };
        return evaluateTrust(test, request).decision;
      })
      .join(),
  );
}

/** The first request that one document allows and another does not, or null where none is found. */
export function requestBetween(
  sides: { readonly allows: string; readonly refuses: string },
  options: { readonly atMost: number; readonly seed: number } = { atMost: 30_000, seed: 1 },
): TrustRequest | null {
  const allows: unknown = JSON.parse(sides.allows);
  const refuses: unknown = JSON.parse(sides.refuses);
  const allowing = trustEvaluator(allows);
  const refusing = trustEvaluator(refuses);
  for (const request of requestsOf([refuses, allows], options)) {
    const admitted = allowing(request).decision === "allow";
    if (admitted && refusing(request).decision !== "allow") return request;
  }
  return null;
}
