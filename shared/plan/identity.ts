import { comparePermissions, isEquivalent, mayWiden } from "../compare/index.ts";
import { type Access, accessOf, inlineId, type Source } from "./access.ts";
import type { Change } from "./change.ts";
import { closingPart } from "./closing-part.ts";
import { nobodysTrust, trustTexts } from "./closing-trust.ts";
import { deniesOf, type FirstSeen, type KeptDeny } from "./denies.ts";
import type { DesiredIdentity } from "./desired.ts";
import { boundaryEffect, withEffects } from "./effects.ts";
import type { ObservedPolicy, ObservedPolicyVersion, ObservedRole, Tags } from "./observed.ts";
import { inSafeOrder, onlyClosing, type Parts, withoutRepeats } from "./order.ts";
import {
  createPolicy,
  isUnmarkable,
  policyTagChanges,
  policyVersionChanges,
  wideVersionChanges,
} from "./policy.ts";
import {
  attach,
  boundaryChanges,
  createRole,
  detach,
  differenceFromDesired,
  roleSettingsChanges,
  trustLock,
  trustPolicyChange,
  unmanagedPermissionChanges,
} from "./role.ts";
import { sharedPermissions } from "./shrink.ts";
import { tagChanges } from "./tags.ts";

/** Why a plan does less than is desired; the message says what to do. */
type PlanProblem = { readonly code: "BoundaryMissing"; readonly message: string };

/** What brings role and policy to what is desired, and what stays for now although it is not. */
export type IdentityPlan = {
  readonly changes: readonly Change[];
  readonly kept: readonly KeptDeny[];
  readonly problems: readonly PlanProblem[];
  /** ARNs of role and policy that have no room for the tags that are desired. */
  readonly unmarked: readonly string[];
};

export type IdentityInput = {
  readonly desired: DesiredIdentity;
  /** `null` where it does not exist; likewise `policy`. */
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
  /** Texts of attached policies that are not ours, and of boundaries, by ARN; absent: not read. */
  readonly documents: ReadonlyMap<string, string>;
  readonly denies: FirstSeen;
  /** Tags of the role that go though others may set them (`leavingTags`). */
  readonly leaving: Tags;
  readonly now: Date;
  /** Takes policies that only deny off at once. */
  readonly force: boolean;
  /** Was all of role and policy read? Where not, only what closes is planned. */
  readonly isWhole: boolean;
};

/**
 * The changes that bring one environment's role and policy from what is observed to what is
 * desired, in an order in which no prefix opens a door (`inSafeOrder`), whichever step fails. No
 * change where nothing differs in meaning.
 */
export function planIdentity(input: IdentityInput): IdentityPlan {
  const problem = missingBoundary(input);
  if (problem === null && input.isWhole) return planned(input);
  const problems = problem === null ? [] : [problem];
  const { role } = input;
  const unmarked = unmarkedOf(input);
  if (role === null) return { changes: [], kept: [], problems, unmarked };
  const given = problem === null ? input : keepingBoundary(input, role);
  const { parts, start, lasting, kept } = prepared(given, role);
  return { changes: onlyClosing(parts, start, lasting), kept, problems, unmarked };
}

/**
 * Which documents plan and drift need beside the role and the policy, by ARN: a boundary only where
 * something differs, so that a role in sync costs no further read.
 */
export function documentsNeeded(
  desired: DesiredIdentity,
  role: ObservedRole | null,
  policy: ObservedPolicy | null,
): readonly string[] {
  const wanted = desired.role.permissionsBoundary;
  if (role === null) return wanted === null ? [] : [wanted];
  const found = role.permissionsBoundary;
  const unmanaged = role.attached.filter((arn) => arn !== desired.policy.arn);
  const differs =
    wanted !== found ||
    unmanaged.length + role.inline.length > 0 ||
    Object.keys(role.tags).some((key) => !Object.hasOwn(desired.role.tags, key)) ||
    (policy?.document ?? null) !== desired.policy.document;
  const boundaries = differs ? [wanted, found] : [];
  return [...new Set([...unmanaged, ...boundaries.filter((arn) => arn !== null)])];
}

/** Nothing is detached for a boundary that nobody can put there, and nothing opens without it. */
function missingBoundary({ desired, role, documents }: IdentityInput): PlanProblem | null {
  const wanted = desired.role.permissionsBoundary;
  if (wanted === null || wanted === role?.permissionsBoundary || documents.has(wanted)) return null;
  return {
    code: "BoundaryMissing",
    message: `the permissions boundary ${wanted} does not exist or cannot be read, so nothing opens: make that policy, or name one that is there in role.permissionsBoundary`,
  };
}

function keepingBoundary(input: IdentityInput, role: ObservedRole): IdentityInput {
  const { permissionsBoundary } = role;
  const { desired } = input;
  return { ...input, desired: { ...desired, role: { ...desired.role, permissionsBoundary } } };
}

function planned(input: IdentityInput): IdentityPlan {
  const { desired, role, policy } = input;
  const unmarked = unmarkedOf(input);
  if (role === null) return { changes: newRole(desired, policy), kept: [], problems: [], unmarked };
  const { parts, start, lasting, kept } = prepared(input, role);
  return { changes: inSafeOrder(parts, start, lasting), kept, problems: [], unmarked };
}

function unmarkedOf({ desired, role, policy, leaving }: IdentityInput): readonly string[] {
  const isRole = role !== null && tagChanges(desired.role, role, [], leaving).left.length > 0;
  const isPolicy = policy !== null && isUnmarkable(desired.policy, policy);
  return [...(isRole ? [desired.role.arn] : []), ...(isPolicy ? [desired.policy.arn] : [])];
}

type Prepared = {
  readonly parts: Parts;
  readonly start: Access;
  readonly lasting: readonly string[];
  readonly kept: readonly KeptDeny[];
};

function prepared(input: IdentityInput, role: ObservedRole): Prepared {
  const { kept, over } = deniesOf({ ...input, role, ours: input.desired.policy.arn });
  const read = accessOf(role, input.policy, input.documents);
  // A policy that was not read may be there, and may allow or deny anything.
  const sources = input.isWhole ? read.sources : [...read.sources, { id: "", document: null }];
  const start = { ...read, sources };
  const lasting = kept.map(({ kind, id }) => (kind === "inline" ? inlineId(id) : id));
  const ids = kept.map(({ id }) => id);
  return {
    parts: partsOf(input, role, { start, kept: ids, lasting, over }),
    start,
    lasting,
    kept,
  };
}

/** A policy that no role holds grants nothing, whatever it says meanwhile. */
function newRole(desired: DesiredIdentity, policy: ObservedPolicy | null): readonly Change[] {
  const document = desired.policy.document;
  const role = createRole(desired.role);
  if (document === null) return [role];
  const last = [role, attach(desired.role, desired.policy.arn)];
  if (policy === null) return [createPolicy(desired.policy, document), ...last];
  const writes = policyWrites(policy, document);
  const tags = policyTagChanges(desired.policy, policy);
  const wide = wideVersionChanges({ observed: policy, document, written: writes.length > 0 });
  return [...withoutRepeats([...writes, ...wide]), ...tags, ...last];
}

function policyWrites(observed: ObservedPolicy, document: string): readonly Change[] {
  const comparison = comparePermissions({ before: [observed.document], after: [document] });
  if (isEquivalent(comparison)) return [];
  const opens = mayWiden(comparison.widening);
  const reason = differenceFromDesired(comparison, {
    policy: "policy",
    verb: "grants",
    what: "actions",
  });
  return policyVersionChanges({ observed, document, reason, opens });
}

type Found = {
  readonly start: Access;
  /** Ids of the policies that stay: an inline policy's name, or an ARN. */
  readonly kept: readonly string[];
  /** The same as ids of the role's access. */
  readonly lasting: readonly string[];
  readonly over: readonly KeptDeny[];
};

function partsOf(input: IdentityInput, role: ObservedRole, found: Found): Parts {
  const { desired, policy, documents } = input;
  const document = desired.policy.document;
  const arn = desired.policy.arn;
  const attached = role.attached.includes(arn);
  const writes = policy === null || document === null ? [] : policyWrites(policy, document);
  const policyTags = policy === null ? [] : policyTagChanges(desired.policy, policy);
  const texts = textsAround(input, found.start);
  const tags = tagChanges(desired.role, role, texts, input.leaving);
  return {
    ...unmanaged(input, role, found),
    trust: trustParts(desired, role),
    policy: writes,
    between: () => policyBetween(policy, document),
    versions:
      policy === null || document === null
        ? []
        : wideVersionChanges({ observed: policy, document, written: writes.length > 0 }),
    boundary: boundaryChanges(desired.role, role).map((change) =>
      withBoundaryEffect(change, found.start.boundary, documents),
    ),
    settings: roleSettingsChanges(desired.role, role),
    attach: attaching(input, role),
    tags: { ...tags, late: [...tags.late, ...policyTags] },
    bracket: attached && document !== null && policy !== null ? bracketOf(role, arn) : null,
  };
}

/** The policy is made only for the role to hold it: what closes does not wait for that, nor fail with it. */
function attaching({ desired, policy }: IdentityInput, role: ObservedRole): readonly Change[] {
  const { arn, document } = desired.policy;
  if (document === null) return [];
  const made = policy === null ? [createPolicy(desired.policy, document)] : [];
  return role.attached.includes(arn) ? made : [...made, attach(role, arn)];
}

/** Whether another boundary closes is decided by the documents. */
function withBoundaryEffect(
  change: Change,
  before: Source | null,
  documents: ReadonlyMap<string, string>,
): Change {
  const { step } = change;
  if (step.do !== "put-boundary") return change;
  return { ...change, effect: boundaryEffect(before, documents.get(step.boundary) ?? null) };
}

/** Every text that may hang on a tag of the role. */
function textsAround(
  { desired, documents }: IdentityInput,
  start: Access,
): readonly (string | null)[] {
  const wanted = desired.role.permissionsBoundary;
  const boundaries = [
    start.boundary === null ? [] : [start.boundary.document],
    wanted === null || wanted === start.boundary?.id ? [] : [documents.get(wanted) ?? null],
  ];
  return [...start.sources.map(({ document }) => document), ...boundaries.flat()];
}

/** What goes from the role, by when it may: the engine decides which of it only closes. */
function unmanaged(
  { desired }: IdentityInput,
  role: ObservedRole,
  { start, kept, lasting, over }: Found,
): Pick<Parts, "unmanaged" | "guarding" | "over"> {
  const { arn, document } = desired.policy;
  const all = unmanagedPermissionChanges(role, document === null ? null : arn, kept);
  const ended = over.map(({ kind, id }) => (kind === "inline" ? `${role.arn}/${id}` : id));
  const going = all.filter(({ id }) => !ended.includes(id));
  // They may go at any time only if that is so with the desired policy in force as well.
  const ours = document === null ? [] : [{ id: `desired ${arn}`, document }];
  const decided = withEffects({
    start: { ...start, sources: [...start.sources, ...ours] },
    changes: going,
    lasting,
  });
  return {
    unmanaged: decided.filter(({ effect }) => effect === "closes"),
    guarding: decided.filter(({ effect }) => effect !== "closes"),
    over: all.filter(({ id }) => ended.includes(id)),
  };
}

function trustParts(desired: DesiredIdentity, role: ObservedRole): Parts["trust"] {
  const { first, last } = trustTexts(role.trustPolicy, desired.role.trustPolicy);
  const found = first[0] ?? role.trustPolicy;
  const wanted = last[0] ?? found;
  return {
    first: first.map((text) => trustPolicyChange(role, text)),
    last: last.map((text) => trustPolicyChange(role, text, found)),
    locked: (inside) => {
      const [part] = first.flatMap((text) => closingPart(trustPolicyChange(role, text)) ?? []);
      const shared =
        part?.step.do === "update-trust-policy" ? part.step.trustPolicy : role.trustPolicy;
      const putBack = {
        ...trustPolicyChange(role, shared, nobodysTrust),
        reason: "put back: the first step that nobody may come in for failed",
        bracket: "back",
      } as const;
      return [
        ...trustLock(role).map(
          (lock): Change => ({ ...lock, bracket: "open", ...(part && { meanwhile: part }) }),
        ),
        ...inside.map((change): Change => ({ ...change, bracket: "inside" })),
        {
          ...trustPolicyChange(role, wanted, nobodysTrust),
          reason: "everything else is as desired",
          bracket: "close",
          ...(shared === nobodysTrust ? {} : { putBack }),
        },
      ];
    },
  };
}

function bracketOf(role: ObservedRole, policyArn: string): NonNullable<Parts["bracket"]> {
  const why = "trust and permissions both open and close: nothing may pass while they change";
  return {
    detach: detach(role, policyArn, why),
    attach: {
      ...attach(role, policyArn),
      reason: "back in place after both have changed",
      putBack: {
        ...attach(role, policyArn),
        reason: "put back: the first step that it was taken off for failed",
        bracket: "back",
      },
    },
  };
}

/** By way of a policy that grants what is both there and desired. */
function policyBetween(
  policy: ObservedPolicy | null,
  document: string | null,
): ReturnType<Parts["between"]> {
  if (policy === null || document === null) return null;
  const shared = sharedPermissions(document, policy.document);
  if (shared === null) return null;
  const before = policyVersionChanges({
    observed: policy,
    document: shared,
    reason: "what is there and desired alike, until the trust policy is right",
    opens: false,
  });
  const last = policyVersionChanges({
    observed: afterWrites(policy, before, shared),
    document,
    reason: "the policy grants other actions than desired",
    opens: true,
  });
  return { before, policy: last };
}

/** The policy as it will be once the writes are done, as far as its versions matter. */
function afterWrites(
  policy: ObservedPolicy,
  writes: readonly Change[],
  document: string,
): ObservedPolicy {
  const pruned = writes.flatMap((change) =>
    change.step.do === "delete-policy-version" ? [change.step.version] : [],
  );
  const left = (policy.versions ?? []).filter((version) => !pruned.includes(version.id));
  const newest = Math.max(0, ...left.map((version) => Number(version.id.slice(1))));
  const written: ObservedPolicyVersion = {
    id: `v${newest + 1}`,
    isDefault: true,
    createdAt: "",
    document,
  };
  return {
    ...policy,
    document,
    defaultVersion: written.id,
    versions: [...left.map((version) => ({ ...version, isDefault: false })), written],
  };
}
