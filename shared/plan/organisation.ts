import type { EnvironmentDocument } from "../spec/index.ts";
import { type Account, providerArn, providerUrl } from "../trust/index.ts";
import type { Choice } from "./choice.ts";
import {
  type ControlEntry,
  type Evidence,
  knownVersions,
  newestValid,
  writtenNames,
} from "./control.ts";
import { audiencesOf, type DesiredProvider } from "./desired.ts";
import type { ObservedProvider, Reading } from "./observed.ts";
import { type Owner, ownershipOf } from "./ownership.ts";
import { type ProviderPlan, planProvider, unionOf } from "./provider.ts";
import { type Blocked, foreign } from "./resource-claims.ts";
import { audienceWidenings, type DriftWidening } from "./widening.ts";

/** One organisation's provider with all environments that share it. */
export type Organisation = {
  readonly providerArn: string;
  /** The environments of this run that have a version in force here. */
  readonly members: readonly string[];
  readonly desired: DesiredProvider;
  readonly observed: Reading<ObservedProvider>;
  /** Is it ours to write? Another home's provider may be used as it is. */
  readonly ours: boolean;
  readonly plan: ProviderPlan;
  readonly widenings: readonly DriftWidening[];
};

export type OrganisationInput = {
  /** Every environment of the prefix, looked at in this run or not. */
  readonly entries: readonly ControlEntry[];
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** Of those that this run looks at. */
  readonly choices: ReadonlyMap<string, Choice>;
  /** Do what `enforce` would, once. */
  readonly force: boolean;
  readonly provider: (arn: string) => Reading<ObservedProvider>;
  readonly account: Account;
  readonly owner: Owner;
};

/** Groups environments by the provider that they share and plans it once. */
export function organisationsOf(input: OrganisationInput): readonly Organisation[] {
  const asks = input.entries.map((entry) => askOf(entry, input));
  const wanted = new Set(
    asks.flatMap((ask) => (ask.looked && ask.desired !== null ? [ask.desired.arn] : [])),
  );
  return [...wanted].flatMap((arn) => organisationOf(arn, asks, input));
}

/** What one environment asks of its provider. */
type Ask = {
  readonly name: string;
  /** Is it looked at in this run? */
  readonly looked: boolean;
  readonly desired: DesiredProvider | null;
  /**
   * Is it a first document in a mode that writes nothing? Nobody has approved it, and it must not
   * have its way through the provider that another environment may write.
   */
  readonly watched: boolean;
  /** What its known versions ask for: it counts as intended. */
  readonly known: readonly DesiredProvider[];
  /** What a version asks for that is not in force: kept if it is there, never added. */
  readonly waiting: readonly DesiredProvider[];
  /** What was applied here is not known, so that any audience may be its. */
  readonly unknown: readonly string[];
  /** Providers that were written for it, which stay ours whatever their tags say. */
  readonly written: readonly string[];
};

function askOf(entry: ControlEntry, input: OrganisationInput): Ask {
  const { account } = input;
  const choice = input.choices.get(entry.name);
  const evidence = input.evidence.get(entry.name) ?? { kind: "none" };
  const known = knownVersions(evidence, entry).map(({ document }) => document);
  const newest = newestValid(entry)?.document ?? null;
  const chosen =
    choice?.kind === "newest" || choice?.kind === "applied" ? choice.at.document : null;
  const inForce = choice === undefined ? (known[0] ?? null) : chosen;
  const waiting = newest === null || newest === inForce ? [] : [newest];
  return {
    name: entry.name,
    looked: choice !== undefined,
    desired: inForce === null ? null : askedBy(inForce, account),
    watched: evidence.kind === "none" && chosen?.mode !== "enforce" && !input.force,
    known: known.map((document) => askedBy(document, account)),
    waiting: waiting.map((document) => askedBy(document, account)),
    unknown:
      evidence.kind === "missing" && newest !== null
        ? [providerArn(account, newest.circleci.organizationId)]
        : [],
    written: writtenNames(evidence, entry).organizations.map((id) => providerArn(account, id)),
  };
}

function askedBy(document: EnvironmentDocument, account: Account): DesiredProvider {
  const { organizationId, thumbprints } = document.circleci;
  return {
    arn: providerArn(account, organizationId),
    url: providerUrl(organizationId),
    audiences: audiencesOf(document),
    thumbprints,
  };
}

function organisationOf(
  arn: string,
  asks: readonly Ask[],
  input: OrganisationInput,
): readonly Organisation[] {
  const asking = asks.filter((ask) => ask.desired?.arn === arn);
  const watched = asking.filter((ask) => ask.watched).flatMap((ask) => ask.desired ?? []);
  const inForce = asking.filter((ask) => !ask.watched).flatMap((ask) => ask.desired ?? []);
  const desired = unionOf(inForce.length > 0 ? inForce : watched);
  if (desired === null) return [];
  const observed = input.provider(arn);
  const found = observed.kind === "found" ? observed.value : null;
  const written = asks.some((ask) => ask.written.includes(arn));
  const ours = found === null || written || ownershipOf(found.tags, input.owner).kind !== "foreign";
  const here = (providers: readonly DesiredProvider[]) =>
    providers.filter((provider) => provider.arn === arn);
  const waiting = [...asks.flatMap((ask) => here(ask.waiting)), ...watched];
  const known = asks.flatMap((ask) => here(ask.known));
  const plan: ProviderPlan =
    !ours || observed.kind === "unreadable"
      ? { closing: [], opening: [] }
      : planProvider({
          desired,
          observed: found,
          owner: input.owner,
          keep: asks.some(({ unknown }) => unknown.includes(arn))
            ? "all"
            : waiting.flatMap(({ audiences }) => audiences),
        });
  // What a version asks for that is not in force is kept where it is, and told all the same.
  const asked = known.flatMap(({ audiences }) => audiences);
  return [
    {
      providerArn: arn,
      members: asks.filter((ask) => ask.looked && ask.desired?.arn === arn).map(({ name }) => name),
      desired,
      observed,
      ours,
      plan,
      widenings:
        found !== null && ours && known.length > 0
          ? audienceWidenings({ observed: found, desired, asked })
          : [],
    },
  ];
}

/**
 * Why a document cannot have its provider: somebody else's. Another home's with the same prefix is
 * used as it is; only an audience that it lacks is a conflict.
 */
export function providerClaim(input: {
  readonly document: EnvironmentDocument;
  readonly observed: Reading<ObservedProvider>;
  /** Organisations whose providers were written by us. */
  readonly written: readonly string[];
  readonly owner: Owner;
}): Blocked | null {
  const { document, observed, written } = input;
  if (observed.kind !== "found" || written.includes(document.circleci.organizationId)) return null;
  const { arn, tags, audiences } = observed.value;
  const ownership = ownershipOf(tags, { ...input.owner, environment: null });
  if (ownership.kind !== "foreign") return null;
  if (!ownership.home) return foreign("oidc-provider", arn, ownership.owner);
  const lacking = audiencesOf(document).filter((audience) => !audiences.includes(audience));
  if (lacking.length === 0) return null;
  return {
    code: "ForeignOwner",
    resource: "oidc-provider",
    message: `${arn} is kept by ${ownership.owner} and lacks the audience ${lacking.join(", ")}: have it added there, or take it out of circleci.audiences`,
  };
}
