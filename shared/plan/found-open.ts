import { foundIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { policyArn } from "../trust/index.ts";
import type { PlanContext } from "./context.ts";
import { ownerOf } from "./context.ts";
import type { ControlEntry, Evidence } from "./control.ts";
import { deniesOf, type KeptDeny } from "./denies.ts";
import type { DesiredIdentity } from "./desired.ts";
import type { Observation } from "./environment.ts";
import type { ObservedPolicy, ObservedRole } from "./observed.ts";
import { rememberedResolution, writtenDeploy, writtenTrust } from "./policy-texts.ts";
import type { ValidVersion } from "./record.ts";
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
  const { account, observed, entry } = input;
  const first = known[0]?.document;
  if (first === undefined) return [];
  const owner = ownerOf(input, entry);
  const arnOf = ({ policy }: EnvironmentDocument) => policyArn(account, policy.name);
  // A version that renames the policy desires another one than the role has.
  const policyOf = (document: EnvironmentDocument) => foundIn(observed.policy(arnOf(document)));
  const grantsOf = (document: EnvironmentDocument) => ({
    permissions: writtenDeploy(
      document,
      rememberedResolution(document, policyOf(document), input),
      owner,
      account,
    ),
    boundary: document.role.permissionsBoundary ?? null,
  });
  return driftWidenings({
    ...found,
    known: {
      trust: known.flatMap(({ document }) => writtenTrust(document, account)),
      ...grantsOf(first),
      earlier: known.slice(1).map(({ document }) => grantsOf(document)),
    },
    policy: policyOf(first),
    documents: observed.documents,
    policyArn: arnOf(first),
  });
}

/** What the role admits or grants beyond what is desired, where nothing else is known. */
export function excessOf(found: Found, { documents }: Observation): readonly DriftWidening[] {
  const { role, policy } = found.desired;
  const known = { trust: [], permissions: [], boundary: role.permissionsBoundary };
  return driftWidenings({ ...found, known, documents, policyArn: policy.arn });
}

/**
 * Nothing is in force for want of evidence: what the role admits beyond the newest document is
 * reported all the same. Blocked is not unseen.
 */
export function widenedMeanwhile(
  document: EnvironmentDocument,
  input: DoorInput,
): readonly DriftWidening[] {
  const { account, observed, entry } = input;
  const arn = policyArn(account, document.policy.name);
  const policy = foundIn(observed.policy(arn));
  const { targets } = resolveTargets({
    deploy: document.deploy,
    observed: observed.targets(document.deploy.region),
    remembered: null,
    inForce: policy?.document ?? null,
    account,
  });
  return driftWidenings({
    known: {
      trust: writtenTrust(document, account),
      permissions: writtenDeploy(document, targets, ownerOf(input, entry), account),
      boundary: document.role.permissionsBoundary ?? null,
    },
    desired: null,
    role: foundIn(observed.role(document.role.name)),
    policy,
    documents: observed.documents,
    policyArn: arn,
  });
}

/** Sessions that somebody revoked while nothing is in force: reported at once, like everywhere. */
export function revokedMeanwhile(
  document: EnvironmentDocument,
  { observed, account, now }: DoorInput,
): readonly KeptDeny[] {
  const role = foundIn(observed.role(document.role.name));
  if (role === null) return [];
  return deniesOf({
    role,
    ours: policyArn(account, document.policy.name),
    documents: observed.documents,
    denies: new Map(),
    now,
    force: false,
  }).kept;
}
