import { foundIn, type Reading } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { type Account, providerArn, providerUrl } from "../trust/index.ts";
import type { Change } from "./change.ts";
import { type Choice, versionOf } from "./choice.ts";
import { type PlanContext, providerOwnerOf } from "./context.ts";
import {
  type ControlEntry,
  type Evidence,
  isProviderOff,
  knownVersions,
  maybeInForce,
  newestValid,
  stillAsked,
  versionsInForce,
  writtenNames,
} from "./control.ts";
import { audiencesOf, type DesiredProvider } from "./desired.ts";
import { passiveMode } from "./mode.ts";
import type { ObservedProvider, ProviderSetting } from "./observed.ts";
import { type Owner, ownershipOf } from "./ownership.ts";
import { hasNoRoomForMark, type ProviderPlan, planProvider, unionOf } from "./provider.ts";
import { thumbprintsMax } from "./provider-room.ts";
import { settingWidenings } from "./provider-settings.ts";
import type { ValidVersion } from "./record.ts";
import { type Blocked, foreign } from "./resource-claims.ts";
import { audienceWidenings, type DriftWidening } from "./widening.ts";

/**
 * One organisation's provider with all environments that share it. An environment that leaves it has
 * one more of its own, with only what it takes off: that is its own doing, and nobody's drift.
 */
export type Organisation = {
  readonly providerArn: string;
  /** The environments of this run that have a version in force here. */
  readonly members: readonly string[];
  /** Those that may have one and that this run does not look at: an event may be about one member alone. */
  readonly others: readonly string[];
  /** Those of this run of which nobody knows what is in force, and whose roles may trust it. */
  readonly doubtful: readonly string[];
  /** Those of this run that were here and ask for nothing any more: removed, or moved away. */
  readonly leavers: readonly string[];
  /** Whose leaving this is; absent for those who stay. */
  readonly parting?: string;
  readonly desired: DesiredProvider;
  readonly observed: Reading<ObservedProvider>;
  /** Is it ours to write? Another home's provider may be used as it is. */
  readonly ours: boolean;
  readonly plan: ProviderPlan;
  readonly widenings: readonly DriftWidening[];
  /** What is set on it that nobody asks for and no run takes off. */
  readonly settings: readonly ProviderSetting[];
  /** Is it ours without room for the tags that say so? */
  readonly isUnmarked: boolean;
};

type OrganisationInput = Pick<PlanContext, "account" | "installation" | "force"> & {
  /** Every environment of the prefix, looked at in this run or not. */
  readonly entries: readonly ControlEntry[];
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** Of those that this run looks at. */
  readonly choices: ReadonlyMap<string, Choice>;
  /** Environments in force that cannot take their provider over: it stays as it is. */
  readonly untaken: ReadonlySet<string>;
  readonly provider: (arn: string) => Reading<ObservedProvider>;
  /** What environments that were not read ask for, as far as anybody remembers, by provider. */
  readonly unseen: ReadonlyMap<string, DesiredProvider>;
};

/** Groups environments by the provider that they share and plans it once. */
export function organisationsOf(input: OrganisationInput): readonly Organisation[] {
  const asks = input.entries.map((entry) => askOf(entry, input));
  const looked = asks.filter((ask) => ask.looked);
  const wanted = new Set([
    ...looked.flatMap((ask) => [...ask.inForce, ...chosenOf(ask)].map(({ arn }) => arn)),
    // An environment that leaves a shared provider takes its audiences off it, whether this run
    // looks at the others or not.
    ...looked.flatMap(leaves),
  ]);
  return (
    [...wanted]
      .flatMap((arn) => sharingOf(arn, asks, input.unseen.get(arn)))
      // One that is watched is in the report of the provider that its role trusts.
      .toSorted((one, other) => Number(one.isOnlyShown) - Number(other.isOnlyShown))
      .flatMap((sharing) => organisationsAt(sharing, input))
  );
}

/** What one environment asks of its provider. */
type Ask = {
  readonly name: string;
  /** Is it looked at in this run? */
  readonly looked: boolean;
  /** Of the version that is chosen. */
  readonly desired: DesiredProvider | null;
  /**
   * Does its mode write nothing? Then the version that is chosen must not have its way through the provider
   * that another environment may write, be it a first document or an edit: what was in force before stays so.
   */
  readonly passive: boolean;
  /** Is that a first document? */
  readonly watched: boolean;
  /** Does its newest version say to write nothing? Looked at, it may be one that only watches. */
  readonly mayWatch: boolean;
  /** What is to be there: of the version that is chosen, or what a passive one had; where it is a member comes first. */
  readonly inForce: readonly DesiredProvider[];
  /** What its known versions ask for: it counts as intended. */
  readonly known: readonly DesiredProvider[];
  /** Where it is lost what is in force, what may be. */
  readonly intended: readonly DesiredProvider[];
  /** What a version asks for that is not in force: kept if it is there, never added. */
  readonly waiting: readonly DesiredProvider[];
  /** What was applied here is not known, so that any audience may be its. */
  readonly unknown: readonly string[];
  /** What a removed one had that this run does not look at: that goes by a run which can write it down. */
  readonly leaving: readonly DesiredProvider[];
  /** Could what it has be read just now? If not, any audience that nobody else asks for may be its. */
  readonly unread: "here" | "anywhere" | null;
  /** Providers that were written for it, which stay ours whatever their tags say. */
  readonly written: readonly string[];
  /** Does only the status say so, and no run will ask the record? It does not know who gave one up. */
  readonly unsure: boolean;
};

/** Providers that an environment has had and does not ask for any more. */
function leaves({ known, written, waiting, unknown, desired, passive }: Ask): readonly string[] {
  if (passive) return [];
  const had = [...known.map(({ arn }) => arn), ...written];
  const stays = [...waiting.map(({ arn }) => arn), ...unknown, desired?.arn];
  return had.filter((arn) => !stays.includes(arn));
}

function askOf(entry: ControlEntry, input: OrganisationInput): Ask {
  const { account } = input;
  const choice = input.choices.get(entry.name);
  const evidence = input.evidence.get(entry.name) ?? { kind: "none" };
  const still = (at: ValidVersion) =>
    isProviderOff(evidence, at) ? [] : [stillAsked(evidence, at)];
  const known = knownVersions(evidence, entry).flatMap(still);
  const asked = known.map((document) => askedBy(document, account));
  const newest = newestValid(entry)?.document ?? null;
  // Who is removed asks for nothing, whatever its mode was.
  const passive =
    entry.newest !== null &&
    choice !== undefined &&
    passiveMode({ choice, evidence }, input) !== null;
  // Of a removed one nothing is in force, looked at or not, however much its record still says.
  const unlooked =
    entry.newest === null ? null : versionsInForce(evidence, entry).flatMap(still)[0];
  const chosen =
    choice?.kind === "applied" ? still(choice.at)[0] : choice && versionOf(choice)?.document;
  const inForce = (choice === undefined ? unlooked : chosen) ?? null;
  const waiting = newest === null || newest === inForce ? [] : [newest];
  const written = writtenNames(evidence, entry).organizations.map((id) => providerArn(account, id));
  const desired = inForce === null ? null : askedBy(inForce, account);
  return {
    name: entry.name,
    looked: choice !== undefined,
    desired,
    passive,
    watched: passive && evidence.kind === "none",
    mayWatch: newest !== null && newest.mode !== "enforce",
    inForce: passive ? standingOf(asked) : desired === null ? [] : [desired],
    known: asked,
    intended: (evidence.kind === "missing" ? maybeInForce(entry) : []).map(({ document }) =>
      askedBy(document, account),
    ),
    waiting: waiting.map((document) => askedBy(document, account)),
    leaving: entry.newest === null && choice === undefined ? asked : [],
    unknown: evidence.kind === "missing" ? whereItMayBe(entry, account) : [],
    unread: evidence.kind === "missing" ? unreadOf(entry) : null,
    written,
    unsure: choice === undefined && evidence.kind === "status",
  };
}

/**
 * What an environment has of each provider while its mode writes nothing. What only one of its known versions asks
 * for may never have been there, or be off already: that stays as it is found.
 */
function standingOf(known: readonly DesiredProvider[]): readonly DesiredProvider[] {
  return [...new Set(known.map(({ arn }) => arn))].flatMap((arn) => {
    const [last, ...before] = at(arn, known);
    if (last === undefined) return [];
    const audiences = last.audiences.filter((audience) =>
      before.every((each) => each.audiences.includes(audience)),
    );
    return [{ ...last, audiences }];
  });
}

function chosenOf({ desired }: Ask): readonly DesiredProvider[] {
  return desired === null ? [] : [desired];
}

/** The providers of one of which nobody knows what is in force: by its document, or else by what its status says. */
function whereItMayBe(entry: ControlEntry, account: Account): readonly string[] {
  const newest = newestValid(entry);
  const may = newest === null ? maybeInForce(entry) : [newest];
  const seen = newest === null && entry.record.kind === "unreadable" ? entry.status?.seen : null;
  const ids = may.map(({ document }) => document.circleci.organizationId);
  return [...ids, ...(seen?.organizations ?? [])].map((id) => providerArn(account, id));
}

/** Where no document says where it is, nothing but its record does for sure. */
function unreadOf(entry: ControlEntry): Ask["unread"] {
  if (entry.record.kind !== "unreadable") return null;
  return newestValid(entry) === null ? "anywhere" : "here";
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

/** The environments of one provider, and what they have and ask for. */
type Sharing = {
  readonly arn: string;
  readonly asks: readonly Ask[];
  /** Those of this run that have a version in force here; likewise `leavers`. `others` are not of this run. */
  readonly members: readonly Ask[];
  readonly others: readonly Ask[];
  readonly doubtful: readonly Ask[];
  readonly leavers: readonly Ask[];
  readonly inForce: readonly DesiredProvider[];
  /** Does nobody write here? Then the plan says what those would do who only watch. */
  readonly isOnlyShown: boolean;
  readonly desired: DesiredProvider;
  /** Was the provider written for one of them? */
  readonly written: boolean;
};

function sharingOf(
  arn: string,
  asks: readonly Ask[],
  unseen: DesiredProvider | undefined,
): readonly Sharing[] {
  const isHere = ({ inForce: [here], desired }: Ask) => (here ?? desired)?.arn === arn;
  const isOnlyShown =
    unseen === undefined &&
    asks.every((ask) => ask.passive || !(isHere(ask) || leaves(ask).includes(arn)));
  const asking = asks.filter(isOnlyShown ? ({ desired }) => desired?.arn === arn : isHere);
  const inForce = [
    ...(isOnlyShown
      ? asking.filter((ask) => !ask.watched).flatMap(chosenOf)
      : at(
          arn,
          asks.flatMap((ask) => ask.inForce),
        )),
    ...(unseen === undefined ? [] : [unseen]),
  ];
  const passive = at(arn, asks.filter((ask) => ask.passive).flatMap(chosenOf));
  const waiting = [...asks.flatMap((ask) => at(arn, ask.waiting)), ...passive];
  const asked = inForce.length > 0 ? inForce : passive;
  // An environment that leaves to others that only wait leaves nothing of its own, either.
  const desired = unionOf(asked.length > 0 ? asked : waiting);
  if (desired === null) return [];
  const members = asking.filter(({ looked }) => looked);
  // Whether it is a member, only a look at it decides where nothing of it is known to be in force.
  const mayShare = (ask: Ask) =>
    ask.unknown.includes(arn) || (ask.mayWatch && at(arn, ask.waiting).length > 0);
  const others = asks.filter((ask) => !ask.looked && (asking.includes(ask) || mayShare(ask)));
  const doubtful = asks.filter(
    (ask) => ask.looked && !asking.includes(ask) && ask.unknown.includes(arn),
  );
  const leavers = asks.filter((ask) => ask.looked && leaves(ask).includes(arn));
  const written = asks.some((ask) => ask.written.includes(arn));
  return [
    { arn, asks, members, others, doubtful, leavers, inForce, isOnlyShown, desired, written },
  ];
}

function at(arn: string, providers: readonly DesiredProvider[]): readonly DesiredProvider[] {
  return providers.filter((provider) => provider.arn === arn);
}

function audiencesAt(arn: string, providers: readonly DesiredProvider[]): readonly string[] {
  return at(arn, providers).flatMap(({ audiences }) => audiences);
}

function organisationsAt(sharing: Sharing, input: OrganisationInput): readonly Organisation[] {
  const { arn, asks, members, leavers, desired } = sharing;
  const observed = input.provider(arn);
  const found = foundIn(observed);
  const owner = providerOwnerOf(input);
  const owned = found === null ? null : ownershipOf(found.tags, owner);
  const isForeign = owned?.kind === "foreign";
  const ours = !isForeign || asks.some((ask) => !ask.unsure && ask.written.includes(arn));
  // One that is used in force belongs to another prefix only once it was given up: it stays watched.
  const isOfAnotherPrefix = isForeign && !owned.home && !ours;
  const isUntaken = members.some((ask) => ask.desired?.arn === arn && input.untaken.has(ask.name));
  const whole: ProviderPlan =
    !ours || observed.kind === "unreadable" || isUntaken
      ? { closing: [], opening: [] }
      : planProvider({
          desired: withPinsOf(sharing, found),
          observed: found,
          owner,
          keep: keptBy(sharing),
        });
  const partings = partingsOf(sharing, whole.closing);
  const left = partings.flatMap(({ closing }) => closing);
  const base = {
    providerArn: arn,
    members: members.map(({ name }) => name),
    others: sharing.others.map(({ name }) => name),
    doubtful: sharing.doubtful.map(({ name }) => name),
    leavers: leavers.map(({ name }) => name),
    desired,
    observed,
    ours,
    widenings: [],
    settings: [],
    isUnmarked: false,
  };
  const staying: Organisation = {
    ...base,
    plan: { ...whole, closing: whole.closing.filter((change) => !left.includes(change)) },
    ...(found !== null && ours ? foundOn(found, sharing) : {}),
    isUnmarked: found !== null && ours && !isUntaken && hasNoRoomForMark(found, owner),
    ...(found !== null && isOfAnotherPrefix ? foundOn(found, { ...sharing, written: true }) : {}),
  };
  return [
    // If no member is looked at, no report can say what others did to the provider.
    ...(members.length > 0 ? [staying] : []),
    ...partings.map(({ name, closing }) => {
      return { ...base, parting: name, plan: { closing, opening: [] } };
    }),
  ];
}

/** What is desired, with what is pinned still for one that leaves and is not looked at. */
function withPinsOf(
  { arn, asks, desired }: Sharing,
  found: ObservedProvider | null,
): DesiredProvider {
  const { thumbprints } = desired;
  const leaving = asks.flatMap((ask) => ask.leaving);
  const there = found?.thumbprints.map((pin) => pin.toLowerCase());
  const pins = at(arn, leaving)
    .flatMap((ask) => ask.thumbprints)
    .filter((pin) => thumbprints.length > 0 && there?.includes(pin));
  const all = new Set([...thumbprints, ...pins]);
  return { ...desired, thumbprints: [...all].slice(0, thumbprintsMax) };
}

/**
 * Audiences that stay if they are there, although nothing in force asks for them. What is given up just now goes: the role
 * of an edit that waits has never had it, and gets it with the approval. A first document's may use it already.
 */
function keptBy({ arn, asks, members, leavers, isOnlyShown }: Sharing): "all" | readonly string[] {
  if (asks.some(({ unknown }) => unknown.includes(arn))) return "all";
  const givenUp = [...members, ...leavers].flatMap(({ known }) => audiencesAt(arn, known));
  return asks.flatMap((ask) => {
    const isIdle = ask.passive && !isOnlyShown;
    const chosen = isIdle || ask.watched ? chosenOf(ask) : [];
    const audiences = audiencesAt(arn, [...ask.waiting, ...chosen]);
    return [
      ...audiencesAt(arn, ask.leaving),
      ...(ask.known.length === 0 ? audiences : audiences.filter((one) => !givenUp.includes(one))),
      // What its role may have is not given up in a mode that writes nothing.
      ...(isIdle ? audiencesAt(arn, ask.known) : []),
    ];
  });
}

/** What is open on a provider, and set on it, that no environment asks for. */
function foundOn(
  provider: ObservedProvider,
  { arn, asks, inForce, desired, written }: Sharing,
): Pick<Organisation, "widenings" | "settings"> {
  const known = asks.flatMap((ask) => at(arn, [...ask.known, ...ask.intended]));
  // A fault of this moment makes nobody an attacker: the next run looks again.
  const unread = asks.some(
    (ask) => ask.unread === "anywhere" || (ask.unread === "here" && ask.unknown.includes(arn)),
  );
  // One that is only taken over has its audiences from others, who meant them. What a version that
  // is not in force asks for is kept, and reported all the same.
  const audiences =
    written && known.length > 0 && !unread
      ? audienceWidenings({
          observed: provider,
          desired,
          asked: known.flatMap((asked) => asked.audiences),
        })
      : [];
  return inForce.length > 0
    ? { widenings: [...audiences, ...settingWidenings(provider)], settings: provider.settings }
    : { widenings: audiences, settings: [] };
}

/** What each one that leaves takes off: the removals of what it asked for, each of them once. */
function partingsOf(
  { arn, leavers }: Sharing,
  closing: readonly Change[],
): readonly { readonly name: string; readonly closing: readonly Change[] }[] {
  const taken = new Set<Change>();
  return leavers.map(({ name, known }) => {
    const audiences = audiencesAt(arn, known);
    const own = closing.filter(
      (change) =>
        change.step.do === "remove-audience" &&
        audiences.includes(change.step.audience) &&
        !taken.has(change),
    );
    for (const change of own) taken.add(change);
    return { name, closing: own };
  });
}

/**
 * Why a document cannot have its provider: somebody else's. Another home's with the same prefix is
 * used as it is; only an audience that it lacks is a conflict.
 */
export function providerClaims(input: {
  readonly document: EnvironmentDocument;
  readonly observed: Reading<ObservedProvider>;
  /** Organisations whose providers were written by us. */
  readonly written: readonly string[];
  readonly owner: Owner;
}): readonly Blocked[] {
  const { document, observed, written } = input;
  if (observed.kind !== "found" || written.includes(document.circleci.organizationId)) return [];
  const { arn, tags, audiences } = observed.value;
  const ownership = ownershipOf(tags, { ...input.owner, environment: null });
  if (ownership.kind !== "foreign") return [];
  if (!ownership.home) return [foreign("oidc-provider", arn, ownership.owner)];
  const lacking = audiencesOf(document).filter((audience) => !audiences.includes(audience));
  if (lacking.length === 0) return [];
  const message = `${arn} is kept by ${ownership.owner} and lacks the audience ${lacking.join(", ")}: have it added there, or take it out of circleci.audiences`;
  return [{ code: "ForeignOwner", resource: "oidc-provider", message }];
}
