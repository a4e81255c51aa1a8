import type * as z from "zod/mini";
import type { Account } from "../aws/account.ts";
import type { Fields } from "../aws/event-fields.ts";
import type { PolicyStatement } from "../aws/policy-document.ts";
import type { Reading } from "../aws/reading.ts";
import type { GrantedResource } from "./in-force.ts";
import type { Collected } from "./missing.ts";
import type { NewGrant } from "./new-grant.ts";
import type { PolicyPart } from "./policy-part.ts";

/**
 * Everything that the product knows of one kind of deploy target, short of calling AWS. The rooms
 * ask each kind in `kinds.ts` in turn and know none by its name; what reads AWS for a kind is in
 * `shared/edge/targets/`.
 *
 * @typeParam Entry what one entry of a document means
 * @typeParam Question what a reader looks up in one Region, gathered from all documents
 * @typeParam Found what a reader found there
 * @typeParam Resolved an entry with the ARNs that it resolved to
 */
export type TargetKind<Entry, Question, Found, Resolved> = {
  /** What one target is called in a sentence. */
  readonly noun: string;

  /** The list in `deploy`: each target once, in the order of the document. */
  readonly schema: z.ZodMiniType<readonly Entry[]>;
  /** Entries as the schema reads them again. What a name alone means is written as a name alone. */
  readonly written: (entries: readonly Entry[]) => readonly unknown[];
  /** An entry as the smallest ones that together grant the same. */
  readonly pieces: (entry: Entry) => readonly Piece<Entry>[];
  /** What entries grant only because they are listed together, as a sentence; absent: nothing. */
  readonly together?: string;
  /** Where targets of this kind can be; `null`: in every Region. */
  readonly regions: KindRegions | null;
  /** A resolved target as records and statuses hold it. */
  readonly memory: z.ZodMiniType<Resolved>;
  /**
   * Is the list written to a record even where it is empty? Only kinds that the first release had:
   * an earlier release refuses a document with a field that it does not know.
   */
  readonly writtenWhenEmpty: boolean;

  readonly ask: (documents: readonly Asked<Entry, Resolved>[]) => Question;
  /** What takes the place of a reading that was not made. */
  readonly unseen: (reading: Unseen) => Found;
  /** The ARNs of what exists. See `resolveTargets` for what keeps a target that AWS does not show. */
  readonly resolve: (
    entries: readonly Entry[],
    found: Found,
    memory: TargetMemory<Resolved>,
  ) => Collected<Resolved> & { readonly granted: readonly NewGrant[] };
  /** The same with a placeholder for what does not exist: for comparing documents, never for IAM. */
  readonly named: (
    entries: readonly Entry[],
    found: Found,
    unknown: Placeholders,
  ) => readonly Resolved[];

  /** What jobs may do to the targets; the order of targets does not matter. */
  readonly statements: (targets: readonly Resolved[]) => readonly PolicyStatement[];
  /** What takes room in the policy, for the sentence on a policy that is too long. */
  readonly parts: (targets: readonly Resolved[]) => readonly PolicyPart[];
  /** The environment variables that a CircleCI project needs for the targets. */
  readonly outputs: (
    entries: readonly Entry[],
    targets: readonly Resolved[],
    place: Place,
  ) => readonly Output[];

  readonly events: TargetEvents<Entry, Resolved>;
};

/** A part of an entry that is an entry itself. */
export type Piece<Entry> = {
  readonly entry: Entry;
  /** The target's name, as the document writes it. */
  readonly target: string;
  /** Which of the target's permissions, in the document's words; empty where it has no words. */
  readonly says: string;
};

export type Place = { readonly account: Account; readonly region: string };

type KindRegions = {
  readonly names: readonly string[];
  /** Finishes "… does not exist in REGION". */
  readonly service: string;
  /** Finishes "allowed: …". */
  readonly allowed: string;
};

/** What one environment says of its targets, and what is remembered of them. */
export type Asked<Entry, Resolved> = {
  readonly entries: readonly Entry[];
  /** What they resolved to last, as far as a record says. */
  readonly last: readonly Resolved[];
  /** The variables of the last status. */
  readonly outputs: Readonly<Record<string, string>>;
};

/** Why a target is not seen. */
export type Unseen = Exclude<Reading<never>, { readonly kind: "found" }>;

/**
 * What may keep a permission on a target that AWS does not show. Neither part gives anything: a
 * memory may be old or forged, so it counts only where the policy in force has the very ARN, and
 * what the policy has counts only where it is of the shape of the named target.
 */
export type TargetMemory<Resolved> = {
  readonly place: Place;
  readonly last: readonly Resolved[];
  readonly grants: readonly GrantedResource[];
};

/** What takes the place of ids and roles that nobody knows. */
export type Placeholders = {
  readonly place: Place;
  /** 32 hexadecimal digits that depend on kind, Region and name alone. */
  readonly idOf: (name: string) => string;
};

/** A variable: the first value is under this name, each of several under one that begins so. */
export type Output = {
  readonly variable: string;
  readonly values: readonly (readonly [name: string, value: string])[];
};

/** The deploy target that an event is about, by what the event says of it. */
export type TouchedTarget = {
  readonly service: string;
  readonly [member: string]: string | null;
};

/** Which events may change a target of this kind, and how to read them. */
type TargetEvents<Entry, Resolved> = {
  /** The service as events name it: `SERVICE.amazonaws.com` and `aws.SERVICE`. */
  readonly service: string;
  /**
   * Calls that CloudTrail records: what creates, deletes or changes a target as far as a deploy
   * policy can see. The rules of the stack list the same; a test holds them together.
   */
  readonly calls: readonly string[];
  /**
   * The service's own events, which need no trail. The rules let only those through that can report
   * another ARN or other roles; one that comes all the same is looked at.
   */
  readonly detailTypes: readonly string[];
  /** The target of a call, by its CloudTrail record; `null` where the record does not say. */
  readonly ofCall: (record: Fields) => TouchedTarget | null;
  /** The target of one of the service's own events; `null` where it does not say. */
  readonly ofEvent: (event: Fields) => TouchedTarget | null;
  /** The target in a sentence: "ECR repository shop/web". */
  readonly says: (touched: TouchedTarget) => string;
  /** Does the environment deploy to it? Names are compared as they are: no service ignores case. */
  readonly names: (touched: TouchedTarget, environment: Asked<Entry, Resolved>) => boolean;
};
