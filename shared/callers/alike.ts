import type { PolicyPrincipal, TrustPolicy } from "../policy/document.ts";
import { isIdentityArn } from "./asking.ts";

/** Keys that hold something else for an identity of one account than for one of another. */
const identityKeys = /^aws:(?:principala(?:ccount|rn)|user(?:id|name))$/;

/** The principals of one account by their names, and the numbers of the statements that name each. */
type Names = Map<string, number[]>;

/**
 * The principals of policies; of accounts that are alike, those of the first. Accounts are alike where the
 * same statements name the same in them (or just one role in each, or one user), and no condition asks for the
 * identity or holds a variable. What a caller of one account may, a caller of the other may too, so that of a
 * list of hundreds one is looked at.
 */
export function distinctPrincipals(policies: readonly TrustPolicy[]): readonly PolicyPrincipal[] {
  const statements = policies.flatMap((policy) => policy.statements);
  const named = statements.flatMap(({ principals }, number) =>
    principals.principals.map((principal) => ({
      principal,
      number,
      account: accountOf(principal),
    })),
  );
  const canDiffer = statements.some(({ conditions }) =>
    conditions.some(({ key, unclear }) => unclear.length > 0 || identityKeys.test(key)),
  );
  const accounts = new Map<string, Names>();
  for (const { principal, number, account } of named) {
    const names: Names = accounts.get(account) ?? new Map();
    accounts.set(account, names);
    const name = nameOf(principal, account);
    const numbers = names.get(name);
    if (numbers === undefined) names.set(name, [number]);
    else numbers.push(number);
  }
  const first = new Map<string, string>();
  for (const [account, names] of accounts) {
    const kind = canDiffer ? account : kindOf(names);
    if (!first.has(kind)) first.set(kind, account);
  }
  const kept = new Set(first.values());
  return named.filter(({ account }) => kept.has(account)).map(({ principal }) => principal);
}

/** The account of a principal; empty where it names none. */
function accountOf(principal: PolicyPrincipal): string {
  if (principal.kind === "account") return principal.account;
  return principal.kind === "exact"
    ? (/^arn:(?:[^:]*:){3}(\d+):/.exec(principal.id)?.[1] ?? "")
    : "";
}

/** A number in the place of an account's own. */
const anyAccount = "0".repeat(12);

/** What a principal is called beside the number of its account. A provider is one of its account alone. */
function nameOf(principal: PolicyPrincipal, account: string): string {
  if (principal.kind === "account") return `account ${principal.partition}`;
  if (principal.kind !== "exact") return principal.kind;
  return principal.type === "AWS" ? principal.id.replace(account, anyAccount) : principal.id;
}

/** Accounts of one kind are alike. Where one name is all that is said of an account, it says the kind of identity. */
function kindOf(names: Names): string {
  const isAlone = names.size === 1;
  return [...names]
    .map(([name, numbers]) => {
      const kind = isAlone && isIdentityArn(name) ? name.split("/")[0] : name;
      return `${kind} ${numbers}`;
    })
    .join("\n");
}
