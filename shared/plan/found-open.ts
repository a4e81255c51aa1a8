import { seenIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { ResolvedTargets, Unseen } from "../targets/index.ts";
import { policyArn } from "../trust/index.ts";
import type { PlanContext } from "./context.ts";
import { ownerOf } from "./context.ts";
import { type ControlEntry, type Evidence, hasName, rememberedTargets } from "./control.ts";
import { deniesOf, type KeptDeny } from "./denies.ts";
import type { DesiredIdentity } from "./desired.ts";
import type { Known } from "./drift.ts";
import type { Observation } from "./environment.ts";
import { grantedOnAll } from "./named-targets.ts";
import { type ObservedPolicy, type ObservedRole, pending } from "./observed.ts";
import { rememberedResolution, writtenDeploy, writtenTrust } from "./policy-texts.ts";
import type { ValidVersion, WrittenHalf } from "./record.ts";
import { resolveTargets } from "./resolve.ts";
import { type DriftWidening, driftWidenings } from "./widening.ts";

/** What an environment's doors are compared by. */
type DoorInput = Pick<PlanContext, "account" | "installation" | "now"> & {
  readonly entry: ControlEntry;
  readonly evidence: Evidence;
  readonly observed: Observation;
};

/** What is desired, and what was found under its names. */
export type Found = {
  readonly desired: DesiredIdentity;
  /** `null` where there is none; likewise `policy`. */
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
};

/** What the account admits or grants beyond what is known and desired. An ended entry still counts. */
export function driftOf(
  known: readonly ValidVersion[],
  found: Found,
  input: DoorInput,
): readonly DriftWidening[] {
  const former = leftTo(found.desired.role.name, input.evidence);
  const all = [...known.map(({ document }) => document), ...former];
  const measure = measureOf(all, {
    ...input,
    // The record remembers the targets of what is in force; those of a former document the policy has itself.
    whyUnseen: (document) => (former.includes(document) ? pending : null),
  });
  if (measure === null) return [];
  const own = [
    ...all.map(({ policy }) => policyArn(input.account, policy.name)),
    found.desired.policy.arn,
  ];
  return driftWidenings({
    ...found,
    role: withoutUnread(found.role, own, input.observed),
    known: measure.known,
    // A version that renames the policy desires another one than the role has.
    policies: [...measure.policies, found.policy].filter((policy) => policy !== null),
    documents: input.observed.documents,
  });
}

/** What a role is measured by: what documents in force admit and grant, and their policies. */
type Measure = {
  readonly known: Known;
  /** Those that are there. */
  readonly policies: readonly ObservedPolicy[];
};

/**
 * What documents that are, or may be, in force for a role admit and grant, each of them within its own
 * boundary. `null` where there is none.
 *
 * @param input.whyUnseen why none of the targets of one is seen; `null`: because there is none
 */
export function measureOf(
  documents: readonly EnvironmentDocument[],
  input: Omit<DoorInput, "now"> & {
    readonly policyOf?: (arn: string) => ObservedPolicy | null;
    readonly whyUnseen: (document: EnvironmentDocument) => Unseen | null;
  },
): Measure | null {
  const { account, entry, observed } = input;
  const owner = ownerOf(input, entry);
  const policyOf = ({ policy }: EnvironmentDocument) => {
    const arn = policyArn(account, policy.name);
    return input.policyOf?.(arn) ?? seenIn(observed.policy(arn));
  };
  const grantsOf = (document: EnvironmentDocument) => {
    const whyUnseen = input.whyUnseen(document);
    const inForce = policyOf(document);
    // A run that was stopped has noted no targets of what it had begun to write.
    const targets = isBegun(document, input.evidence)
      ? resolutionOfToday(document, inForce, input)
      : rememberedResolution(document, inForce, { ...input, whyUnseen });
    // Where no target of it is known any more, the policy may still have what needs none.
    const onAll = whyUnseen === null ? [] : grantedOnAll(document, account);
    return {
      permissions: [...writtenDeploy(document, targets, owner, account), ...onAll],
      boundary: document.role.permissionsBoundary ?? null,
    };
  };
  const [first, ...rest] = stillInForce("permissions", documents, input.evidence);
  if (first === undefined) return null;
  return {
    known: {
      trust: stillInForce("trust", documents, input.evidence).flatMap((document) =>
        writtenTrust(document, account),
      ),
      ...grantsOf(first),
      earlier: rest.map(grantsOf),
    },
    policies: documents.flatMap((document) => policyOf(document) ?? []),
  };
}

function isBegun(document: EnvironmentDocument, evidence: Evidence): boolean {
  return evidence.kind === "record" && evidence.record.begun?.document === document;
}

/** What a document's targets are today, and else what is remembered of them. */
function resolutionOfToday(
  document: EnvironmentDocument,
  policy: ObservedPolicy | null,
  { account, observed, evidence }: Pick<DoorInput, "account" | "observed" | "evidence">,
): ResolvedTargets {
  return resolveTargets({
    deploy: document.deploy,
    observed: observed.targets(document.deploy.region),
    remembered: rememberedTargets(evidence),
    inForce: policy?.document ?? null,
    account,
  }).targets;
}

/**
 * Of documents that may be in force for a role, those that one half of it is measured by: once a run has written
 * that half whole of a version that has begun, what was in force before it is nobody's any more.
 */
function stillInForce(
  half: WrittenHalf,
  documents: readonly EnvironmentDocument[],
  evidence: Evidence,
): readonly EnvironmentDocument[] {
  if (evidence.kind !== "record") return documents;
  const { applied, begun, written } = evidence.record;
  const last = written?.[half];
  if (last === undefined || begun === null) return documents;
  const isOver = (document: EnvironmentDocument) =>
    last === "earlier"
      ? document === applied?.document
      : document !== begun.document && hasName([begun.document.role.name], document.role.name);
  const still = documents.filter((document) => !isOver(document));
  // One that is asked for by itself is meant.
  return still.length === 0 ? documents : still;
}

/**
 * The role without those deploy policies of ours that could not be read: nothing changed because a read failed, which
 * is reported for what it is. What is not ours and could not be read stays: it may grant anything.
 */
export function withoutUnread<Role extends ObservedRole | null>(
  role: Role,
  own: readonly string[],
  observed: Pick<Observation, "policy">,
): Role {
  if (role === null) return role;
  const isUnread = (arn: string) =>
    own.includes(arn) &&
    observed.policy(arn).kind === "unreadable" &&
    seenIn(observed.policy(arn)) === null;
  return { ...role, attached: role.attached.filter((arn) => !isUnread(arn)) };
}

/**
 * What was in force for a role with an old name, which a version names again: it was left with that. And
 * what had begun for the role and was overtaken before it was applied.
 */
function leftTo(name: string, evidence: Evidence): readonly EnvironmentDocument[] {
  if (evidence.kind !== "record") return [];
  return evidence.record.former.filter(({ role }) => hasName([role.name], name));
}

/**
 * What the role admits or grants beyond what is desired, where nothing else is known.
 *
 * @param meanwhile what may be in force beside it
 */
export function excessOf(
  found: Found,
  observed: Observation,
  meanwhile: MeasureMeanwhile = { trust: [], grants: [], policies: [] },
): readonly DriftWidening[] {
  const { policy } = found;
  const { documents } = observed;
  const { trust, grants: earlier } = meanwhile;
  const role = withoutUnread(found.role, [found.desired.policy.arn], observed);
  const boundary = found.desired.role.permissionsBoundary;
  const known = { trust, permissions: [], boundary, earlier };
  const policies = [...meanwhile.policies, ...(policy === null ? [] : [policy])];
  return driftWidenings({ ...found, role, known, documents, policies });
}

/** What documents admit and grant of which nobody knows whether they are in force, and their policies. */
type MeasureMeanwhile = {
  readonly trust: readonly string[];
  readonly grants: readonly Pick<Known, "permissions" | "boundary">[];
  readonly policies: readonly ObservedPolicy[];
};

const nothingKnown: Evidence = { kind: "none" };

/** By the targets of today: nobody knows what they were last. */
export function measureMeanwhile(
  documents: readonly EnvironmentDocument[],
  { account, observed, entry, installation }: Omit<DoorInput, "now" | "evidence">,
): MeasureMeanwhile {
  const policyOf = ({ policy }: EnvironmentDocument) =>
    seenIn(observed.policy(policyArn(account, policy.name)));
  const grantsOf = (document: EnvironmentDocument) => {
    const policy = policyOf(document);
    const targets = resolutionOfToday(document, policy, {
      account,
      observed,
      evidence: nothingKnown,
    });
    const owner = ownerOf({ installation }, entry);
    return {
      permissions: writtenDeploy(document, targets, owner, account),
      boundary: document.role.permissionsBoundary ?? null,
    };
  };
  return {
    trust: documents.flatMap((document) => writtenTrust(document, account)),
    grants: documents.map(grantsOf),
    policies: documents.flatMap((document) => policyOf(document) ?? []),
  };
}

/**
 * Nothing is in force for want of evidence: what a role admits beyond the documents that may be in force
 * is reported all the same. Blocked is not unseen.
 */
export function widenedMeanwhile(
  documents: readonly EnvironmentDocument[],
  input: DoorInput,
): readonly DriftWidening[] {
  const { account, observed } = input;
  const { trust, grants, policies } = measureMeanwhile(documents, input);
  const [first, ...earlier] = grants;
  if (first === undefined) return [];
  const known = { trust, ...first, earlier };
  const own = documents.map(({ policy }) => policyArn(account, policy.name));
  return byRole(documents).flatMap(({ role }) =>
    driftWidenings({
      known,
      desired: null,
      role: withoutUnread(seenIn(observed.role(role.name)), own, observed),
      policies,
      documents: observed.documents,
    }),
  );
}

/** The first document of each role. IAM ignores case in names. */
function byRole(documents: readonly EnvironmentDocument[]): readonly EnvironmentDocument[] {
  const nameOf = ({ role }: EnvironmentDocument) => role.name.toLowerCase();
  return documents.filter(
    (document, at) => documents.findIndex((each) => nameOf(each) === nameOf(document)) === at,
  );
}

/** Sessions that somebody revoked while nothing is in force: reported at once, like everywhere. */
export function revokedMeanwhile(
  documents: readonly EnvironmentDocument[],
  { observed, account, now }: DoorInput,
): readonly KeptDeny[] {
  return byRole(documents).flatMap((document) => {
    const role = seenIn(observed.role(document.role.name));
    if (role === null) return [];
    return deniesOf({
      role,
      ours: policyArn(account, document.policy.name),
      documents: observed.documents,
      denies: new Map(),
      now,
      force: false,
    }).kept;
  });
}
