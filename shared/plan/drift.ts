import type { PermissionWitness, Witness } from "../compare/index.ts";
import type { Change } from "./change.ts";
import type { DesiredIdentity } from "./desired.ts";
import type { ObservedPolicy, ObservedRole } from "./observed.ts";

/** What a widening is of, and the request that proves it; `null` where it is not proved. */
export type Example =
  | { readonly resource: "trust-policy"; readonly admitted: Witness | null }
  | { readonly resource: "audience"; readonly admitted: Witness | null }
  | { readonly resource: "permissions"; readonly admitted: PermissionWitness | null };

/** A door that somebody opened outside the control surface. */
export type DriftWidening = Example & {
  readonly undecided: readonly string[];
  /** Is it proved that no caller who can exist gets anything by it? */
  readonly isImpossible: boolean;
  /** Who may have done it is asked of CloudTrail by these. */
  readonly traces: readonly Trace[];
  /** The ARN of the role, where it is one that the environment had before. */
  readonly former?: string;
  /** The boundary that the role has, its document `null` where it was not read; left out where it has none. */
  readonly within?: { readonly arn: string; readonly document: string | null };
};

/** A door that a call opened, by an event, and that the account does not show. */
export type ShutAgain = {
  readonly found: DriftWidening;
  readonly opened: {
    readonly eventName: string;
    readonly actor: string | null;
    readonly at: string | null;
    readonly account: string | null;
    readonly parameters: Readonly<Record<string, unknown>>;
  };
  /** What a run that found it open would have written; `null`: nobody knows what was open. */
  readonly corrections: readonly Change[] | null;
};

/** What a CloudTrail record must say to be the call that opened the door. */
export type Trace =
  | { readonly kind: "trust-policy"; readonly role: string; readonly document: string }
  | {
      readonly kind: "attachment";
      readonly role: string;
      readonly policyArn: string;
      /** What it grants; `null` where it could not be read. */
      readonly document: string | null;
    }
  | {
      readonly kind: "inline-policy";
      readonly role: string;
      readonly name: string;
      /** `null` where it could not be read. */
      readonly document: string | null;
    }
  | {
      readonly kind: "policy-version";
      readonly policyArn: string;
      readonly document: string;
      /** Which version is the default; left out where nobody can say. */
      readonly version?: string;
    }
  /** The permissions boundary that is there now; `null`: it was taken off. */
  | { readonly kind: "boundary"; readonly role: string; readonly boundary: string | null }
  | { readonly kind: "audience"; readonly providerArn: string; readonly audience: string }
  | {
      readonly kind: "provider-setting";
      readonly providerArn: string;
      readonly name: string;
      readonly content: string;
    };

/** Documents of policies that are attached to a role and are not ours, by ARN; absent: not read. */
type OtherDocuments = ReadonlyMap<string, string>;

/** What counts as intended beside what is desired: the versions that are or may be in force. */
export type Known = {
  readonly trust: readonly string[];
  readonly permissions: readonly string[];
  /** The ARN of the boundary within which those permissions were given. */
  readonly boundary: string | null;
  /** What the version before gave, as long as the next one is not written as a whole. */
  readonly earlier?: readonly Pick<Known, "permissions" | "boundary">[];
};

export type DriftInput = {
  readonly known: Known;
  /** `null`: nothing is desired, an orphan. */
  readonly desired: DesiredIdentity | null;
  readonly role: ObservedRole | null;
  /** Deploy policies: of the versions that are or may be in force, and of the one that is desired. */
  readonly policies: readonly ObservedPolicy[];
  /** Texts of attached policies that are not ours, and of boundaries. */
  readonly documents: OtherDocuments;
};
