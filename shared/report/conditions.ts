import { describeRefusal } from "../plan/choice.ts";
import type { ConditionName, Conditions, StatusCondition } from "../plan/status.ts";
import type { Carriage } from "./outcome.ts";
import { describeChange, describeProof } from "./words.ts";

type Finding = { readonly status: boolean; readonly reason: string; readonly message: string };

/** A status holds 4 KB, so no message may fill it. */
const longestMessage = 600;

/**
 * The conditions after a run. `since` moves only when `status` does.
 *
 * @param before the conditions of the last status; empty where there is none
 */
export function conditionsOf(
  carriage: Carriage,
  before: Partial<Conditions>,
  now: Date,
): Conditions {
  const spec = specValid(carriage);
  const targets = resourcesResolved(carriage);
  const sync = inSync(carriage);
  const trust = trustAsIntended(carriage);
  const findings: Record<ConditionName, Finding> = {
    SpecValid: spec,
    ResourcesResolved: targets,
    InSync: sync,
    TrustAsIntended: trust,
    Ready: ready([spec, targets, sync, trust]),
  };
  const at = (name: ConditionName): StatusCondition => {
    const finding = findings[name];
    const last = before[name];
    const since = last?.status === finding.status ? last.since : now.toISOString();
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
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}

function specValid({ plan }: Carriage): Finding {
  const { choice } = plan;
  if (choice.kind === "orphaned") {
    return { status: false, reason: "ParameterGone", message: "the parameter was deleted" };
  }
  if (choice.kind === "newest") {
    return { status: true, reason: "Valid", message: `version ${choice.at.version} is valid` };
  }
  if (choice.refusal.kind === "held") {
    return { status: true, reason: "Valid", message: `version ${choice.refusal.version} is valid` };
  }
  const reason = choice.refusal.kind === "invalid" ? "Invalid" : "Conflict";
  return { status: false, reason, message: describeRefusal(choice.refusal) };
}

function resourcesResolved({ plan }: Carriage): Finding {
  if (plan.resolution === null) {
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

function inSync(carriage: Carriage): Finding {
  const { plan, carried, faults, writes } = carriage;
  if (plan.choice.kind === "orphaned") {
    return { status: false, reason: "Orphaned", message: "nothing says what should be" };
  }
  if (plan.inForce === null) {
    return { status: false, reason: "NothingInForce", message: "no version is in force" };
  }
  if (plan.blocked.length > 0) {
    const message = plan.blocked.map((blocked) => blocked.message).join("; ");
    return { status: false, reason: "Conflict", message };
  }
  const wrong = [...plan.faults, ...faults, ...carried.flatMap(({ fault }) => fault ?? [])];
  if (wrong.length > 0) {
    return {
      status: false,
      reason: "Failed",
      message: wrong.map(({ message }) => message).join("; "),
    };
  }
  const left = carried.filter(({ outcome }) => outcome !== "applied");
  if (left.length > 0) {
    const reason = writes === "suspend" ? "Suspended" : "Drifted";
    const message = left.map(({ change }) => describeChange(change)).join("; ");
    return { status: false, reason, message };
  }
  const version = plan.inForce.version;
  return { status: true, reason: "InSync", message: `the account is as version ${version} says` };
}

function trustAsIntended(carriage: Carriage): Finding {
  const { plan, carried } = carriage;
  if (plan.choice.kind === "orphaned") {
    return { status: false, reason: "Orphaned", message: "nothing says who may assume the role" };
  }
  if (plan.choice.kind !== "newest") {
    const { refusal } = plan.choice;
    const proof = refusal.kind === "held" ? describeProof(refusal.hold.admitted, "the role") : "";
    const reason = refusal.kind === "held" ? "Held" : "NotInForce";
    const message = [describeRefusal(refusal), proof].filter((part) => part !== "").join(": ");
    return { status: false, reason, message };
  }
  const open = carried.filter(
    ({ change, outcome }) => concernsTrust(change.resource) && outcome !== "applied",
  );
  const widened = plan.widenings.filter(({ resource }) => resource === "trust-policy");
  if (open.length > 0) {
    const proofs = widened.map(({ admitted }) => describeProof(admitted, "the role"));
    const message = [...open.map(({ change }) => describeChange(change)), ...proofs].join("; ");
    return { status: false, reason: widened.length > 0 ? "Widened" : "Differs", message };
  }
  if (plan.faults.length > 0 || plan.blocked.length > 0) {
    return { status: false, reason: "Unknown", message: "the trust policy could not be ensured" };
  }
  return {
    status: true,
    reason: "AsIntended",
    message: `the trust policy admits what version ${plan.choice.at.version} names`,
  };
}

function concernsTrust(resource: string): boolean {
  return resource === "trust-policy" || resource === "role";
}

function ready(findings: readonly Finding[]): Finding {
  const reasons = findings.filter(({ status }) => !status).map(({ reason }) => reason);
  if (reasons.length === 0) {
    return { status: true, reason: "Ready", message: "the named jobs can deploy" };
  }
  return {
    status: false,
    reason: "NotReady",
    message: `not all is as the newest version says: ${[...new Set(reasons)].join(", ")}`,
  };
}
