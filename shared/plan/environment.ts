import type { Fault, PartReading } from "../aws/reading.ts";
import type { Change } from "./change.ts";
import { type Choice, refusalOf, type VersionChoice } from "./choice.ts";
import { type ControlEntry, type Evidence, versionsInForce } from "./control.ts";
import type { KeptDeny } from "./denies.ts";
import type { DesiredIdentity } from "./desired.ts";
import type { ShutAgain } from "./drift.ts";
import type { ObservedPolicy, ObservedRole, ObservedTargets, ProviderSetting } from "./observed.ts";
import type { Resolution } from "./resolve.ts";
import type { Adopted, Blocked } from "./resource-claims.ts";
import type { DriftWidening } from "./widening.ts";

/** What a plan may say whether a version is in force or not. */
export type PlanBase = {
  readonly evidence: Evidence;
  readonly changes: readonly Change[];
  /** Policies that only deny and stay for now: somebody revoked sessions. */
  readonly kept: readonly KeptDeny[];
  readonly blocked: readonly Blocked[];
  readonly adopted: readonly Adopted[];
  readonly widenings: readonly DriftWidening[];
  /** What an event says was opened, and the account does not show: somebody shut it again. */
  readonly shutAgain: readonly ShutAgain[];
  /** What a role that would be adopted admits or grants beyond the document: no drift yet. */
  readonly excess: readonly DriftWidening[];
  /** Tags by which another owner claims what is ours, and which nobody may take off. */
  readonly foreignTags: readonly string[];
  /** ARNs of what is ours and has no room for the tags that say so. */
  readonly unmarked: readonly string[];
  /** What is set on its provider that nobody asks for and no run takes off. */
  readonly settings: readonly ProviderSetting[];
  /** What could not be read, so that nothing was decided about it. */
  readonly faults: readonly Fault[];
  /** What keeps a part of the document from being written: only what closes is planned. */
  readonly problems: readonly Fault[];
};

/** What a run means to do for one environment, before anything is written. */
export type EnvironmentPlan = PlanBase &
  (
    | {
        /** No version is in force: what is open is found all the same. */
        readonly kind: "nothing";
        readonly choice: Exclude<Choice, VersionChoice>;
      }
    | {
        /** IAM has no room for what the version in force asks for. */
        readonly kind: "unwritable";
        readonly choice: VersionChoice;
        readonly resolution: Resolution;
      }
    | {
        /** Compared with what is desired; where `faults` says what was not read, only what closes. */
        readonly kind: "planned";
        /** Was the role's trust policy read, or is there no role? */
        readonly isTrustSeen: boolean;
        readonly choice: VersionChoice;
        readonly resolution: Resolution;
        readonly desired: DesiredIdentity;
        /** The deploy policy as it was found; `null` where there is none, or it was not read. */
        readonly policy: ObservedPolicy | null;
        /** Does its role hold that policy, as it was found? */
        readonly roleHolds: boolean;
        /** Does it not say what the version in force means, whether this run may write it or not? */
        readonly policyDue: boolean;
        readonly harmlessVersions: readonly string[];
      }
  );

/** What is desired; `null` where nothing is in force, or IAM cannot hold it. */
export function desiredIn(plan: EnvironmentPlan): DesiredIdentity | null {
  return plan.kind === "planned" ? plan.desired : null;
}

/** May a trust policy be open that nobody has seen? */
export function isTrustUnseen(plan: EnvironmentPlan): boolean {
  return plan.faults.length > 0 && !(plan.kind === "planned" && plan.isTrustSeen);
}

/** Claims of somebody else, each of them once: on the newest version, and on what is in force. */
export function claimsIn({ choice, blocked }: EnvironmentPlan): readonly Blocked[] {
  const refusal = refusalOf(choice);
  const claims = refusal?.kind === "conflict" ? [...refusal.claims, ...blocked] : blocked;
  return [...new Map(claims.map((claim) => [claim.message, claim])).values()];
}

/**
 * Does the run leave the role as it is because of a claim? A claim on its policy or provider alone leaves
 * all else of an environment that is in force to be kept right, and so does a name that turned out to be
 * taken while it was written.
 */
export function isRoleLeft({ blocked, evidence }: EnvironmentPlan, entry: ControlEntry): boolean {
  if (blocked.some(({ resource }) => resource === "role")) return true;
  return (
    blocked.some(({ code }) => code !== "NameTaken") &&
    versionsInForce(evidence, entry).length === 0
  );
}

/** The default version of the deploy policy as it was found; `null` where none was. */
export function policyVersionOf(plan: EnvironmentPlan): string | null {
  return plan.kind === "planned" ? (plan.policy?.defaultVersion ?? null) : null;
}

/** What was observed of the account, as far as environments ask for it. */
export type Observation = {
  role(name: string): PartReading<ObservedRole>;
  policy(arn: string): PartReading<ObservedPolicy>;
  targets(region: string): ObservedTargets;
  /** Texts of attached policies and of boundaries, by ARN; absent: not readable. */
  readonly documents: ReadonlyMap<string, string>;
};
