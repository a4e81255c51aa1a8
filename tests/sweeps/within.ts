import { compareTrust, type Grant, grantsBeyond, mayWiden } from "../../shared/compare/index.ts";
import { accessIn, type Operation } from "../scenarios/access.ts";
import type { AccountState, RoleState } from "../scenarios/state.ts";

/** The two states that bound what anybody may do: what was there, and what is desired. */
export type Bounds = { readonly before: AccountState; readonly end: AccountState };

/**
 * Access that was neither there nor is desired, as two evaluators see it that share no code: the
 * sandbox's, which asks for callers and operations one by one, and the engine, which asks whether there
 * is any request at all.
 */
export function accessBeyond(
  now: AccountState,
  { before, end }: Bounds,
  operations: readonly Operation[],
): readonly string[] {
  const [was, wanted] = [accessOf(before, operations), accessOf(end, operations)];
  return [
    ...[...accessOf(now, operations)].filter((line) => !was.has(line) && !wanted.has(line)),
    ...Object.entries(now.roles)
      .filter(([name, role]) => !isRoleWithin({ now, before, end }, name, role))
      .map(([name]) => `${name}: the engine finds a request that was neither there nor desired`),
  ];
}

const accessMemory = new Map<string, ReadonlySet<string>>();

/** What anybody may do in a state. States come again and again, so each is looked at once. */
export function accessOf(
  state: AccountState,
  operations: readonly Operation[],
): ReadonlySet<string> {
  const key = JSON.stringify([state, operations]);
  const known = accessMemory.get(key) ?? accessIn(state, operations);
  accessMemory.set(key, known);
  return known;
}

/**
 * A role's access is who may come times what they may do. It is within the union of two such products
 * where it is within one of them, or where one factor is within both and the other within the union.
 */
function isRoleWithin(
  { now, before, end }: Bounds & { readonly now: AccountState },
  name: string,
  role: RoleState,
): boolean {
  const who = admittedBy(now, role);
  const what = grantOf(now, role);
  const sides = [before, end].flatMap((state) => {
    const known = state.roles[name];
    if (known === undefined) return [];
    const isLonger = role.maxSessionSeconds > known.maxSessionSeconds;
    return isLonger ? [] : [{ who: admittedBy(state, known), what: grantOf(state, known) }];
  });
  const whoIn = sides.map((side) => admitsNoMore(who, [side.who]));
  const whatIn = sides.map((side) => grantsNoMore(what, [side.what]));
  if (admitsNoMore(who, []) || grantsNoMore(what, [])) return true;
  if (sides.some((_, at) => whoIn[at] === true && whatIn[at] === true)) return true;
  if (sides.length < 2) return false;
  const whoInUnion = () =>
    admitsNoMore(
      who,
      sides.map((side) => side.who),
    );
  const whatInUnion = () =>
    grantsNoMore(
      what,
      sides.map((side) => side.what),
    );
  return (whoIn.every(Boolean) && whatInUnion()) || (whatIn.every(Boolean) && whoInUnion());
}

/**
 * The role's trust policy without statements whose provider does not exist: they admit nobody.
 * What a provider's audiences shut out is left to the other evaluator.
 */
function admittedBy({ providers }: AccountState, { trust }: RoleState): string {
  const statements = statementsOf(trust).filter(({ Principal }) => {
    const federated = typeof Principal === "object" ? Principal["Federated"] : undefined;
    return federated === undefined || [federated].flat().some((arn) => String(arn) in providers);
  });
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

type TrustStatement = {
  readonly Principal?: string | Readonly<Record<string, unknown>>;
};

function statementsOf(trust: unknown): readonly TrustStatement[] {
  const { Statement }: { readonly Statement?: TrustStatement | readonly TrustStatement[] } =
    JSON.parse(JSON.stringify(trust));
  return Statement === undefined ? [] : [Statement].flat();
}

/** What AWS's own policies grant that the starts attach: all that matters is that it is read-only. */
const readOnly = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
});

function grantOf(state: AccountState, role: RoleState): Grant {
  const documentOf = (arn: string) => {
    const known = state.policies[arn];
    return known === undefined ? readOnly : JSON.stringify(known.document);
  };
  return {
    policies: [
      ...role.attached.map(documentOf),
      ...Object.values(role.inline).map((one) => JSON.stringify(one)),
    ],
    boundary: role.boundary === null ? null : documentOf(role.boundary),
  };
}

const verdicts = new Map<string, boolean>();

function once(key: unknown, decide: () => boolean): boolean {
  const text = JSON.stringify(key);
  const verdict = verdicts.get(text) ?? decide();
  verdicts.set(text, verdict);
  return verdict;
}

function admitsNoMore(after: string, before: readonly string[]): boolean {
  if (after.endsWith('"Statement":[]}')) return true;
  const real = before.filter((text) => !text.endsWith('"Statement":[]}'));
  return once(
    [after, real],
    () => !mayWiden(compareTrust({ before: real, after: [after] }).widening),
  );
}

function grantsNoMore(granted: Grant, known: readonly Grant[]): boolean {
  if (granted.policies.length === 0) return true;
  return once([granted, known], () => !mayWiden(grantsBeyond({ granted, known })));
}
