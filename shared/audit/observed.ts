import type { Fault, Tags } from "../plan/observed.ts";

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

export type AuditedTrail = { readonly arn: string; readonly logging: boolean };

/** What an audit reads of the account; what could not be read is a fault beside it. */
export type AuditedAccount = {
  readonly roles: readonly AuditedRole[];
  readonly providers: readonly AuditedProvider[];
  readonly keys: readonly AuditedKey[];
  readonly trails: readonly AuditedTrail[] | null;
  readonly faults: readonly Fault[];
};
