import type { PermissionWitness, Witness } from "../compare/index.ts";
import type { EnvironmentDocument } from "../spec/index.ts";
import {
  type Account,
  type ResolvedTargets,
  writeDeployPolicy,
  writeTrustPolicy,
} from "../trust/index.ts";
import type { DesiredIdentity, DesiredProvider } from "./desired.ts";
import { permissionDifference, trustDifference } from "./difference.ts";
import type { ObservedPolicy, ObservedProvider, ObservedRole } from "./observed.ts";

/** A door that somebody opened outside the control surface. */
export type DriftWidening = {
  readonly resource: "trust-policy" | "permissions" | "audience";
  /** The request that proves it; `null` where it is only not provably contained. */
  readonly admitted: Witness | PermissionWitness | null;
  readonly undecided: readonly string[];
  /** Who may have done it is asked of CloudTrail by these. */
  readonly traces: readonly Trace[];
};

/** What a CloudTrail record must say to be the call that opened the door. */
export type Trace =
  | { readonly kind: "trust-policy"; readonly role: string; readonly document: string }
  | { readonly kind: "attachment"; readonly role: string; readonly policyArn: string }
  | {
      readonly kind: "inline-policy";
      readonly role: string;
      readonly name: string;
      readonly document: string;
    }
  | { readonly kind: "policy-version"; readonly policyArn: string; readonly document: string }
  | { readonly kind: "audience"; readonly providerArn: string; readonly audience: string };

/** Documents of policies that are attached to a role and are not ours, by ARN; absent: not read. */
export type StrayDocuments = ReadonlyMap<string, string>;

export type DriftInput = {
  /** What was applied last: the measure of drift. */
  readonly applied: EnvironmentDocument;
  readonly appliedTargets: ResolvedTargets | null;
  readonly desired: DesiredIdentity;
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
  readonly strays: StrayDocuments;
  readonly account: Account;
};

/**
 * What the account admits or grants and neither the applied version nor the desired one does. An
 * entry whose `until` is over still counts as applied: its end is no widening.
 */
export function driftWidenings(input: DriftInput): readonly DriftWidening[] {
  const trust = trustWidening(input);
  const permissions = permissionWidening(input);
  return [...(trust === null ? [] : [trust]), ...(permissions === null ? [] : [permissions])];
}

function trustWidening(input: DriftInput): DriftWidening | null {
  const { role, applied, desired, account } = input;
  if (role === null) return null;
  const written = writeTrustPolicy({ document: applied, account, now: new Date(0) });
  const before = [
    ...(written.kind === "written" ? [JSON.stringify(written.policy)] : []),
    desired.role.trustPolicy,
  ];
  const baseline = joined(before);
  const difference = trustDifference({ before: baseline, after: role.trustPolicy });
  if (difference.gains === false) return null;
  return {
    resource: "trust-policy",
    admitted: difference.gained,
    undecided: difference.undecided,
    traces: [{ kind: "trust-policy", role: role.name, document: role.trustPolicy }],
  };
}

/** One document that admits what any of the given ones does; all are ours, so all only allow. */
function joined(documents: readonly string[]): string {
  const [first] = documents;
  if (first !== undefined && documents.every((document) => document === first)) return first;
  const statements = documents.flatMap((text): readonly unknown[] => {
    const data: unknown = JSON.parse(text);
    const found = typeof data === "object" && data !== null && "Statement" in data;
    return found && Array.isArray(data.Statement) ? data.Statement : [];
  });
  // Sids must be unique within a document, and say nothing here.
  const unnamed = statements.map((statement) =>
    typeof statement === "object" && statement !== null
      ? { ...statement, Sid: undefined }
      : statement,
  );
  return JSON.stringify({ Version: "2012-10-17", Statement: unnamed });
}

function permissionWidening(input: DriftInput): DriftWidening | null {
  const { role, desired } = input;
  if (role === null) return null;
  const before = [...appliedPermissions(input), desired.policy.document].filter(
    (document) => document !== null,
  );
  const wider = permissionSources(role, input).flatMap((source) => gainedBy(source, before));
  const [first] = wider;
  if (first === undefined) return null;
  const proved = wider.find((found) => found.gained !== null) ?? first;
  return {
    resource: "permissions",
    admitted: proved.gained,
    undecided: wider.flatMap((found) => found.undecided),
    traces: wider.map((found) => found.trace),
  };
}

/** One policy that the role holds; its document is `null` where it could not be read. */
type PermissionSource = { readonly document: string | null; readonly trace: Trace };

function permissionSources(role: ObservedRole, input: DriftInput): readonly PermissionSource[] {
  const { policy, desired, strays } = input;
  const ours = desired.policy.arn;
  const inline = role.inline.map(({ name, document }): PermissionSource => {
    return { document, trace: { kind: "inline-policy", role: role.name, name, document } };
  });
  const attached = role.attached.flatMap((policyArn): PermissionSource[] => {
    if (policyArn !== ours) {
      const document = strays.get(policyArn) ?? null;
      return [{ document, trace: { kind: "attachment", role: role.name, policyArn } }];
    }
    if (policy === null) return [];
    const { document } = policy;
    return [{ document, trace: { kind: "policy-version", policyArn, document } }];
  });
  return [...attached, ...inline];
}

type Gained = {
  readonly gained: PermissionWitness | null;
  readonly undecided: readonly string[];
  readonly trace: Trace;
};

function gainedBy({ document, trace }: PermissionSource, before: readonly string[]): Gained[] {
  if (document === null) {
    return [{ gained: null, undecided: [`${traceName(trace)} could not be read`], trace }];
  }
  const { gains, gained, undecided } = permissionDifference({ before, after: [document] });
  return gains === false ? [] : [{ gained, undecided, trace }];
}

function traceName(trace: Trace): string {
  switch (trace.kind) {
    case "attachment":
    case "policy-version":
      return trace.policyArn;
    case "inline-policy":
      return trace.name;
    case "trust-policy":
      return trace.role;
    case "audience":
      return trace.audience;
    default:
      return trace satisfies never;
  }
}

function appliedPermissions(input: DriftInput): readonly string[] {
  if (input.appliedTargets === null) return [];
  const written = writeDeployPolicy({ targets: input.appliedTargets });
  return written.kind === "written" ? [JSON.stringify(written.policy)] : [];
}

/**
 * An audience that nobody asked for widens every trust policy that does not test `aud`.
 *
 * @param asked what the applied and the desired versions of the organisation's environments ask for
 */
export function audienceWidenings(input: {
  readonly observed: ObservedProvider;
  readonly desired: DesiredProvider;
  readonly asked: readonly string[];
}): readonly DriftWidening[] {
  const { observed, desired } = input;
  const known = new Set([...input.asked, ...desired.audiences]);
  return observed.audiences
    .filter((audience) => !known.has(audience))
    .map((audience): DriftWidening => {
      const host = desired.url.replace("https://", "");
      return {
        resource: "audience",
        admitted: {
          principal: { type: "Federated", id: observed.arn },
          action: "sts:AssumeRoleWithWebIdentity",
          context: { [`${host}:aud`]: [audience] },
          reachable: true,
          token: null,
        },
        undecided: [],
        traces: [{ kind: "audience", providerArn: observed.arn, audience }],
      };
    });
}
