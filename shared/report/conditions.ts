import type { ConditionReason } from "../codes.ts";
import { safeText } from "../language/visible.ts";
import { type AppliedPlan, faultsOf, tooLongFaults } from "../plan/applied.ts";
import { describeRefusal, gainToShow, refusalOf } from "../plan/choice.ts";
import { isShut, isShutOnOldRole, openOldRoles } from "../plan/closing-changes.ts";
import { claimsIn, isRoleLeft } from "../plan/environment.ts";
import { modeOf } from "../plan/mode.ts";
import { oldRoleUnread } from "../plan/orphans.ts";
import { describeSetting } from "../plan/provider-settings.ts";
import type { ConditionName, Conditions, StatusCondition } from "../plan/status.ts";
import { describeChange, describeExample, describeFound, shortName } from "./describe.ts";
import { knownHolders } from "./other-holders.ts";

type JudgedCondition = Pick<StatusCondition, "status" | "message"> & {
  readonly reason: ConditionReason;
};

/** As a run writes it: what else somebody puts into a status is not written on. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A status holds 4 KB, so no message may fill it. */
const longestMessage = 600;

/**
 * The conditions after a run. `since` moves only when `status` does.
 *
 * @param before the conditions of the last status; empty if there is none
 */
export function conditionsOf(
  applied: AppliedPlan,
  before: Partial<Conditions>,
  now: Date,
): Conditions {
  const spec = specValid(applied);
  const targets = resourcesResolved(applied);
  const sync = inSync(applied, now);
  const trust = trustAsIntended(applied);
  const findings: Record<ConditionName, JudgedCondition> = {
    SpecValid: spec,
    ResourcesResolved: targets,
    InSync: sync,
    TrustAsIntended: trust,
    Ready: ready(applied, [spec, targets, sync, trust]),
  };
  const at = (name: ConditionName): StatusCondition => {
    const finding = findings[name];
    const last = before[name];
    const isKept = last?.status === finding.status && instant.test(last.since);
    const since = isKept ? last.since : now.toISOString();
    return { ...finding, message: shorten(finding.message), since };
  };
  return {
    SpecValid: at("SpecValid"),
    ResourcesResolved: at("ResourcesResolved"),
    InSync: at("InSync"),
    TrustAsIntended: at("TrustAsIntended"),
    Ready: at("Ready"),
  };
}

function shorten(message: string): string {
  const safe = safeText(message);
  return safe.length <= longestMessage ? safe : `${safe.slice(0, longestMessage - 1)}…`;
}

function specValid({ plan, results }: AppliedPlan): JudgedCondition {
  const { choice } = plan;
  if (choice.kind === "orphaned") {
    return { status: false, reason: "ParameterGone", message: "the parameter was deleted" };
  }
  if (plan.kind === "unwritable") {
    const message = plan.problems.map((problem) => problem.message).join("; ");
    return { status: false, reason: "Invalid", message };
  }
  if (choice.kind === "newest") {
    const tooLong = tooLongFaults(results);
    return tooLong.length === 0
      ? { status: true, reason: "Valid", message: `version ${choice.at.version} is valid` }
      : { status: false, reason: "Invalid", message: messagesOf(tooLong) };
  }
  const { refusal } = choice;
  switch (refusal.kind) {
    case "held":
      return { status: true, reason: "Valid", message: `version ${refusal.hold.version} is valid` };
    case "invalid":
      return { status: false, reason: "Invalid", message: describeRefusal(refusal) };
    case "conflict":
      return refusal.conflicts.length === 0
        ? { status: true, reason: "Valid", message: "the newest version is valid" }
        : { status: false, reason: "Conflict", message: describeRefusal(refusal) };
    case "unknown":
      return { status: true, reason: "Valid", message: "the newest version is valid" };
    default:
      return refusal satisfies never;
  }
}

function resourcesResolved({ plan }: AppliedPlan): JudgedCondition {
  if (plan.kind === "nothing") {
    return { status: false, reason: "NothingInForce", message: "no version is in force" };
  }
  const { missing } = plan.resolution;
  if (missing.length === 0) {
    return { status: true, reason: "AllFound", message: "every deploy target exists" };
  }
  const unreadable = missing.some((target) => target.why === "unreadable");
  const message = missing.map((target) => target.message).join("; ");
  return { status: false, reason: unreadable ? "Unreadable" : "Missing", message };
}

function inSync(applied: AppliedPlan, now: Date): JudgedCondition {
  const { plan, results, faults } = applied;
  const { choice } = plan;
  if (choice.kind === "orphaned") {
    return {
      status: false,
      reason: "Orphaned",
      message: "the document is gone, so nothing says what is desired",
    };
  }
  const refusal = refusalOf(choice);
  const blocked = claimsIn(plan);
  if (blocked.length > 0) {
    return { status: false, reason: "Conflict", message: messagesOf(blocked) };
  }
  const unknown = refusal?.kind === "unknown" ? [refusal.fault] : [];
  const wrong = [...unknown, ...plan.faults, ...plan.problems, ...faults, ...faultsOf(results)];
  if (wrong.length > 0) {
    const message = wrong.map((fault) => `${fault.message} (${fault.code})`).join("; ");
    // Nothing failed where a person ended the run: nobody is alerted for that.
    const ended = wrong.every(({ code }) => code === "Interrupted");
    const waits = wrong.some(({ code }) => code === oldRoleUnread);
    const failed = waits ? oldRoleUnread : "Failed";
    return { status: false, reason: ended ? "Interrupted" : failed, message };
  }
  if (plan.kind === "nothing") {
    return { status: false, reason: "NothingInForce", message: "no version is in force" };
  }
  return inSyncOnceWritten(applied, plan.choice.at.version, now);
}

function inSyncOnceWritten(applied: AppliedPlan, version: number, now: Date): JudgedCondition {
  const { plan, results, writes } = applied;
  const left = results.filter(({ outcome }) => outcome !== "applied");
  if (left.length > 0) {
    const message = left.map(({ change }) => describeChange(change)).join("; ");
    // What was left though it may be written is fought over, and was reported as that.
    const allowed = left.every(({ outcome }) => outcome === "left") ? "Contended" : "Skipped";
    const reasons = { suspend: "Suspended", allowed } as const;
    const reason = writes === "suspend" || writes === "allowed" ? reasons[writes] : "Drifted";
    return { status: false, reason, message };
  }
  const [deny] = plan.kept;
  if (deny !== undefined) {
    const message = plan.kept
      .map(
        ({ id, until }) =>
          `${id} only denies, no document asks for it, and it stays until ${until}`,
      )
      .join("; ");
    return { status: false, reason: "SessionsRevoked", message };
  }
  if (plan.foreignTags.length > 0) {
    const message = `the role has tags that say it belongs to ${plan.foreignTags.join(", ")}, and only AWS can remove them`;
    return { status: false, reason: "ForeignTag", message };
  }
  if (plan.unmarked.length > 0) {
    const message = `${plan.unmarked.join(" and ")} lost tags that are desired, and with 50 others there is no room for them`;
    return { status: false, reason: "TagsFull", message };
  }
  if (plan.settings.length > 0) {
    const message = `the provider has ${settingsOf(plan)}, which no document asks for and no run removes`;
    return { status: false, reason: "ProviderSetting", message };
  }
  const others = knownHolders(applied, now);
  const shared = others === 0 ? "" : `; its policy has other holders: ${others}`;
  const message = `the account matches version ${version}${shared}`;
  return { status: true, reason: "InSync", message };
}

function settingsOf({ settings }: AppliedPlan["plan"]): string {
  return settings.map(({ name }) => `${describeSetting(name)} (${name})`).join(" and ");
}

function messagesOf(parts: readonly { readonly message: string }[]): string {
  return parts.map(({ message }) => message).join("; ");
}

function trustAsIntended(applied: AppliedPlan): JudgedCondition {
  const { entry, plan, results, orphans } = applied;
  const { choice } = plan;
  const isTrust = ({ resource }: { readonly resource: string }) => resource === "trust-policy";
  const widened = [
    ...plan.widenings.filter((found) => isTrust(found) && !isShut(found, applied)),
    ...orphans.widenings.filter((found) => isTrust(found) && !isShutOnOldRole(found, applied)),
  ];
  if (widened.length > 0) {
    const message = widened.map((found) => describeFound(found, "the role")).join("; ");
    return { status: false, reason: "Widened", message };
  }
  if (choice.kind === "orphaned") {
    return {
      status: false,
      reason: "Orphaned",
      message: "the document is gone, so nothing says who may assume the role",
    };
  }
  if (choice.kind !== "newest") {
    const { refusal } = choice;
    // SpecValid says what is wrong with it: once is enough.
    if (refusal.kind === "invalid") {
      const message = "the newest version is not valid, so it is not in force";
      return { status: false, reason: "NotInForce", message };
    }
    const example = refusal.kind === "held" ? gainToShow(refusal.hold.gains) : null;
    const proof = example === null ? "" : describeExample(example, "the role");
    const reason = refusal.kind === "held" ? "Held" : "NotInForce";
    const message = [describeRefusal(refusal), proof].filter((part) => part !== "").join(": ");
    return { status: false, reason, message };
  }
  const open = results.filter(
    ({ change, outcome }) => concernsTrust(change.resource) && outcome !== "applied",
  );
  if (open.length > 0) {
    const message = open.map(({ change }) => describeChange(change)).join("; ");
    return { status: false, reason: "Differs", message };
  }
  if (plan.faults.length > 0 || isRoleLeft(plan, entry) || plan.kind === "unwritable") {
    return {
      status: false,
      reason: "Unknown",
      message: "it is not known whether the trust policy is as intended",
    };
  }
  return {
    status: true,
    reason: "AsIntended",
    message: `the trust policy admits what version ${choice.at.version} names`,
  };
}

function concernsTrust(resource: string): boolean {
  return resource === "trust-policy" || resource === "role";
}

function ready(applied: AppliedPlan, findings: readonly JudgedCondition[]): JudgedCondition {
  const { writes, plan } = applied;
  const reasons = findings.filter(({ status }) => !status).map(({ reason }) => reason);
  const watched = { suspend: "Suspended", observe: "Observed" } as const;
  // A dry run says what a run that writes would.
  const mode = writes === "dry-run" ? modeOf(plan) : writes;
  if ((mode === "suspend" || mode === "observe") && plan.choice.kind !== "orphaned") {
    const message = `mode ${mode} writes nothing, so nothing ensures that the named jobs can deploy`;
    return { status: false, reason: watched[mode], message };
  }
  const unmet = [...new Set(reasons)].join(", ");
  const open = openOldRoles(applied).map(shortName).join(" and ");
  const messages = [
    ...(unmet === "" ? [] : [`not everything matches the newest version: ${unmet}`]),
    ...(open === ""
      ? []
      : [`more is open on ${open} than was in force, and what is left is not corrected`]),
  ];
  return messages.length === 0
    ? { status: true, reason: "Ready", message: "the named jobs can deploy" }
    : { status: false, reason: "NotReady", message: messages.join("; ") };
}
