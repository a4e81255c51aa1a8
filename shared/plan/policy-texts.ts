import type { Account } from "../aws/account.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { ResolvedTargets, Unseen } from "../targets/index.ts";
import {
  type ParameterPlace,
  readableOutputs,
  writeDeployPolicy,
  writeTrustPolicy,
} from "../trust/index.ts";
import { type Evidence, rememberedTargets } from "./control.ts";
import { nothingObserved, type ObservedPolicy } from "./observed.ts";
import { resolveTargets } from "./resolve.ts";

/** Before every `until`: no entry of a document has ended yet. */
const everyEntry = new Date(0);

/**
 * The trust policy that a document asks for, as text; nothing where IAM has no room for it.
 *
 * @param now entries that have ended by then are left out; without it, none is
 */
export function writtenTrust(
  document: EnvironmentDocument,
  account: Account,
  now = everyEntry,
): readonly string[] {
  const written = writeTrustPolicy({ document, account, now });
  return written.kind === "written" ? [JSON.stringify(written.policy)] : [];
}

/** The deploy policy for these targets, as text; nothing where there is none to write. */
export function writtenDeploy(
  document: EnvironmentDocument,
  targets: ResolvedTargets,
  place: ParameterPlace,
  account: Account,
): readonly string[] {
  const outputs = readableOutputs(document, place, account);
  const written = writeDeployPolicy({ targets, outputs });
  return written.kind === "written" ? [JSON.stringify(written.policy)] : [];
}

/** What the targets that are remembered resolve to: of the right shape, and granted by the policy. */
export function rememberedResolution(
  { deploy }: EnvironmentDocument,
  policy: Pick<ObservedPolicy, "document"> | null,
  given: {
    readonly evidence: Evidence;
    readonly account: Account;
    /** Why none of them is seen: because there is none, where it is `null` or left out. */
    readonly whyUnseen?: Unseen | null;
  },
): ResolvedTargets {
  const { evidence, account, whyUnseen } = given;
  return resolveTargets({
    deploy,
    observed: nothingObserved(deploy.region, whyUnseen ?? { kind: "absent" }),
    remembered: rememberedTargets(evidence),
    inForce: policy?.document ?? null,
    account,
  }).targets;
}
