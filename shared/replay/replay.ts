/**
 * The identities that were really seen for a role, put to its trust policy and to a proposed one: who
 * would be refused, who admitted, and which patterns nobody needed. `startReplay` takes CloudTrail's
 * records one by one, in any order, and holds eight bytes of each.
 *
 * Imports `trail` and `diagnose` for the records, `explain` for who gets in, and the rooms below.
 */

import type { Account } from "../aws/account.ts";
import type { Tags } from "../plan/observed.ts";
import type { TrustPolicy } from "../policy/document.ts";
import type { CallRecord } from "../trail/records.ts";
import { fingerprints } from "./fingerprints.ts";
import { type Judgement, judge, requestOf } from "./judge.ts";
import { type SeenIdentity, type Sighting, sightingOf } from "./sighting.ts";
import { patternUse, type UnusedPattern } from "./unused.ts";

/** How many identities a policy admits and how many it does not; undecided ones are not admitted. */
export type Tally = { readonly admitted: number; readonly refused: number };

/** An identity about which the two policies differ. */
export type ReplayedIdentity = {
  readonly subject: string;
  /** Null where no record says, and the issuer is not CircleCI. */
  readonly audience: string | null;
  /** How many records are of it. */
  readonly count: number;
  /** ISO instant; null where none of its records has one. */
  readonly lastSeen: string | null;
  /** What stops it under the policy that does not admit it. */
  readonly obstacle: string;
};

/** What a replay found. */
export type Replay = {
  /** Records of the role's AssumeRoleWithWebIdentity, each once. */
  readonly records: number;
  /** Distinct pairs of audience and subject. */
  readonly identities: number;
  readonly current: Tally;
  /** Null where nothing is proposed. */
  readonly proposed: Tally | null;
  /** The most frequent first. */
  readonly newlyRefused: readonly ReplayedIdentity[];
  readonly newlyAdmitted: readonly ReplayedIdentity[];
  readonly unused: readonly UnusedPattern[];
  /** Of those that are not admitted, how many are undecided. */
  readonly undecided: { readonly current: number; readonly proposed: number };
  /** How many records do not say whose token it was. */
  readonly anonymous: number;
  /** How many others ask for the role under another path or in another case. */
  readonly misnamed: number;
  /** When the first and the last record were made; null where none says. */
  readonly first: string | null;
  readonly last: string | null;
};

/** What is replayed, and against what. */
export type Question = {
  /** The role's own ARN. */
  readonly role: string;
  readonly account: Account;
  /** The role's own. */
  readonly tags: Tags;
  readonly current: TrustPolicy;
  readonly proposed: TrustPolicy | null;
  /** Conditions on the time are asked as of now. */
  readonly now: Date;
  /** Records that are older do not count; nor then those without a time. */
  readonly since: Date | null;
};

type ReplayInProgress = {
  readonly take: (record: CallRecord) => void;
  /** How many records of the role it has taken. */
  readonly records: () => number;
  readonly result: () => Replay;
  /** Bytes that grow with the number of records and identities, for a test of the bound. */
  readonly bytes: () => number;
};

/** Begins a replay. The order of the records makes no difference. */
export function startReplay(question: Question): ReplayInProgress {
  const { role, since, proposed } = question;
  const events = fingerprints();
  const court = courtOf(question);
  let records = 0;
  let anonymous = 0;
  let misnamed = 0;
  let first: string | null = null;
  let last: string | null = null;
  return {
    take: (record) => {
      const sighting = sightingOf(record, role);
      if (sighting === null || !isSince(sighting, since)) return;
      if (sighting.eventId !== null && !events.add(sighting.eventId)) return;
      if (sighting.isMisnamed) {
        misnamed += 1;
        return;
      }
      records += 1;
      if (sighting.identity === null) anonymous += 1;
      first = earlier(first, sighting.at);
      last = later(last, sighting.at);
      court.hear(sighting);
    },
    records: () => records,
    bytes: () => events.bytes() + court.bytes(),
    result: () => ({
      records,
      anonymous,
      misnamed,
      ...court.result(proposed !== null),
      first,
      last,
    }),
  };
}

function isSince({ at }: Sighting, since: Date | null): boolean {
  return since === null || (at !== null && Date.parse(at) >= since.getTime());
}

type Judged = Omit<Replay, "records" | "anonymous" | "misnamed" | "first" | "last">;

type Court = {
  readonly hear: (sighting: Sighting) => void;
  readonly result: (hasProposed: boolean) => Judged;
  readonly bytes: () => number;
};

/** An identity that is listed, while its records are counted. */
type Listed = { -readonly [Name in keyof ReplayedIdentity]: ReplayedIdentity[Name] } & {
  readonly issuer: string;
};

/** By their subjects, which are the longest part of them and there once only. */
type Listing = Map<string, Listed[]>;

/**
 * Judges each identity once, when it is first seen. Only those about which the policies differ are
 * kept as text; of the others a fingerprint.
 */
function courtOf(question: Question): Court {
  const { current, proposed } = question;
  const seen = fingerprints();
  const use = patternUse(current);
  const counts = { current: noCount(), proposed: noCount() };
  const refused: Listing = new Map();
  const admitted: Listing = new Map();
  const judgeFirst = (identity: SeenIdentity): void => {
    const known = requestOf(identity, question);
    const before = judge(current, known);
    if (before.kind !== "refused") use.note(known);
    counts.current[before.kind] += 1;
    if (proposed === null) return;
    const after = judge(proposed, known);
    counts.proposed[after.kind] += 1;
    const change = changeOf(before, after);
    if (change === null) return;
    const list = change.kind === "newly-refused" ? refused : admitted;
    const { subject, audience, issuer } = identity;
    const listed = { subject, audience, issuer, count: 0, lastSeen: null };
    list.set(subject, [...(list.get(subject) ?? []), { ...listed, obstacle: change.obstacle }]);
  };
  return {
    hear: ({ identity, at }) => {
      if (identity === null) return;
      const name = JSON.stringify([identity.issuer, identity.audience, identity.subject]);
      if (seen.add(name)) judgeFirst(identity);
      const listed = listedIn(refused, identity) ?? listedIn(admitted, identity);
      if (listed === undefined) return;
      listed.count += 1;
      listed.lastSeen = later(listed.lastSeen, at);
    },
    bytes: () => seen.bytes(),
    result: (hasProposed) => ({
      identities: seen.size(),
      current: tallyOf(counts.current),
      proposed: hasProposed ? tallyOf(counts.proposed) : null,
      newlyRefused: ordered(refused),
      newlyAdmitted: ordered(admitted),
      unused: use.unused(),
      undecided: { current: counts.current.undecided, proposed: counts.proposed.undecided },
    }),
  };
}

type Count = Record<Judgement["kind"], number>;

function noCount(): Count {
  return { admitted: 0, refused: 0, undecided: 0 };
}

function tallyOf({ admitted, refused, undecided }: Count): Tally {
  return { admitted, refused: refused + undecided };
}

type Change = { readonly kind: "newly-refused" | "newly-admitted"; readonly obstacle: string };

/**
 * How the second policy differs for an identity. What is undecided under one of them never counts as
 * unchanged: it may be refused, and may be admitted. Undecided under both says nothing.
 */
function changeOf(before: Judgement, after: Judgement): Change | null {
  if (after.kind === "admitted") {
    if (before.kind === "admitted") return null;
    return { kind: "newly-admitted", obstacle: before.obstacle };
  }
  if (before.kind === after.kind) return null;
  const kind = before.kind === "refused" ? "newly-admitted" : "newly-refused";
  return { kind, obstacle: after.obstacle };
}

function listedIn(listing: Listing, identity: SeenIdentity): Listed | undefined {
  const { subject, audience, issuer } = identity;
  return listing
    .get(subject)
    ?.find((listed) => listed.audience === audience && listed.issuer === issuer);
}

function ordered(listing: Listing): readonly ReplayedIdentity[] {
  const order = (one: string, other: string) => (one === other ? 0 : one < other ? -1 : 1);
  return [...listing.values()]
    .flat()
    .sort(
      (one, other) =>
        other.count - one.count ||
        order(one.subject, other.subject) ||
        order(one.audience ?? "", other.audience ?? "") ||
        order(one.issuer, other.issuer),
    )
    .map(({ issuer: _, ...identity }) => identity);
}

/** Of two spellings of one instant, whichever comes first, the same one. */
function compareInstants(one: string, other: string): number {
  return Date.parse(one) - Date.parse(other) || (one < other ? -1 : 1);
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return compareInstants(other, one) < 0 ? other : one;
}

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return compareInstants(other, one) > 0 ? other : one;
}
