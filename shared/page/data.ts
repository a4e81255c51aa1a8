/**
 * The page that `report` writes, for a meeting, an auditor or a build's artifacts: is it safe now,
 * who can reach what, what happened, and why. `pageDataOf` makes one data object of what was read,
 * `pageOf` makes HTML of that object and of nothing else.
 *
 * Here are the object's types. Every text in it is as AWS gave it: `html.ts` makes it harmless.
 */

import type { AuditFinding } from "../audit/findings.ts";
import type { Mode } from "../document/index.ts";
import type { Conditions } from "../plan/status.ts";
import type { GapRow } from "../projects/index.ts";
import type { ShownHeartbeat } from "../report/overview.ts";
import type { VersionState } from "../versions/history.ts";

/** Everything that the page shows. */
export type PageData = {
  /** When it was read, ISO. */
  readonly madeAt: string;
  /** The version of the command. */
  readonly madeBy: string;
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
  readonly heartbeat: ShownHeartbeat | null;
  /** Has no run over all environments ended for too long, or never? */
  readonly isStale: boolean;
  readonly staleAfterMinutes: number;
  /** Parameters whose text is nothing that the reconciler writes. */
  readonly spoilt: readonly string[];
  readonly environments: readonly PageEnvironment[];
  readonly unmanaged: PageAudit;
  readonly trail: PageTrail;
};

/** What an audit finds in the whole account, as far as it could be read. */
export type PageAudit = {
  readonly findings: readonly AuditFinding[];
  /** Why the roles of the account could not be looked at; null where they were. */
  readonly unread: string | null;
};

/** How far back CloudTrail's event history was read; before it nobody knows. */
export type PageTrail = {
  /** ISO; null where nothing was read at all. */
  readonly from: string | null;
  /** Why it does not go back as far as CloudTrail keeps it; null where it does. */
  readonly stopped: string | null;
};

export type PageEnvironment = {
  readonly name: string;
  /** The newest version of the document; null where the parameter is gone and a status is left. */
  readonly version: number | null;
  readonly appliedVersion: number | null;
  readonly appliedDigest: string | null;
  readonly heldVersion: number | null;
  readonly mode: Mode | null;
  /** Is the document in force whole, with nothing that waits for a person or the next run? */
  readonly isSettled: boolean;
  readonly conditions: Partial<Conditions>;
  readonly held: PageHold | null;
  readonly access: PageAccess;
  readonly trust: PageTrust;
  readonly permissions: readonly PagePermission[];
  readonly history: PageHistory;
};

/** A version that waits for a person. */
export type PageHold = {
  readonly version: number;
  readonly isApproved: boolean;
  /** What it would let happen, in the document's words. */
  readonly says: readonly string[];
  /** A request that it would let in, as a clause; null where none is proved. */
  readonly example: string | null;
};

/** Who can reach what, by the version in force. */
export type PageAccess =
  | {
      readonly kind: "known";
      readonly role: string;
      readonly roleArn: string;
      readonly organization: string;
      readonly audiences: readonly string[];
      readonly projects: "all" | readonly PageProject[];
      readonly targets: readonly PageTarget[];
    }
  /** `why` finishes a sentence whose subject is the environment. */
  | { readonly kind: "unknown"; readonly why: string };

export type PageProject = {
  readonly id: string;
  /** null: of every repository, forks among them. */
  readonly origin: string | null;
  /** Empty: every branch and tag. */
  readonly refs: readonly string[];
  readonly until: string | null;
  readonly hasEnded: boolean;
};

export type PageTarget = {
  /** Such as "ECR repository". */
  readonly noun: string;
  readonly name: string;
  /** What jobs may do to it, where the document says more than its name. */
  readonly may: string;
  /** As it resolved last; null: it was never found, and no job may touch it. */
  readonly arn: string | null;
};

/** What the trust policy says, in words. */
export type PageTrust = {
  /** The role's own policy, what the document asks for, or neither. */
  readonly source: "role" | "document" | "none";
  readonly statements: readonly PageStatement[];
  readonly looseEnds: readonly PageLooseEnd[];
  /** What could not be decided or read, as sentences. */
  readonly undecided: readonly string[];
  /** What AWS does not enforce, and what CircleCI's settings would have to. */
  readonly gaps: readonly GapRow[];
};

type PageStatement = {
  readonly effect: "Allow" | "Deny";
  readonly who: string;
  readonly actions: string;
  /** All of them have to hold. */
  readonly conditions: readonly string[];
  /** Why nobody gets in by it; null where somebody does. */
  readonly nobody: string | null;
};

type PageLooseEnd = {
  readonly code: string;
  readonly message: string;
  readonly example: string | null;
};

/** What the policy that the document asks for allows on one resource. */
export type PagePermission = {
  readonly resource: string;
  readonly actions: readonly string[];
};

/** What happened to an environment, as far as anything keeps it. */
export type PageHistory = {
  /** Newest first. */
  readonly versions: readonly PageVersion[];
  /** So many more are in Parameter Store and not here. */
  readonly olderVersions: number;
  /** Why the versions could not be read; null where they were. */
  readonly unread: string | null;
  /** Newest first. */
  readonly openings: readonly PageOpening[];
};

/** How a version compares with the one before it. */
export type PageVerdict = "first" | "widened" | "narrowed" | "changed" | "same" | "unknown";

export type PageVersion = {
  readonly version: number;
  readonly at: string | null;
  readonly by: string | null;
  readonly state: VersionState;
  readonly verdict: PageVerdict;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly other: readonly string[];
  readonly problems: readonly string[];
  readonly approval: PageApproval | null;
};

/** A label `approved`: null for what CloudTrail no longer says. */
export type PageApproval = { readonly at: string | null; readonly by: string | null };

/** Something that was opened outside of the documents. */
export type PageOpening = {
  readonly kind: "trust" | "attached-policy" | "inline-policy" | "boundary" | "audience";
  /** What was opened, as a sentence. */
  readonly says: string;
  readonly by: string | null;
  readonly openedAt: string;
  /** null while nothing closes it as far as CloudTrail says. */
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  /** How long it was open; null while it is. */
  readonly seconds: number | null;
};
