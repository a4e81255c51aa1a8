import type { Fault } from "../aws/reading.ts";
import type { Tags } from "../plan/observed.ts";

/** A role as an audit sees it. */
export type AuditedRole = {
  readonly name: string;
  readonly arn: string;
  /** Raw JSON text, percent-decoded. */
  readonly trustPolicy: string;
  readonly tags: Tags;
  /** ISO instants; IAM looks 400 days back and lags by hours, `null`: not used in that time. */
  readonly createdAt: string | null;
  readonly lastUsedAt: string | null;
};

export type AuditedProvider = {
  readonly arn: string;
  readonly audiences: readonly string[];
  readonly tags: Tags;
};

export type AuditedKey = {
  readonly user: string;
  /** The last four characters: enough to find it, too few to be of use. */
  readonly ending: string;
  readonly active: boolean;
  readonly createdAt: string | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedService: string | null;
};

export type AuditedTrail = {
  readonly arn: string;
  readonly logging: boolean;
  /** Of every Region, or of its home alone. */
  readonly multiRegion: boolean;
  /** Does it log IAM, which is of no Region? */
  readonly globalEvents: boolean;
  /** `null` where they could not be read. */
  readonly selectors: TrailSelectors | null;
};

/** What a trail logs, as far as management events go. */
export type TrailSelectors = {
  readonly basic: readonly { readonly management: boolean; readonly readWrite: string }[];
  readonly advanced: readonly (readonly TrailField[])[];
};

/** One field of an advanced selector; a comparison that is not among these counts as `other`. */
export type TrailField = {
  readonly field: string;
  readonly equals: readonly string[];
  readonly notEquals: readonly string[];
  readonly other: boolean;
};

/** What an audit reads of the account; what could not be read is a fault beside it. */
export type AuditedAccount = {
  readonly roles: readonly AuditedRole[];
  readonly providers: readonly AuditedProvider[];
  readonly keys: readonly AuditedKey[];
  readonly trails: readonly AuditedTrail[] | null;
  readonly faults: readonly Fault[];
  /** The one of these because of which no role is known, and nothing can be said; `null`: none. */
  readonly rolesFault: Fault | null;
};
