import type { Fault } from "../aws/reading.ts";
import type { EnvironmentDocument, SpecProblem } from "../document/index.ts";
import { type Account, type PolicyProblem, writeTrustPolicy } from "../trust/index.ts";
import { idleLabel, inForceOf, isApproved, isSameVersion, whollyInForceOf } from "./approval.ts";
import type { Choice, Hold, IdleLabel, LetThrough, Refusal } from "./choice.ts";
import { ownerOf, type PlanContext } from "./context.ts";
import {
  type ControlEntry,
  type Evidence,
  hasName,
  isProviderOff,
  newestValid,
  stillAsked,
  versionsInForce,
  writtenNames,
} from "./control.ts";
import {
  firstOfEach,
  type Gain,
  type GuardInput,
  gainsFromNothing,
  gainsOf,
  gainsOverUnknown,
  guardOf,
  pinGains,
  type RoleBaseline,
} from "./guard.ts";
import type { NameConflict } from "./name-conflicts.ts";
import type { ObservedTargets } from "./observed.ts";
import type { ProviderProblem } from "./provider-room.ts";
import type { ValidVersion } from "./record.ts";
import { serializeRecord } from "./record.ts";
import { recordBefore, recordBegun } from "./record-after.ts";
import { recordBytesMax } from "./record-packing.ts";
import type { Blocked } from "./resource-claims.ts";

export type ChoiceInput = PlanContext & {
  readonly entry: ControlEntry;
  readonly evidence: Evidence;
  readonly conflicts: readonly NameConflict[];
  /** Claims by which the newest version's role, policy or provider are somebody else's. */
  readonly claims: readonly Blocked[];
  /**
   * Why nobody can say whether another role needs what would be taken off the provider; `null`
   * where nothing would be, or that is known.
   */
  readonly unreadUsers: Fault | null;
  /** Why what the newest version names could not be read; `null` for what was, or is not there. */
  readonly unread: {
    /** The role, or its policy: then nobody can say what it grants now. */
    readonly role: Fault | null;
    readonly provider: Fault | null;
  };
  /** The role that the newest version names, as it is; `null` where there is none. */
  readonly role: RoleBaseline | null;
  /** Of the provider that the newest version names; `null` where there is none. */
  readonly thumbprints: readonly string[] | null;
  /** Likewise, as far as it could be read; `null` where there is no such provider. */
  readonly audiences: readonly string[] | null;
  /** Does that role or that policy, or any role of the account, carry this environment's tags? */
  readonly tagged: boolean;
  /** Does another environment share the provider and guard its trust? Then no one re-pins it alone. */
  readonly providerGuarded: boolean;
  /** Why its deploy policy, or what its jobs read, is longer than AWS takes; `null` where it is not. */
  readonly policyProblem: Pick<PolicyProblem, "path" | "message"> | null;
  /** Why the shared provider has no room for what the newest version asks for; `null` where it has. */
  readonly providerProblem: ProviderProblem | null;
  /** The account's quota of trust policies; `null` where nobody knows it. */
  readonly trustLengthMax: number | null;
  readonly targets: (region: string) => ObservedTargets;
  readonly boundaries: ReadonlyMap<string, string>;
};

export function chooseVersion(input: ChoiceInput): Choice {
  const { entry, evidence, conflicts, claims } = input;
  if (entry.newest === null) return { kind: "orphaned" };
  const fallback = inForceOf(evidence, entry);
  const label = idleLabel(input);
  const refuse = (refusal: Refusal): Choice =>
    fallback === null
      ? { kind: "nothing", refusal, label }
      : { kind: "applied", at: fallback, refusal, letThrough: begunWith(fallback, input), label };
  if (entry.record.kind === "unreadable" && evidence.kind === "missing") {
    const { fault } = entry.record;
    return { kind: "nothing", refusal: { kind: "unknown", fault }, label: null };
  }
  const newest = newestValid(entry);
  if (newest === null) {
    const { parsed } = entry.newest;
    const problems = parsed.kind === "invalid" ? parsed.problems : [];
    return refuse({ kind: "invalid", problems });
  }
  // The one applied before is no longer what is in force once another has begun.
  const previous = whollyInForceOf(evidence, entry);
  const known = previous !== null && isSameVersion(previous, newest);
  if (conflicts.length > 0 || (!known && claims.length > 0)) {
    // Another environment's tags on a name that is claimed twice say the same once more.
    const others = claims.filter(({ resource }) =>
      conflicts.every((conflict) => conflict.resource !== resource),
    );
    return refuse({ kind: "conflict", conflicts, claims: known ? [] : others });
  }
  if (!known && input.unreadUsers !== null) {
    return refuse({ kind: "unknown", fault: input.unreadUsers });
  }
  const unwritable = problemOf(newest, input, known);
  if (unwritable !== null) return refuse({ kind: "invalid", problems: [unwritable] });
  if (known) return take(newest, previous, begunWith(newest, input), label);
  const unseen = unseenBaseline(newest, input);
  if (unseen !== null) return refuse({ kind: "unknown", fault: unseen });
  // The same text put again moves the number alone.
  const isAgain =
    previous !== null && isSameVersion(previous, { ...newest, version: previous.version });
  const released = isAgain ? begunWith(newest, input) : null;
  if (released !== null)
    return take(newest, previous, released, isApproved(newest, input) ? null : label);
  return guarded(newest, previous, input, refuse);
}

/**
 * A version that was released and is not applied yet still comes into force, and is reported then: also where a newer
 * one that is refused has overtaken it.
 */
function begunWith(begun: ValidVersion, input: ChoiceInput): LetThrough | null {
  const { evidence } = input;
  if (evidence.kind !== "record" || evidence.record.begun === null) return null;
  const { applied, former } = evidence.record;
  const next = against({ ...begun, document: stillAsked(evidence, begun) }, input);
  // One that was overtaken before it was applied may have closed what the one before it let happen.
  const overtaken = former.filter(({ role }) => hasName([role.name], begun.document.role.name));
  const gains =
    applied === null
      ? gainsFromNothing(next)
      : gainsOver([applied], input, { ...next, known: overtaken, role: null });
  return gains.length === 0 ? null : { by: "released", gains };
}

/** A document that asks for no other audiences than these. */
function askingOnly(
  these: readonly string[],
  { circleci, ...rest }: EnvironmentDocument,
): EnvironmentDocument {
  const audiences = circleci.audiences.filter((one) => these.includes(one));
  return { ...rest, circleci: { ...circleci, audiences } };
}

/** All by which a document gives more than what is in force of known versions, and than what else is given. */
function gainsOver(
  versions: readonly ValidVersion[],
  input: ChoiceInput,
  compared: GuardInput,
): readonly Gain[] {
  const { evidence } = input;
  const known = [...versions.map((at) => stillAsked(evidence, at)), ...compared.known];
  return firstOfEach([
    ...(versions.some((at) => isProviderOff(evidence, at)) ? gainsFromNothing(compared) : []),
    ...gainsOf({ ...compared, known }),
  ]);
}

/**
 * Why nobody can say what is there already under names that are new to this environment. What could
 * not be read is not what does not exist: nothing is decided about it, announced or released.
 */
function unseenBaseline({ document }: ValidVersion, input: ChoiceInput): Fault | null {
  const { unread } = input;
  const { role, policy, provider } = newNames(document, input);
  const { thumbprints, audiences } = document.circleci;
  const asks = thumbprints.length + audiences.length > 0;
  return (role || policy ? unread.role : null) ?? (provider && asks ? unread.provider : null);
}

/** Which names of a version has this environment not written before, as far as anybody knows? */
function newNames(
  { role, policy, circleci }: EnvironmentDocument,
  { evidence, entry }: ChoiceInput,
): Readonly<Record<"role" | "policy" | "provider", boolean>> {
  const inForce = versionsInForce(evidence, entry);
  if (inForce.length === 0) return { role: true, policy: true, provider: true };
  const written = writtenNames(evidence, entry);
  const known = inForce.filter((at) => !isProviderOff(evidence, at));
  return {
    role: !hasName(written.roles, role.name),
    policy: !hasName(written.policies, policy.name),
    provider: known.every(
      ({ document }) => document.circleci.organizationId !== circleci.organizationId,
    ),
  };
}

/** A version as the guard compares it. */
function against(
  { document }: ValidVersion,
  input: ChoiceInput,
): Omit<GuardInput, "known" | "role"> {
  const tagsFound = input.role?.tags ?? null;
  return { ...input, place: ownerOf(input, input.entry), next: document, tagsFound };
}

function take(
  at: ValidVersion,
  previous: ValidVersion | null,
  letThrough: LetThrough | null,
  label: IdleLabel | null,
): Choice {
  return { kind: "newest", at, previous, letThrough, label };
}

function guarded(
  newest: ValidVersion,
  previous: ValidVersion | null,
  input: ChoiceInput,
  refuse: (refusal: Refusal) => Choice,
): Choice {
  const { entry, evidence } = input;
  const hold = (because: Hold["because"], gains: readonly Gain[], why = ""): Choice => {
    const { version, digest } = newest;
    return refuse({ kind: "held", hold: { version, digest, because, gains, why } });
  };
  const known = versionsInForce(evidence, entry);
  const isRemoved = evidence.kind === "record" && known.length === 0;
  if (evidence.kind === "none" || isRemoved) return firstDocument(newest, input, hold);
  const approved = isApproved(newest, input);
  const label = approved ? null : idleLabel(input);
  const through = (by: LetThrough["by"], gains: readonly Gain[]): Choice =>
    take(newest, previous, { by, gains }, label);
  if (evidence.kind === "missing") {
    const gains = gainsOverRole(newest, input);
    if (approved) return through("approval", gains);
    const closes = namesRole(entry, newest.document, input.account) && input.role !== null;
    return closes && gains.length === 0
      ? take(newest, null, null, label)
      : hold("missing-evidence", gains, evidence.why);
  }
  const isNew = newNames(newest.document, input);
  const role = isNew.role ? input.role : null;
  // One that is there already is trusted by others: no guard of this environment lets it be re-pinned.
  const pinned = isNew.provider ? pinGains(input.thumbprints, newest.document) : [];
  const compared = { ...against(newest, input), known: [], role };
  const gains = [...gainsOver(known, input, compared), ...pinned];
  // Of a first document that has begun nothing may be there yet, however much it gives.
  if (gains.length === 0) return take(newest, previous, begunWith(newest, input), label);
  const held = gains.some(
    ({ resource, because }) =>
      known.some(({ document }) => document.onWiden[guardOf[resource]] === "hold") ||
      (because === "thumbprints" && (input.providerGuarded || isNew.provider)),
  );
  if (held && !approved) return hold("gains", gains);
  return through(
    held ? "approval" : "onWiden",
    firstOfEach([...unmadeGains(newest, input), ...gains]),
  );
}

/** What a version gives while a first document has only begun: nobody knows that anything of that one was made. */
function unmadeGains(newest: ValidVersion, input: ChoiceInput): readonly Gain[] {
  const { evidence } = input;
  const isFirst = evidence.kind === "record" && evidence.record.applied === null;
  return isFirst ? (begunWith(newest, input)?.gains ?? []) : [];
}

/** All by which a version gives more than the role does as it is, where no record says what was meant. */
function gainsOverRole(newest: ValidVersion, input: ChoiceInput): readonly Gain[] {
  const { role, thumbprints, audiences, unread } = input;
  const next = against(newest, input);
  const { organizationId } = newest.document.circleci;
  const letsIn = unread.provider !== null || audiences?.includes(organizationId);
  if (role === null || audiences === null || !letsIn) return gainsFromNothing(next);
  return [
    ...gainsOf({ ...next, known: [askingOnly(audiences, newest.document)], role }),
    ...gainsOverUnknown(thumbprints, newest.document),
  ];
}

/** Does the status name the very role that the document does? Then that role is this environment's. */
function namesRole(entry: ControlEntry, document: EnvironmentDocument, account: Account): boolean {
  const arn = entry.status?.outputs["AWS_ROLE_ARN"] ?? "";
  const expected = `:iam::${account.id}:role${document.role.path}${document.role.name}`;
  return arn.toLowerCase().endsWith(expected.toLowerCase());
}

/**
 * A first document: nobody could do this before. In a mode that writes nothing it is not held,
 * since it gives nobody anything; the edit to `enforce` is then the first document.
 */
function firstDocument(
  newest: ValidVersion,
  input: ChoiceInput,
  hold: (because: Hold["because"], gains: readonly Gain[], why?: string) => Choice,
): Choice {
  const { tagged, role, thumbprints, installation } = input;
  const next = newest.document;
  const compared = against(newest, input);
  // A provider that is there is trusted by other roles too: it is not this document's to re-pin.
  const pinned = pinGains(thumbprints, next);
  const own =
    role === null ? gainsFromNothing(compared) : gainsOf({ ...compared, known: [], role });
  const gains = [...own, ...pinned];
  const approved = isApproved(newest, input);
  const label = approved ? null : idleLabel(input);
  if (approved) return take(newest, null, { by: "approval", gains }, label);
  if (tagged && input.evidence.kind === "none") return hold("tags", gains);
  if (next.mode !== "enforce" && !input.force)
    return take(newest, null, { by: "first-document", gains }, label);
  if (
    installation.firstDocument === "hold" ||
    (role !== null && gains.length > 0) ||
    pinned.length > 0
  ) {
    return hold("first-document", gains);
  }
  return take(newest, null, { by: "first-document", gains }, label);
}

/**
 * A document that IAM or the record has no room for is as invalid as one that does not parse.
 *
 * @param known it is in force already, so that what it asks of the shared provider is there
 */
function problemOf(newest: ValidVersion, input: ChoiceInput, known: boolean): SpecProblem | null {
  const { entry, evidence, account, now, trustLengthMax } = input;
  const { version, document } = newest;
  const tooLong = ({ path, message: says }: ProviderProblem): SpecProblem => {
    const where = path === "" ? "" : `, at ${path}`;
    const message = `${entry.parameter}, version ${version}${where}: ${says}`;
    return { code: "too-long", message, parameter: entry.parameter, version, path, allowed: "" };
  };
  const lengthMax = trustLengthMax === null ? {} : { lengthMax: trustLengthMax };
  const trust = writeTrustPolicy({ document, account, now, ...lengthMax });
  if (trust.kind === "refused") return tooLong(trust.problem);
  if (input.policyProblem !== null) return tooLong(input.policyProblem);
  if (!known && input.providerProblem !== null) return tooLong(input.providerProblem);
  // What somebody else had written there may be as long as he likes, and the record can do without it.
  const before = { ...recordBefore(entry, evidence), replaced: { trust: null, policy: null } };
  const record = recordBegun(before, newest, true);
  if (serializeRecord(record) !== null) return null;
  return tooLong({
    path: "",
    message: `the document is too long for the record that is kept of it (${recordBytesMax} bytes, packed, beside the version applied before): name fewer projects, refs or targets, or split the environment`,
  });
}
