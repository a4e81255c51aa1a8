import { accountOfArn, arnOf, iamArn, parseArn } from "../aws/arn.ts";
import { circleciProviderOf } from "../circleci/tokens.ts";
import { type Caller, identityOf, isProviderId } from "../policy/caller.ts";
import type { PolicyPrincipal, PrincipalType, TrustPolicy } from "../policy/document.ts";
import { distinctPrincipals } from "./alike.ts";

/**
 * One caller for each way in which policies can distinguish callers: everyone they name, one more
 * identity of each account and one more session of each role they name, and strangers. Of accounts that are
 * alike, one is asked about.
 */
export function callersOf(policies: readonly TrustPolicy[]): readonly Caller[] {
  const named = policies.flatMap((policy) =>
    policy.statements.flatMap((statement) => statement.principals.principals),
  );
  const callers = new Map<string, Caller>();
  const add: Add = (type, id, standsFor = "itself") => {
    callers.set(`${type} ${id}`, { type, id, standsFor });
  };
  const ids = new Set(named.map((principal) => (principal.kind === "exact" ? principal.id : "")));
  const isNamed = (id: string): boolean => ids.has(id);
  const distinct = distinctPrincipals(policies);
  for (const principal of distinct)
    if (principal.kind === "exact") addExact(principal, isNamed, add);
  const partitions = partitionsIn(named);
  for (const principal of distinct) {
    if (principal.kind !== "account") continue;
    const known = partitions.get(principal.account) ?? ["aws"];
    for (const partition of principal.partition === null ? known : [principal.partition]) {
      const account = { id: principal.account, partition };
      const other = fresh("role/any-role", (name) => isNamed(iamArn(account, name)));
      add("AWS", iamArn(account, other), "others");
      add("AWS", iamArn(account, "root"));
    }
  }
  addStrangers(named, add);
  addProviders(policies, add);
  return [...callers.values()];
}

type Add = (type: PrincipalType, id: string, standsFor?: Caller["standsFor"]) => void;

function addExact(
  principal: PolicyPrincipal & { readonly kind: "exact" },
  isNamed: (id: string) => boolean,
  add: Add,
): void {
  const identity = principal.type === "AWS" ? identityOf(principal.id) : null;
  if (identity?.resource.startsWith("role/")) {
    const name = identity.resource.slice(identity.resource.lastIndexOf("/") + 1);
    const sessions = arnOf(identity.account, "sts", "", `assumed-role/${name}/`);
    add("AWS", sessions + fresh("any-session", (session) => isNamed(sessions + session)));
  }
  add(principal.type, principal.id);
}

/**
 * The partitions that principals name, by account: a bare account id is in whichever the others put it. An
 * account is spoken of by itself, or in any ARN, such as that of an identity or a provider.
 */
function partitionsIn(named: readonly PolicyPrincipal[]): ReadonlyMap<string, ReadonlySet<string>> {
  const partitions = new Map<string, Set<string>>();
  for (const principal of named) {
    const account =
      principal.kind === "account"
        ? { id: principal.account, partition: principal.partition }
        : accountOfArn(principal.kind === "exact" ? principal.id : "");
    if (account === null || account.partition === null) continue;
    const known = partitions.get(account.id) ?? new Set();
    partitions.set(account.id, known.add(account.partition));
  }
  return partitions;
}

function addStrangers(named: readonly PolicyPrincipal[], add: Add): void {
  const ids = named.map((principal) => (principal.kind === "exact" ? principal.id : ""));
  const accounts = new Set<string>();
  for (const principal of named) {
    if (principal.kind === "account") accounts.add(principal.account);
    const identity = principal.kind === "exact" ? identityOf(principal.id) : null;
    if (identity !== null) accounts.add(identity.account.id);
  }
  let account = 999_988_887_777;
  while (accounts.has(String(account))) account -= 1;
  const stranger = { id: String(account), partition: "aws" };
  add("AWS", iamArn(stranger, "role/any-role"), "strangers");
  const provider = fresh("idp.example.com", (id) => ids.some((known) => known.endsWith(id)));
  add("Federated", iamArn(stranger, `oidc-provider/${provider}`), "strangers");
  const service = fresh("any-service", (id) => ids.includes(`${id}.amazonaws.com`));
  add("Service", `${service}.amazonaws.com`, "strangers");
  const user = fresh("7".repeat(64), (id) => ids.includes(id));
  add("CanonicalUser", user, "strangers");
}

/** Stands for some organisation that runs its jobs with CircleCI. */
const anyOrganization = "e8d31b7a-52c4-4f96-a0b3-6c9d2e87f415";

/**
 * Where any provider is admitted, adds those that the conditions name; if these name no CircleCI
 * provider, adds one of some organisation.
 */
function addProviders(policies: readonly TrustPolicy[], add: Add): void {
  const statements = policies.flatMap((policy) => policy.statements);
  const named = statements.flatMap((statement) => statement.principals.principals);
  const isOpen = named.some(({ kind }) => kind === "everybody" || kind === "any-federated");
  if (!isOpen) return;
  const spoken = statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ key, values }) =>
      key === "aws:federatedprovider" ? values.filter(isProviderId) : [],
    ),
  );
  for (const id of spoken) add("Federated", id);
  const exact = named.flatMap((principal) => (principal.kind === "exact" ? [principal.id] : []));
  const ids = [...exact, ...spoken];
  const account = named.find((principal) => principal.kind === "account")?.account;
  const known = ids.map(parseArn).find((arn) => arn?.service === "iam");
  const home = known?.account ?? { id: account ?? "123456789012", partition: "aws" };
  const issuers = new Set(
    statements.flatMap(({ conditions }) =>
      conditions.flatMap(
        ({ key }) => /^oidc\.circleci\.com(?:\/org\/[0-9a-f-]{36})?(?=:)/.exec(key)?.[0] ?? [],
      ),
    ),
  );
  const isKnown = ids.some((id) => circleciProviderOf(id) !== null);
  if (issuers.size === 0 && !isKnown) issuers.add(`oidc.circleci.com/org/${anyOrganization}`);
  for (const issuer of issuers) {
    if (!ids.some((id) => id.endsWith(`:oidc-provider/${issuer}`)))
      add("Federated", iamArn(home, `oidc-provider/${issuer}`));
  }
}

function fresh(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`;
  return name;
}
