import type { EnvironmentDocument } from "../document/index.ts";
import { visibleJson } from "../language/visible.ts";
import { type AppliedPlan, changesMade } from "../plan/applied.ts";
import { writesPolicy } from "../plan/change.ts";
import { hasName } from "../plan/control.ts";
import type { ObservedPolicy } from "../plan/observed.ts";
import { rememberedResolution } from "../plan/policy-texts.ts";
import type { ResolvedTargets } from "../targets/index.ts";
import { type Account, roleArn } from "../trust/index.ts";
import type { EnvironmentResult, VersionInForce } from "./environment.ts";
import { outputsOfTargets } from "./outputs.ts";

/** What the parameter must hold from which jobs read their outputs. */
export type KeptOutputs =
  | { readonly kind: "text"; readonly text: string }
  /** No job may read it, or none any more. */
  | { readonly kind: "none" }
  /** This run cannot show what is in force: what is there stays. */
  | { readonly kind: "unknown" };

/**
 * The outputs for jobs to read after a run. They never say more than the deploy policy grants:
 * what a version would bring that is held, watched or not yet written is not among them. Where the
 * policy could not be brought up to date, they are what the policy in force grants.
 */
export function keptOutputs(
  result: Pick<EnvironmentResult, keyof AppliedPlan | "inForce">,
  account: Account,
): KeptOutputs {
  const { inForce } = result;
  if (result.forgotten) return { kind: "none" };
  if (inForce === null) return { kind: "unknown" };
  const { document } = inForce;
  if (!document.policy.readOutputs || isRoleLost(result, document, account))
    return { kind: "none" };
  const targets = grantedTargets(result, inForce, account);
  if (targets === null) return { kind: "unknown" };
  return { kind: "text", text: outputsText(document, targets, account) };
}

/** An advanced parameter holds 8 KB (Parameter Store quotas). */
const outputsBytesMax = 8192;

/** Why the outputs of these targets fit into no parameter; `null` where they do. */
export function outputsProblem(
  document: EnvironmentDocument,
  targets: ResolvedTargets,
  account: Account,
): { readonly path: string; readonly message: string } | null {
  const length = Buffer.byteLength(outputsText(document, targets, account));
  if (length <= outputsBytesMax) return null;
  const message = `the outputs that jobs are to read would have ${length} bytes, ${length - outputsBytesMax} more than a parameter holds; name fewer targets, split the environment, or leave policy.readOutputs out`;
  return { path: "policy.readOutputs", message };
}

/** The variables as the text of the parameter. */
function outputsText(
  document: EnvironmentDocument,
  targets: ResolvedTargets,
  account: Account,
): string {
  return visibleJson(JSON.stringify(outputsOfTargets(document, targets, account)));
}

/** Is the role of a removed environment gone, or a person's from now on? */
function isRoleLost(
  { plan, orphans }: AppliedPlan,
  { role }: EnvironmentDocument,
  account: Account,
): boolean {
  return (
    plan.choice.kind === "orphaned" &&
    (hasName(orphans.gone.roles, role.name) ||
      orphans.released.includes(roleArn(account, role.path, role.name)))
  );
}

/** What the deploy policy grants after this run; `null` where nobody can say. */
function grantedTargets(
  applied: AppliedPlan,
  inForce: VersionInForce,
  account: Account,
): ResolvedTargets | null {
  const { plan, orphans } = applied;
  const { document } = inForce;
  if (plan.choice.kind === "orphaned") {
    if (orphans.faults.length > 0) return null;
    const policy = orphans.policies.find(({ name }) => hasName([document.policy.name], name));
    return targetsIn(policy ?? null, applied, document, account);
  }
  if (plan.kind !== "planned" || !isReliable(applied)) return null;
  const { version, digest } = plan.choice.at;
  const isPlanned = version === inForce.version && digest === inForce.digest;
  if (isPlanned && isPolicyRight(plan, applied)) return plan.resolution.targets;
  // A name that is not written yet shows nothing of the policy under the old one.
  const isSameName = hasName([document.policy.name], plan.desired.policy.name);
  return isSameName ? targetsIn(plan.policy, applied, document, account) : null;
}

/** Was all read, is the policy nobody else's, and did nobody write meanwhile? */
function isReliable({ plan, faults }: AppliedPlan): boolean {
  return (
    plan.faults.length === 0 &&
    plan.blocked.length === 0 &&
    !faults.some(({ kind }) => kind === "stale")
  );
}

function isPolicyRight(
  { policyDue }: { readonly policyDue: boolean },
  { results }: AppliedPlan,
): boolean {
  return !policyDue || changesMade(results).some(({ step }) => writesPolicy(step));
}

/** Of the targets that are remembered, those that a policy grants. */
function targetsIn(
  policy: Pick<ObservedPolicy, "document"> | null,
  { plan: { evidence } }: AppliedPlan,
  document: EnvironmentDocument,
  account: Account,
): ResolvedTargets {
  return rememberedResolution(document, policy, { evidence, account });
}
