import {
  type Comparison,
  comparePermissions,
  compareTrust,
  mayWiden,
  undecidedOf,
  witnessOf,
} from "../compare/index.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { writeTrustPolicy } from "../trust/index.ts";
import type { Example } from "./drift.ts";
import {
  type Baseline,
  type Compared,
  type InWords,
  newlyAdmitted,
  newlyGranted,
  saidOf,
} from "./in-words.ts";
import { namedPermissions } from "./named-targets.ts";

/** The two halves of the guard `onWiden`: who gets in, and what they may do then. */
type Guarded = "trust" | "permissions";

/** One thing by which a document lets more happen than is known to be intended. */
export type Gain = {
  /** `more`: proved by a request; `undecided`: it may be; the others by what they are. */
  readonly because:
    | "more"
    | "undecided"
    | "boundary"
    | "session"
    | "tags"
    | "thumbprints"
    | "guard";
  readonly undecided: readonly string[];
  /** The whole of it in the document's words; empty where the reason says it all. */
  readonly words: readonly string[];
  /** One sentence, for readers. */
  readonly reason: string;
} & Gained;

/** A document asks for no audience by itself: what it gains is one of the halves. */
type Gained = Exclude<Example, { readonly resource: "audience" }>;

/** The half of the guard that a gain is under. */
export const guardOf = {
  "trust-policy": "trust",
  permissions: "permissions",
} as const satisfies Record<Gain["resource"], Guarded>;

/** What a role holds now, as far as a document may be compared with it. */
export type RoleBaseline = {
  readonly trustPolicy: string;
  /** Texts of all its policies; `null` for one that could not be read. */
  readonly permissions: readonly (string | null)[];
  /** ARN of its permissions boundary. */
  readonly boundary: string | null;
  readonly maxSessionSeconds: number;
  readonly tags: Readonly<Record<string, string>>;
};

export type GuardInput = Compared & {
  /** Every version that counts as known; what counts is what all of them admit and grant. */
  readonly known: readonly EnvironmentDocument[];
  /** The very role to be written, where no record names it. */
  readonly role: RoleBaseline | null;
  /** Tags of the role that the version names, as it is; absent or `null` where nobody has read them. */
  readonly tagsFound?: RoleBaseline["tags"] | null;
  /** Texts of the permissions boundaries that are named, by ARN; absent where unreadable. */
  readonly boundaries: ReadonlyMap<string, string>;
};

const inForce = "the version in force";
const asItIs = "the role as it is";

/**
 * All by which `next` admits or grants more than what is known: who gets in, what they may do over
 * named targets, boundary, session, role tags, audiences and thumbprints, and a guard lowered.
 * Empty where it provably does not.
 */
export function gainsOf(input: GuardInput): readonly Gain[] {
  return firstOfEach([
    ...input.known.flatMap((known) => [
      ...trustGains({ texts: trustTexts(known, input), document: known }, inForce, input),
      ...permissionGains({ texts: [named(known, input)], document: known }, inForce, input),
      ...settingGains(known, input),
    ]),
    ...(input.role === null
      ? []
      : [
          ...trustGains({ texts: [input.role.trustPolicy], document: null }, asItIs, input),
          ...unlessUnread(input.role, permissionGains(readable(input.role), asItIs, input)),
          ...roleSettingGains(input.role, input),
        ]),
  ]);
}

/**
 * What a first document gives, where there is nothing to compare it with: one gain, whose words are
 * on what its jobs may do as well.
 */
export function gainsFromNothing(input: Omit<GuardInput, "known" | "role">): readonly Gain[] {
  const given = { ...input, known: [], role: null };
  const reason = "admits jobs that could not assume the role before";
  const nothing = { texts: [], document: null };
  const granted = newlyGranted(nothing, given).says;
  return trustGains(nothing, "nothing", given).map((gain) => ({
    ...gain,
    words: [...gain.words, ...granted],
    reason,
  }));
}

/** The same gain over two baselines is reported once; one that is proved goes before one that is not. */
export function firstOfEach(gains: readonly Gain[]): readonly Gain[] {
  const kinds = new Map<string, Gain>();
  for (const gain of gains) {
    const about = gain.because === "more" || gain.because === "undecided" ? "policy" : gain.because;
    const key = `${gain.resource} ${about}`;
    const known = kinds.get(key);
    const better = known === undefined || (known.admitted === null && gain.admitted !== null);
    const words = [...new Set([...(known?.words ?? []), ...gain.words])];
    kinds.set(key, { ...(better ? gain : known), words });
  }
  return [...kinds.values()];
}

/** None where a document cannot be written. */
function trustTexts(document: EnvironmentDocument, input: GuardInput): readonly string[] {
  const written = writeTrustPolicy({ document, account: input.account, now: input.now });
  return written.kind === "written" ? [JSON.stringify(written.policy)] : [];
}

function named(document: EnvironmentDocument, input: GuardInput): string {
  const { targets: observed, account, place } = input;
  return namedPermissions({ document, observed, account, place });
}

/** What of a role's policies could be read. */
function readable({ permissions }: RoleBaseline): Baseline {
  return { texts: permissions.filter((text) => text !== null), document: null };
}

/** What is more than the rest grants, a policy that could not be read may grant as well. */
function unlessUnread({ permissions }: RoleBaseline, gains: readonly Gain[]): readonly Gain[] {
  if (!permissions.includes(null)) return gains;
  return gains.map(({ words }) => ({
    ...gain("permissions", "undecided", `may grant what ${asItIs} does not`),
    undecided: ["a policy of the role could not be read"],
    words,
  }));
}

function trustGains(before: Baseline, against: string, input: GuardInput): readonly Gain[] {
  const after = trustTexts(input.next, input);
  if (after.length === 0) return [];
  const comparison = compareTrust({ before: before.texts, after });
  const admitted = witnessOf(comparison.widening);
  const what = `requests that ${against} does not`;
  const says = { proved: `admits ${what}`, undecided: `may admit ${what}` };
  return gainOf({ resource: "trust-policy", admitted }, comparison, says, () =>
    newlyAdmitted(before, input),
  );
}

function permissionGains(before: Baseline, against: string, input: GuardInput): readonly Gain[] {
  const after = [named(input.next, input)];
  const comparison = comparePermissions({ before: before.texts, after });
  const admitted = witnessOf(comparison.widening);
  const what = `what ${against} does not`;
  const says = { proved: `grants ${what}`, undecided: `may grant ${what}` };
  return gainOf({ resource: "permissions", admitted }, comparison, says, () =>
    newlyGranted(before, input),
  );
}

function gainOf(
  example: Gained,
  comparison: Comparison<unknown>,
  says: { readonly proved: string; readonly undecided: string },
  inWords: () => InWords,
): readonly Gain[] {
  if (!mayWiden(comparison.widening)) return [];
  const undecided = undecidedOf(comparison.widening, comparison.narrowing).map(
    ({ message }) => message,
  );
  const proved = example.admitted !== null;
  const words = saidOf(inWords(), proved);
  return proved
    ? [{ ...example, because: "more", undecided, words, reason: says.proved }]
    : [{ ...example, because: "undecided", undecided, words, reason: says.undecided }];
}

function gain(resource: Gain["resource"], because: Gain["because"], reason: string): Gain {
  return { resource, because, admitted: null, undecided: [], words: [], reason };
}

function settingGains(known: EnvironmentDocument, input: GuardInput): readonly Gain[] {
  const { next } = input;
  const gains: Gain[] = [
    ...sessionGains(known.role.maxSessionSeconds, next),
    ...tagGains(
      changedTags(known.role.tags, next.role.tags).filter((key) => !isNeverSet(key, input)),
      next,
    ),
    ...ignoreGains(known.role.ignoreTags ?? [], next),
  ];
  const pins = [known.circleci.thumbprints, next.circleci.thumbprints].map((list) =>
    list.toSorted().join(),
  );
  const sameProvider = known.circleci.organizationId === next.circleci.organizationId;
  if (sameProvider && pins[0] !== pins[1]) {
    gains.push(
      gain("trust-policy", "thumbprints", "changes the thumbprints that the provider trusts"),
    );
  }
  gains.push(...guardGains(known.onWiden, next));
  return [...gains, ...boundaryGains(known.role.permissionsBoundary, input)];
}

function guardGains(
  before: EnvironmentDocument["onWiden"],
  { onWiden }: EnvironmentDocument,
): readonly Gain[] {
  return (["trust-policy", "permissions"] as const).flatMap((resource) => {
    const guarded = guardOf[resource];
    if (before[guarded] === "apply" || onWiden[guarded] === "hold") return [];
    return [gain(resource, "guard", `lowers onWiden for ${guarded} from hold to apply`)];
  });
}

/**
 * What no role shows of a document that was in force and is not known any more: its guard, which is
 * taken for the careful one, and the thumbprints that it pinned.
 *
 * @param thumbprints of the provider as it is; `null` where there is none, or it was not read
 */
export function gainsOverUnknown(
  thumbprints: readonly string[] | null,
  next: EnvironmentDocument,
): readonly Gain[] {
  return [
    ...guardGains({ trust: "hold", permissions: "hold" }, next),
    ...pinGains(thumbprints ?? [], next),
  ];
}

/**
 * The thumbprints that a document would pin on a provider that has others. It is shared: what one
 * document pins, every role that names the provider trusts.
 *
 * @param thumbprints of the provider as it is; `null` where there is none, and nobody trusts it yet
 */
export function pinGains(
  thumbprints: readonly string[] | null,
  next: EnvironmentDocument,
): readonly Gain[] {
  if (thumbprints === null) return [];
  const pins = next.circleci.thumbprints;
  // Where a document pins none, IAM's own list is left alone.
  const changed = pins.length > 0 && pins.toSorted().join() !== thumbprints.toSorted().join();
  if (!changed) return [];
  return [gain("trust-policy", "thumbprints", "changes the thumbprints that the provider trusts")];
}

/**
 * By what a document loosens the very role that it is written to. Tags that only go do not count
 * here: they are what somebody else had put there.
 */
function roleSettingGains(role: RoleBaseline, input: GuardInput): readonly Gain[] {
  const { next } = input;
  const tags = Object.entries(next.role.tags).filter(([key, value]) => role.tags[key] !== value);
  return [
    ...sessionGains(role.maxSessionSeconds, next),
    ...tagGains(
      tags.map(([key]) => key),
      next,
    ),
    ...ignoreGains([], next),
    ...boundaryGains(role.boundary ?? undefined, input),
  ];
}

function sessionGains(before: number, { role }: EnvironmentDocument): readonly Gain[] {
  const after = role.maxSessionSeconds;
  const reason = `lets sessions last ${after} s instead of ${before} s`;
  return after > before ? [gain("permissions", "session", reason)] : [];
}

function tagGains(keys: readonly string[], { role }: EnvironmentDocument): readonly Gain[] {
  if (keys.length === 0) return [];
  const said = keys.map((key) => (Object.hasOwn(role.tags, key) ? key : `${key} (taken off)`));
  const reason = `changes role tags, which are principal tags of every session: ${said.join(", ")}`;
  return [gain("permissions", "tags", reason)];
}

/** Anyone who may tag the role then sets principal tags of every session, and no run removes them. */
function ignoreGains(before: readonly string[], { role }: EnvironmentDocument): readonly Gain[] {
  const keys = (role.ignoreTags ?? []).filter((key) => !before.includes(key));
  if (keys.length === 0) return [];
  const reason = `leaves role tags that others set, which are principal tags of every session: ${keys.join(", ")}`;
  return [gain("permissions", "tags", reason)];
}

/**
 * Has a version that was only begun never come to this tag? Then the role has it as the document says, and so has
 * another version that is known: nothing changes.
 */
function isNeverSet(key: string, { known, next, tagsFound = null }: GuardInput): boolean {
  const wanted = next.role.tags[key];
  const isKnown = known.some(({ role }) => role.tags[key] === wanted);
  return tagsFound !== null && tagsFound[key] === wanted && isKnown;
}

function changedTags(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]);
}

/** A boundary that is removed, or replaced by one that is not proved to grant no more. */
function boundaryGains(before: string | undefined, input: GuardInput): readonly Gain[] {
  const after = input.next.role.permissionsBoundary;
  if (before === undefined || before === after) return [];
  if (after === undefined) {
    return [gain("permissions", "boundary", `removes the permissions boundary ${before}`)];
  }
  const texts = [input.boundaries.get(before), input.boundaries.get(after)] as const;
  if (texts[0] !== undefined && texts[1] !== undefined) {
    const { widening } = comparePermissions({ before: [texts[0]], after: [texts[1]] });
    if (!mayWiden(widening)) return [];
  }
  const reason = `replaces the permissions boundary ${before} by ${after}, which is not proved narrower`;
  return [gain("permissions", "boundary", reason)];
}
