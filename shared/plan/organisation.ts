import { type Account, providerArn, providerUrl } from "../trust/index.ts";
import type { Choice } from "./choice.ts";
import type { ControlEntry } from "./control.ts";
import { audiencesOf, type DesiredProvider } from "./desired.ts";
import { type Blocked, foreign } from "./environment.ts";
import type { ObservedProvider, Reading } from "./observed.ts";
import { ownershipOf } from "./ownership.ts";
import { type ProviderPlan, planProvider, unionOf } from "./provider.ts";
import { audienceWidenings, type DriftWidening } from "./widening.ts";

/** One organisation's provider with all environments that share it. */
export type Organisation = {
  readonly providerArn: string;
  /** The environments of this run that have a version in force here. */
  readonly members: readonly string[];
  readonly desired: DesiredProvider;
  readonly observed: Reading<ObservedProvider>;
  readonly claim: Blocked | null;
  readonly plan: ProviderPlan;
  readonly widenings: readonly DriftWidening[];
};

/**
 * Groups environments by the provider that they share and plans it once.
 *
 * @param entries every environment of the prefix, looked at in this run or not
 * @param choices of those that this run looks at
 */
export function organisationsOf(input: {
  readonly entries: readonly ControlEntry[];
  readonly choices: ReadonlyMap<string, Choice>;
  readonly provider: (arn: string) => Reading<ObservedProvider>;
  readonly account: Account;
  readonly prefix: string;
}): readonly Organisation[] {
  const { entries, choices, account } = input;
  const asks = entries.map((entry) => askOf(entry, choices.get(entry.name), account));
  const wanted = new Set(
    asks.flatMap((ask) => (ask.looked && ask.desired !== null ? [ask.desired.arn] : [])),
  );
  return [...wanted].flatMap((arn) => {
    const concerned = asks.filter(({ touches }) => touches.includes(arn));
    return organisationOf(arn, concerned, input);
  });
}

type Ask = {
  readonly name: string;
  /** Is it looked at in this run? */
  readonly looked: boolean;
  readonly desired: DesiredProvider | null;
  /** What its applied version asked for. */
  readonly applied: DesiredProvider | null;
  /** It may need an audience that is not known here. */
  readonly uncertain: boolean;
  readonly touches: readonly string[];
};

function askOf(entry: ControlEntry, choice: Choice | undefined, account: Account): Ask {
  const desiredOf = (
    organizationId: string,
    audiences: readonly string[],
    pins: readonly string[],
  ) => ({
    arn: providerArn(account, organizationId),
    url: providerUrl(organizationId),
    audiences,
    thumbprints: pins,
  });
  const ask = (document: Parameters<typeof audiencesOf>[0]): DesiredProvider =>
    desiredOf(
      document.circleci.organizationId,
      audiencesOf(document),
      document.circleci.thumbprints,
    );
  const appliedDocument = entry.applied.kind === "applied" ? entry.applied.at.document : null;
  const inForce =
    choice === undefined
      ? appliedDocument
      : choice.kind === "newest" || choice.kind === "applied"
        ? choice.at.document
        : null;
  const newest = entry.newest?.parsed.kind === "valid" ? entry.newest.parsed.document : null;
  const memory = entry.status?.applied ?? null;
  const touches = [inForce, appliedDocument, newest].flatMap((document) =>
    document === null ? [] : [providerArn(account, document.circleci.organizationId)],
  );
  if (memory !== null) touches.push(providerArn(account, memory.organizationId));
  return {
    name: entry.name,
    looked: choice !== undefined,
    desired: inForce === null ? null : ask(inForce),
    applied: appliedDocument === null ? null : ask(appliedDocument),
    // Its role may stand and work though nothing here says what for.
    uncertain: inForce === null,
    touches: [...new Set(touches)],
  };
}

function organisationOf(
  arn: string,
  asks: readonly Ask[],
  input: Parameters<typeof organisationsOf>[0],
): readonly Organisation[] {
  const here = asks.flatMap(({ desired }) => (desired?.arn === arn ? [desired] : []));
  const desired = unionOf(here);
  if (desired === null) return [];
  const observed = input.provider(arn);
  const found = observed.kind === "found" ? observed.value : null;
  const owner =
    found === null
      ? null
      : ownershipOf({ tags: found.tags, prefix: input.prefix, environment: null });
  const claim = owner?.kind === "foreign" ? foreign("oidc-provider", arn, owner.owner) : null;
  const keepAudiences = asks.some(({ uncertain }) => uncertain);
  const plan: ProviderPlan =
    claim !== null || observed.kind === "unreadable"
      ? { closing: [], opening: [] }
      : planProvider({ desired, observed: found, prefix: input.prefix, keepAudiences });
  const applied = asks.flatMap((ask) => (ask.applied?.arn === arn ? [ask.applied] : []));
  const measured = found !== null && claim === null && !keepAudiences && applied.length > 0;
  return [
    {
      providerArn: arn,
      members: asks.filter((ask) => ask.looked && ask.desired?.arn === arn).map(({ name }) => name),
      desired,
      observed,
      claim,
      plan,
      widenings: measured
        ? audienceWidenings({
            observed: found,
            desired,
            asked: applied.flatMap(({ audiences }) => audiences),
          })
        : [],
    },
  ];
}
