/**
 * Who calls STS, and with which keys: what AWS documents about the requests of identities, services
 * and tokens. The comparison takes from here which requests can exist.
 *
 * Imports `policy`, `issuers` and `circleci`. Public: `callersOf` (callers-of.ts), one caller for each
 * way in which policies can distinguish callers; `situationsOf` here, what each holds; `askingOf`
 * (asking.ts), how each usually calls; and the calls that people know (well-known-calls.ts).
 */

import type { Account } from "../aws/account.ts";
import { iamArn, parseArn } from "../aws/arn.ts";
import { projectTie } from "../circleci/project-tie.ts";
import { circleciProviderOf, subjectSets } from "../circleci/tokens.ts";
import { issuerOf } from "../issuers/issuer.ts";
import { sendingOf } from "../issuers/keys.ts";
import type { Machine } from "../language/machine.ts";
import { globPattern, literalPattern, type Pattern } from "../language/pattern.ts";
import type { StringSet } from "../language/strings.ts";
import { type Caller, identityOf, isProviderId } from "../policy/caller.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { momentary } from "./asking.ts";
import { homesOf } from "./callers-of.ts";

/** What every request of a caller holds of one key. */
export type Holding =
  | { readonly kind: "absent" }
  | { readonly kind: "present" }
  | {
      readonly kind: "among";
      readonly values: readonly Pattern[];
      readonly except: readonly Pattern[];
    }
  /** A text of this set; equal identities are equal sets. */
  | { readonly kind: "accepted"; readonly set: StringSet; readonly identity: string }
  /** Absent, or something other than these. */
  | { readonly kind: "never"; readonly values: readonly Pattern[] };

/**
 * A caller as far as it decides the keys of its requests. A key that is not in `holds` may be
 * absent or hold anything: either it is the caller's choice, or nobody documents it.
 */
export type Situation = {
  readonly caller: Caller;
  readonly holds: ReadonlyMap<string, Holding>;
  /** Actions that such a caller has no call for. */
  readonly cannot: readonly string[];
  /** The account of an AWS identity, where the situation is of one account. */
  readonly account: string | null;
  /** What it is, where the documents test keys that show it. */
  readonly type: IdentityType | null;
  /** For tokens that say one thing twice. */
  readonly tie: Tie | null;
};

/** A key whose value is also in the subject of each token. */
export type Tie = {
  readonly key: string;
  /** The key of the subject. */
  readonly subject: string;
  /** The subjects that have a value which one of the patterns matches. */
  readonly subjectsWith: (values: readonly Pattern[]) => Machine;
};

const absent: Holding = { kind: "absent" };
const present: Holding = { kind: "present" };

function among(values: readonly Pattern[], except: readonly Pattern[] = []): Holding {
  return { kind: "among", values, except };
}

function exactly(...texts: readonly string[]): Holding {
  return among(literals(texts));
}

function literals(texts: readonly string[]): readonly Pattern[] {
  return texts.map((text) => literalPattern(text));
}

type Surroundings = {
  readonly named: readonly string[];
  /** Values of `aws:PrincipalArn`, as conditions write them. */
  readonly arns: readonly string[];
  /** Values of `aws:FederatedProvider`: who is written there is a caller as well. */
  readonly providers: readonly string[];
  /** Accounts that a principal stands for as a whole: their identities are callers of their own. */
  readonly accounts: ReadonlySet<string>;
  /** Those of which only the number is written, so that they may be of any partition. */
  readonly bare: ReadonlySet<string>;
  /** Other accounts that a condition or a principal speaks of. */
  readonly mentioned: readonly string[];
  readonly keys: ReadonlySet<string>;
  /** How ARNs begin in the accounts that the role may be in; none where it may be in any. */
  readonly homes: readonly string[];
};

/** More accounts than this are not looked at one by one. */
const accountsMax = 12;

/**
 * What is documented of the keys in each caller's requests, for all callers that policies can
 * distinguish. Null where the documents speak of too many accounts.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html (STS is asked by HTTPS alone)
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (who can call which)
 */
export function situationsOf(
  caller: Caller,
  policies: readonly TrustPolicy[],
): readonly Situation[] | null {
  const around = surroundingsOf(policies);
  if (around.mentioned.length > accountsMax) return null;
  switch (caller.type) {
    case "AWS":
      return identities(caller, around);
    case "Federated":
      return federated(caller, around);
    case "Service":
      return [service(caller)];
    case "CanonicalUser":
      // Only S3 knows who such an id stands for; where none is named, none calls.
      return caller.standsFor === "strangers" ? [] : [situation(caller, {})];
    default:
      return caller.type satisfies never;
  }
}

const arnKey = "aws:principalarn";
const accountKey = "aws:principalaccount";
const typeKey = "aws:principaltype";
const serviceKey = "aws:principalisawsservice";
const providerKey = "aws:federatedprovider";
const userNameKey = "aws:username";
const userIdKey = "aws:userid";
const issueTimeKey = "aws:tokenissuetime";
/** Keys that tell the types of identities apart. */
const typeKeys = [typeKey, userNameKey, userIdKey, issueTimeKey, providerKey];

const withToken = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];

function situation(
  caller: Caller,
  holds: Readonly<Record<string, Holding>>,
  account: string | null = null,
  type: IdentityType | null = null,
): Situation {
  const all = {
    "aws:securetransport": exactly("true"),
    ...Object.fromEntries(momentary.map((key) => [key, present])),
    ...holds,
  };
  const cannot = caller.type === "Federated" ? ["sts:AssumeRole"] : withToken;
  return { caller, holds: new Map(Object.entries(all)), cannot, account, type, tie: null };
}

/** What lists of policies say: each is asked about every caller that it names. */
const surroundings = new WeakMap<readonly TrustPolicy[], Surroundings>();

function surroundingsOf(policies: readonly TrustPolicy[]): Surroundings {
  const known = surroundings.get(policies) ?? readSurroundings(policies);
  surroundings.set(policies, known);
  return known;
}

function readSurroundings(policies: readonly TrustPolicy[]): Surroundings {
  const named: string[] = [];
  const arns: string[] = [];
  const providers: string[] = [];
  const accounts = new Set<string>();
  const bare = new Set<string>();
  const mentioned = new Set<string>();
  const keys = new Set<string>();
  for (const { principals, conditions } of policies.flatMap((policy) => policy.statements)) {
    for (const principal of principals.principals) {
      if (principal.kind === "account") {
        accounts.add(principal.account);
        if (principal.partition === null) bare.add(principal.account);
      }
      if (principal.kind === "exact") {
        named.push(principal.id);
        mentioned.add(identityOf(principal.id)?.account.id ?? "");
      }
    }
    for (const { key, values } of conditions) {
      keys.add(key);
      if (key === providerKey) providers.push(...values.filter(isProviderId));
      if (key === arnKey) arns.push(...values);
      else if (key !== accountKey) continue;
      for (const value of values)
        for (const [account] of value.matchAll(/\b\d{12}\b/g)) mentioned.add(account);
    }
  }
  mentioned.delete("");
  return {
    named,
    arns,
    providers,
    accounts,
    bare,
    keys,
    homes: homesOf(policies),
    mentioned: [...mentioned].filter((one) => !accounts.has(one)),
  };
}

function identities(caller: Caller, around: Surroundings): readonly Situation[] {
  if (caller.standsFor === "strangers") return strangers(caller, around);
  const identity = identityOf(caller.id);
  if (identity === null) {
    // The unique id of a user or role that is gone: it holds an ARN that nobody knows.
    return [
      situation(caller, {
        [arnKey]: present,
        [accountKey]: present,
        [typeKey]: present,
        [serviceKey]: exactly("false"),
      }),
    ];
  }
  const { resource } = identity;
  const { id: account, partition } = identity.account;
  if (caller.standsFor === "others") {
    // A bare number says nothing of the partition; another one than is usual is one that is spoken of.
    const spoken = around.bare.has(account)
      ? around.arns.map((arn) => arn.split(":")[1] ?? "")
      : [];
    const names = new Set([partition, ...spoken.map((name) => (/[*?]/.test(name) ? "*" : name))]);
    const arns = [...names].flatMap((name) => kindsOf(name, account));
    return ofAccount(caller, around, { account, arns });
  }
  const [kind = "", ...rest] = resource.split("/");
  if (kind !== "assumed-role") {
    const type = identityTypes.find((one) => one.kind === kind)?.type ?? null;
    return [identitySituation(caller, { account, arn: exactly(caller.id), type })];
  }
  const [role = "", ...name] = rest;
  const session = {
    account,
    arn: roleOf(role, identity.account, around),
    type: "AssumedRole",
    sessionName: name.join("/"),
  } as const;
  return [identitySituation(caller, session)];
}

/**
 * The role of a session, whose own ARN leaves out the path. A role's name is given once in an
 * account, so that a role which a principal names is that one; a condition may ask for one that there is not.
 */
function roleOf(name: string, account: Account, { named }: Surroundings): Holding {
  const prefix = iamArn(account, "role/");
  const roles = named.filter((id) => id.startsWith(prefix) && id.endsWith(`/${name}`));
  if (roles.length > 0) return exactly(...roles);
  return among([literalPattern(prefix + name), globPattern(`${prefix}?*/${name}`)]);
}

/** The kinds of identities of an account, by their ARNs and `aws:PrincipalType`. */
const identityTypes = [
  { kind: "role", arn: "iam::ACCOUNT:role/?*", type: "AssumedRole" },
  { kind: "user", arn: "iam::ACCOUNT:user/?*", type: "User" },
  { kind: "federated-user", arn: "sts::ACCOUNT:federated-user/?*", type: "FederatedUser" },
  { kind: "root", arn: "iam::ACCOUNT:root", type: "Account" },
] as const;

/** An identity that the situation is of, by what is known of its account and its name. */
export function exampleArn(
  { caller, account, type }: Situation,
  knownAccount?: string,
  name?: string,
): string {
  const role = caller.id.replace(/\d{12}/, account ?? knownAccount ?? "$&");
  const arn = parseArn(role);
  const kind = identityTypes.find((one) => one.type === type);
  if (arn === null || kind === undefined || kind.type === "AssumedRole") return role;
  const rest = kind.arn
    .replace("ACCOUNT", arn.account.id)
    .replace("?*", name ?? `any-${kind.kind}`);
  return `arn:${arn.account.partition}:${rest}`;
}

type IdentityType = (typeof identityTypes)[number]["type"];
type ArnKind = { readonly arn: Pattern; readonly type: IdentityType };

function kindsOf(partition: string, account: string): readonly ArnKind[] {
  return identityTypes.map(({ arn, type }) => ({
    arn: globPattern(`arn:${partition}:${arn.replace("ACCOUNT", account)}`),
    type,
  }));
}

/** Identities of an account that no principal names; one situation a type, if types are asked for. */
function ofAccount(
  caller: Caller,
  around: Surroundings,
  {
    account,
    arns,
    except = [],
  }: {
    readonly account: string | null;
    readonly arns: readonly ArnKind[];
    readonly except?: readonly Pattern[];
  },
): readonly Situation[] {
  const others = [globPattern("*/"), ...literals(around.named), ...except];
  const types = typeKeys.some((key) => around.keys.has(key))
    ? identityTypes.map(({ type }) => type)
    : [null];
  return types.map((type) => {
    const own = arns.filter((one) => type === null || one.type === type).map(({ arn }) => arn);
    return identitySituation(caller, { account, arn: among(own, others), type });
  });
}

function strangers(caller: Caller, around: Surroundings): readonly Situation[] {
  const known = [...around.mentioned, ...around.accounts];
  const theirs = around.mentioned.flatMap((account) =>
    ofAccount(caller, around, {
      account,
      arns: ["aws", "*"].flatMap((name) => kindsOf(name, account)),
    }),
  );
  const except = known.map((account) => globPattern(`arn:*:${account}:*`));
  // A partition and an account that can be come first: an example is made of what fits first.
  const some = identityOf(caller.id)?.account.id ?? "*";
  const arns = [...kindsOf("aws", some), ...kindsOf("*", "*")];
  const others = ofAccount(caller, around, { account: null, arns, except }).map((other) => ({
    ...other,
    holds: new Map(other.holds).set(
      accountKey,
      among([globPattern(some), globPattern("????????????")], literals(known)),
    ),
  }));
  return [...theirs, ...others];
}

function identitySituation(
  caller: Caller,
  {
    account,
    arn,
    type,
    sessionName = "?*",
  }: {
    readonly account: string | null;
    readonly arn: Holding;
    readonly type: IdentityType | null;
    readonly sessionName?: string;
  },
): Situation {
  const holds = {
    [arnKey]: arn,
    [accountKey]: account === null ? present : exactly(account),
    [typeKey]: type === null ? present : exactly(type),
    [serviceKey]: exactly("false"),
    [userIdKey]: present,
    ...(type === null ? {} : ofIdentity(caller, type, sessionName)),
  };
  return situation(caller, holds, account, type);
}

/** Keys that only some types of identities have, and how their unique ids look. */
function ofIdentity(
  caller: Caller,
  type: IdentityType,
  sessionName: string,
): Readonly<Record<string, Holding>> {
  // Only a role's session may have come by a provider.
  const own = { [userNameKey]: absent, [providerKey]: absent };
  switch (type) {
    case "AssumedRole":
      return {
        [userNameKey]: absent,
        [userIdKey]: among([globPattern(`AROA?*:${sessionName}`)]),
        [issueTimeKey]: present,
      };
    case "User": {
      const name =
        caller.standsFor === "itself" ? exactly(caller.id.replace(/^.*\//, "")) : present;
      return { ...own, [userNameKey]: name, [userIdKey]: among([globPattern("AIDA?*")]) };
    }
    case "FederatedUser":
      return { ...own, [issueTimeKey]: present };
    case "Account":
      return own;
    default:
      return type satisfies never;
  }
}

/** The documented values of the ARN are those of identities; what else a service holds is open. */
function service(caller: Caller): Situation {
  const values = kindsOf("*", "*").map(({ arn }) => arn);
  return situation(caller, { [serviceKey]: exactly("true"), [arnKey]: { kind: "never", values } });
}

/**
 * A call with a token or an assertion is not signed, and unsigned requests hold neither key of
 * signers. An issuer's keys are of its own tokens alone.
 */
function federated(caller: Caller, around: Surroundings): readonly Situation[] {
  const holds = heldByFederated(caller, around);
  const provider = circleciProviderOf(caller.id);
  if (provider === null) return [situation(caller, holds)];
  const { jobs, identity, stream } = subjectSets(provider);
  const ofTokens = (set: StringSet, identity: string): Situation => {
    const key = (name: string): string => `${provider.keyPrefix}:${name}`;
    const subject = { kind: "accepted", set, identity } as const;
    const held = { [key("aud")]: present, [key("oaud")]: present, [key("sub")]: subject };
    return situation(caller, { ...holds, ...held });
  };
  return [
    { ...ofTokens({ kind: "machine", machine: jobs }, identity), tie: projectTie(provider) },
    ofTokens({ kind: "patterns", patterns: [stream] }, stream.identity),
  ];
}

function heldByFederated(
  caller: Caller,
  { keys, named, providers, homes }: Surroundings,
): Readonly<Record<string, Holding>> {
  const holds: Record<string, Holding> = { [arnKey]: absent, [serviceKey]: absent };
  const issuer = issuerOf(caller.id);
  const spoken = [...named, ...providers];
  if (caller.standsFor === "strangers") {
    holds[providerKey] = { kind: "never", values: literals(spoken) };
    // A provider of an issuer that is named in another account only is a stranger's.
    const others = named
      .flatMap((id) => issuerOf(id) ?? [])
      .filter(
        ({ name, partition }) =>
          partition === null ||
          (homes[0] !== undefined &&
            homes.every((home) => named.includes(`${home}oidc-provider/${name}`))),
      )
      .map(({ name }) => `${name.toLowerCase()}:`);
    // Wherever strangers are admitted, each of CircleCI's issuers that a key names is a caller as well.
    const begins = [...others, "oidc.circleci.com"];
    for (const key of keys) if (begins.some((begin) => key.startsWith(begin))) holds[key] = absent;
    return holds;
  }
  if (issuer === null) return holds;
  // One that nobody names may be of any account: that of another in an Allow may be a mistake.
  holds[providerKey] = spoken.includes(caller.id)
    ? exactly(caller.id)
    : among([globPattern(`arn:*:iam::*:oidc-provider/${issuer.name}`)], literals(spoken));
  for (const key of keys) if (sendingOf(issuer, key) === "never") holds[key] = absent;
  return holds;
}
