import { foundIn } from "../aws/reading.ts";
import { comparePermissions, compareTrust, mayWiden } from "../compare/index.ts";
import { type Account, policyArn, writeDeployPolicy, writeTrustPolicy } from "../trust/index.ts";
import type { ControlEntry, Evidence } from "./control.ts";
import type { Observation } from "./environment.ts";
import { nothingObserved } from "./observed.ts";
import { environmentTag } from "./ownership.ts";
import { resolveTargets } from "./resolve.ts";
import { roleBaseline } from "./role-baseline.ts";

/**
 * A status of the release before has no record beside it. What it names as applied is believed
 * where the account agrees: the document admits and grants no more than the role does, so that
 * taking it over gives nobody anything. Otherwise it is missing evidence.
 */
export function settledEvidence(
  evidence: Evidence,
  entry: ControlEntry,
  observed: Observation,
  given: { readonly account: Account; readonly now: Date },
): Evidence {
  if (evidence.kind !== "former" || entry.newest === null) return evidence;
  const { document } = evidence.at;
  const { account } = given;
  const role = foundIn(observed.role(document.role.name));
  if (document.mode !== "enforce" && (role === null || role.tags[environmentTag] === undefined)) {
    // The release before counted a version as applied that it had only watched.
    return { kind: "none" };
  }
  if (role === null) return { kind: "missing", why: "no role bears out what the status says" };
  const policy = foundIn(observed.policy(policyArn(account, document.policy.name)));
  const baseline = roleBaseline(role, policy, observed.documents);
  const trust = writeTrustPolicy({ document, ...given });
  const { targets } = resolveTargets({
    deploy: document.deploy,
    // As they were: one that was re-created since is not a widening.
    observed: nothingObserved(document.deploy.region),
    remembered: evidence.status.applied?.targets ?? null,
    inForce: policy?.document ?? null,
    account,
  });
  // The release before knew no outputs that jobs read.
  const deploy = writeDeployPolicy({ targets, outputs: null });
  const admits = compareTrust({
    before: [baseline.trustPolicy],
    after: [trust.kind === "written" ? JSON.stringify(trust.policy) : baseline.trustPolicy],
  });
  const grants = comparePermissions({
    before: baseline.permissions.filter((text) => text !== null),
    after: deploy.kind === "written" ? [JSON.stringify(deploy.policy)] : [],
  });
  return mayWiden(admits.widening) || mayWiden(grants.widening)
    ? {
        kind: "missing",
        why: "only a status of an earlier release names what was applied, and the role does not bear it out",
      }
    : evidence;
}
