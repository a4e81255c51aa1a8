import type { Fault } from "../aws/reading.ts";
import { accessOf } from "./access.ts";
import type { Change } from "./change.ts";
import type { PlanContext } from "./context.ts";
import { type ControlEntry, type Evidence, hasName, onRemoveOf } from "./control.ts";
import { withEffects } from "./effects.ts";
import type { EnvironmentPlan, Observation } from "./environment.ts";
import { measureOf } from "./found-open.ts";
import type { ObservedPolicy, ObservedRole } from "./observed.ts";
import { closingMeanwhile } from "./order.ts";
import { documentsOf, type Orphans, oldRoleUnread } from "./orphans.ts";
import { permissionWidening } from "./permission-widening.ts";
import { permissionsOff } from "./removal.ts";
import { detach } from "./role.ts";
import { onlyWith } from "./statements.ts";

/** Why an orphan loses the policy of the role in force. */
const grantsMore = "the policy grants more from now on, which nobody asked for on this role";

type Planned = {
  readonly entry: ControlEntry;
  readonly plan: EnvironmentPlan;
  readonly orphans: Orphans;
};

/** The same, where the policy of the version in force is there. */
type Written = Planned & {
  readonly plan: Extract<EnvironmentPlan, { readonly kind: "planned" }>;
  readonly policy: ObservedPolicy;
};

type Input = Pick<PlanContext, "account" | "installation"> & { readonly observed: Observation };

/** A role with an old name that holds the policy, and for which writes of it open something. */
type Holder = {
  readonly role: ObservedRole;
  readonly opening: readonly Change[];
  /** Does it get back no more than each of its own documents gave, to those alone who they let in? */
  readonly isOwn: boolean;
};

/**
 * A role with an old name may hold the very policy that is in force. Before that policy grants more,
 * the old role lets go of it: the document gives these permissions to those it names, and not to those
 * who the old role lets in. A target that is re-created, or what somebody took off, is no more than the
 * old role had, as far as its own document names it too: that role keeps the policy then, unless it lets in
 * others than this document, or `onRemove: delete` has it removed once the version in force is right. Where IAM refuses
 * that it lets go of no more than its own, the version in force is corrected all the same: its jobs wait for it.
 */
export function withOrphansLetGo<Each extends Planned>(planned: Each, input: Input): Each {
  const { entry, plan, orphans } = planned;
  if (plan.kind !== "planned" || plan.policy === null) return planned;
  const written = { entry, plan, orphans, policy: plan.policy };
  if (mayOpenUnread(written)) return { ...planned, plan: closingOnly(written) };
  const holders = holdersOf(written, input);
  if (holders.length === 0) return planned;
  const stays = onRemoveOf(plan.evidence, entry) === "retain";
  const going = holders
    .filter(({ isOwn }) => !(isOwn && stays))
    .map((holder) => ({ ...holder, changes: lettingGo(holder, written, input) }));
  const letGo = going.flatMap((each) => each.changes);
  const opening = new Set(holders.flatMap((holder) => holder.opening));
  const changes = plan.changes.map((change): Change => {
    // Whatever it is for the role in force: it opens something for one that may still hold the policy.
    return opening.has(change) ? { ...change, effect: "opens" } : change;
  });
  const roles = orphans.roles.map((role) =>
    going.flatMap((each) => (each.role === role ? each.changes : [])).reduce(roleAfter, role),
  );
  return {
    ...planned,
    plan: { ...plan, changes: inOrder(letGo, changes) },
    orphans: { ...orphans, roles },
  };
}

/**
 * May a write of the policy open something for a role with an old name that could not be read? IAM counts who holds
 * the policy.
 */
function mayOpenUnread({ plan, orphans, policy }: Written): boolean {
  if (orphans.unread.length === 0) return false;
  const known = [...new Set([...orphans.roles, ...orphans.loose])].filter(({ attached }) =>
    attached.includes(policy.arn),
  );
  const isHeld = policy.attachmentCount > known.length + (plan.roleHolds ? 1 : 0);
  // Something else on that role may allow what the policy denies.
  const isDenied = onlyWith("Deny", policy.document) !== null;
  const writes = plan.changes.filter(writesVersion);
  if (isDenied) return writes.length > 0;
  return (isHeld || policy.uncounted === true) && writes.some(({ effect }) => effect !== "closes");
}

/** What opens waits until the roles can be read: it would be theirs too. It is said, or an edit would wait in silence. */
function closingOnly({ plan, orphans, policy }: Written): Written["plan"] {
  const changes = plan.changes.map((change): Change => {
    return writesVersion(change) ? { ...change, effect: "opens" } : change;
  });
  const waiting = orphans.unread.map((fault): Fault => {
    const message = `what opens waits: ${policy.name} would grant more, and a role with an old name may hold it too; ${fault.message}`;
    return { ...fault, code: oldRoleUnread, message };
  });
  const problems = [...plan.problems, ...waiting];
  return { ...plan, changes: closingMeanwhile(changes), problems };
}

function writesVersion({ step }: Change): boolean {
  return step.do === "create-policy-version";
}

/** By the engine over all that each of them holds. */
function holdersOf(written: Written, input: Input): readonly Holder[] {
  const { plan, orphans, policy } = written;
  const versions = plan.changes.filter(writesVersion);
  if (versions.length === 0) return [];
  return [...new Set([...orphans.roles, ...orphans.loose])].flatMap((role) => {
    if (!role.attached.includes(policy.arn)) return [];
    const effects = effectsOn(role, versions, policy, input);
    const opening = versions.filter((_, at) => effects[at]?.effect !== "closes");
    if (opening.length === 0) return [];
    const isCorrected = isInForce(plan, role) && !orphans.loose.includes(role);
    return [{ role, opening, isOwn: isCorrected && isWithinOwn(role, written, input) }];
  });
}

function effectsOn(
  role: ObservedRole,
  changes: readonly Change[],
  policy: ObservedPolicy,
  { observed }: Input,
): readonly Change[] {
  const start = accessOf(role, policy, observed.documents);
  return withEffects({ start, changes, lasting: [] });
}

/**
 * Is what is written in force already, or what is in force the role's own until a rename is written completely? A version
 * that has begun and was never applied is a new one, also where it is enforced for want of another.
 */
function isInForce({ choice, evidence }: Written["plan"], { name }: ObservedRole): boolean {
  const applied = evidence.kind === "record" ? evidence.record.applied : null;
  return (
    applied !== null &&
    (applied.digest === choice.at.digest || hasName([applied.document.role.name], name))
  );
}

/**
 * Will the policy grant no more than each of the role's own documents, with the targets of today? What is not decided
 * is more. Of several documents nobody knows which one let in who gets in now.
 */
function isWithinOwn(role: ObservedRole, { entry, plan, policy }: Written, input: Input): boolean {
  const { documents } = input.observed;
  const text = plan.desired.policy.document;
  const next = { ...policy, document: text ?? policy.document };
  const policyOf = (arn: string) => (arn === next.arn ? next : null);
  const evidence = withTargetsOfToday(plan);
  const given = { ...input, entry, evidence, policyOf, whyUnseen: () => null };
  const held = { ...role, attached: [next.arn], inline: [] };
  const own = documentsOf(role, plan.evidence, entry);
  return (
    own.length > 0 &&
    own.every((document) => {
      const measure = measureOf([document], given);
      if (measure === null) return false;
      const { known } = measure;
      const found = { known, desired: null, role: held, policies: [next], documents };
      return permissionWidening(found) === null;
    })
  );
}

function withTargetsOfToday({ evidence, resolution: { targets } }: Written["plan"]): Evidence {
  if (evidence.kind !== "record") return evidence;
  return { ...evidence, record: { ...evidence.record, targets } };
}

/**
 * What takes the policy off the role. If that opens what the policy denies on the role, and the role is to be deleted,
 * the rest of its permissions go in the order in which its removal takes them off.
 */
function lettingGo(
  { role, isOwn }: Holder,
  { entry, plan, orphans, policy }: Written,
  input: Input,
): readonly Change[] {
  const alone = effectsOn(role, [detach(role, policy.arn, grantsMore)], policy, input);
  if (alone.every(({ effect }) => effect === "closes")) {
    return alone.map((change): Change => (isOwn ? { ...change, isAhead: true } : change));
  }
  const { evidence } = plan;
  const isDeleted =
    onRemoveOf(evidence, entry) === "delete" &&
    evidence.kind === "record" &&
    orphans.roles.includes(role);
  if (!isDeleted) return alone;
  const off = permissionsOff(role, policy);
  return off.slice(0, off.findIndex(({ step }) => isDetachOf(step, policy)) + 1);
}

function isDetachOf(step: Change["step"], { arn }: ObservedPolicy): boolean {
  return step.do === "detach" && step.arn === arn;
}

function roleAfter(role: ObservedRole, { step }: Change): ObservedRole {
  switch (step.do) {
    case "detach":
      return { ...role, attached: role.attached.filter((arn) => arn !== step.arn) };
    case "delete-inline-policy":
      return { ...role, inline: role.inline.filter(({ name }) => name !== step.policy) };
    case "update-trust-policy":
      return { ...role, trustPolicy: step.trustPolicy };
    default:
      return role;
  }
}

/** What only closes goes first of all. What takes a Deny off waits for all that closes before anything opens. */
function inOrder(letGo: readonly Change[], changes: readonly Change[]): readonly Change[] {
  const isFirst = ({ effect }: Change) => effect === "closes";
  const isOfBracket = ({ bracket }: Change) => bracket !== undefined && bracket !== "shut";
  const at = changes.findIndex((change) => !isFirst(change) || isOfBracket(change));
  return [
    ...letGo.filter(isFirst),
    ...changes.slice(0, at),
    ...letGo.filter((change) => !isFirst(change)),
    ...changes.slice(at),
  ];
}
