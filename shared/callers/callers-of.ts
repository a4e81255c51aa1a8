import { accountOfArn, arnOf, iamArn } from "../aws/arn.ts";
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
  addStrangers(named, [...ids], add);
  addProviders(policies, { ids, partitions }, add);
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

type Partitions = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The partitions that principals name, by account: a bare account id is in whichever the others put it. An
 * account is spoken of by itself, or in any ARN, such as that of an identity or a provider.
 */
function partitionsIn(named: readonly PolicyPrincipal[]): Partitions {
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

function addStrangers(named: readonly PolicyPrincipal[], ids: readonly string[], add: Add): void {
  const accounts = new Set(ids.map((id) => identityOf(id)?.account.id));
  for (const principal of named) if (principal.kind === "account") accounts.add(principal.account);
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
function addProviders(
  policies: readonly TrustPolicy[],
  { ids, partitions }: { readonly ids: ReadonlySet<string>; readonly partitions: Partitions },
  add: Add,
): void {
  const statements = policies.flatMap((policy) => policy.statements);
  const isOpen = statements.some(({ principals }) =>
    principals.principals.some(({ kind }) => kind === "everybody" || kind === "any-federated"),
  );
  if (!isOpen) return;
  const spoken = statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ key, values }) =>
      key === "aws:federatedprovider" ? values.filter(isProviderId) : [],
    ),
  );
  for (const id of spoken) add("Federated", id);
  const all = [...ids, ...spoken];
  const issuers = new Set(
    statements.flatMap(({ conditions }) =>
      conditions.flatMap(
        ({ key }) => /^oidc\.circleci\.com(?:\/org\/[0-9a-f-]{36})?(?=:)/.exec(key)?.[0] ?? [],
      ),
    ),
  );
  const isKnown = all.some((id) => circleciProviderOf(id) !== null);
  if (issuers.size === 0 && !isKnown) issuers.add(`oidc.circleci.com/org/${anyOrganization}`);
  const [home = otherHome(all, partitions), ...homes] = homesOf(policies);
  for (const issuer of issuers)
    for (const begin of [home, ...homes]) add("Federated", `${begin}oidc-provider/${issuer}`);
}

/**
 * How the ARNs of IAM begin in the accounts that the role may be in; none where nothing is known of that. A role
 * takes tokens of its own account's providers alone, so that it is in the account of one that an Allow names.
 */
export function homesOf(policies: readonly TrustPolicy[]): readonly string[] {
  const named = policies
    .flatMap((policy) => policy.statements)
    .filter(({ effect, principals }) => effect === "Allow" && principals.kind === "only")
    .flatMap(({ principals }) => principals.principals);
  const begins = named.flatMap((principal) =>
    principal.kind === "exact" && principal.type === "Federated"
      ? (/^arn:[^:]+:iam::\d{12}:/.exec(principal.id) ?? [])
      : [],
  );
  return [...new Set(begins)];
}

/** How they begin in an account that has none of the providers which are named; best one that principals name. */
function otherHome(ids: readonly string[], partitions: Partitions): string {
  const [[known, [partition = "aws"]] = ["123456789012", []]] = partitions;
  let id = known;
  while (ids.some((one) => one.includes(`:${id}:oidc-provider/`)))
    id = String(Number(id) - 1).padStart(12, "0");
  return iamArn({ id, partition }, "");
}

function fresh(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`;
  return name;
}
