import {
  compareTrust,
  type Direction,
  grantsBeyond,
  isEquivalent,
  mayWiden,
  type PermissionWitness,
  type Reason,
  type TrustComparison,
  witnessOf,
} from "../compare/index.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { deniesOf } from "../plan/denies.ts";
import { namedPermissions } from "../plan/named-targets.ts";
import { resolveTargets } from "../plan/resolve.ts";
import { type Account, deployPolicyOf, policyArn, readableOutputs } from "../trust/index.ts";
import { policyToKeep, roleLeftOut } from "./draft.ts";
import { type PermissionContext, textsOf } from "./permissions.ts";
import { permissionsLeftOut } from "./permissions-left-out.ts";
import { type HeldRole, policySays } from "./role.ts";
import { trustLeftOut, trustTextOf } from "./trust.ts";

/** What a role may do now against what it could do by a document, and the other way round. */
type PermissionDifference = {
  readonly widening: Direction<PermissionWitness>;
  readonly narrowing: Direction<PermissionWitness>;
};

/** What taking a role over by a document would change. */
export type Takeover = {
  readonly trust: TrustComparison;
  readonly permissions: PermissionDifference;
  /** One sentence for each thing that the document does not say. */
  readonly notCarried: readonly string[];
  /** What a first run does to the role's policies though nothing is lost by it. */
  readonly notes: readonly string[];
};

type Input = {
  readonly held: HeldRole;
  /** The document as a run would read it, with what the installation adds. */
  readonly document: EnvironmentDocument;
  readonly permissions: Omit<PermissionContext, "policies">;
  /** Raw text of the document's permissions boundary; null: it names none, or it was not read. */
  readonly boundary: string | null;
  readonly now: Date;
};

/** Compares a role with what a document would make of it, by the engine. */
export function takeoverOf(input: Input): Takeover {
  const { held, document, now } = input;
  const { role, policies } = held;
  const context = { ...input.permissions, policies };
  const { account } = context;
  const after = trustTextOf(document, { account, now });
  const trust = { trustPolicy: role.trustPolicy, account, now };
  const policy = deployTextOf(document, held, context);
  const { observed, place } = context;
  const named = namedPermissions({ document, observed: () => observed, account, place });
  return {
    trust: compareTrust({ before: [role.trustPolicy], after: after === null ? [] : [after] }),
    permissions: permissionDifference(policy, input),
    notCarried: [
      ...trustLeftOut(trust, { document, roleName: role.name }),
      ...permissionsLeftOut(context, { policy, named, boundary: held.boundary }),
      ...roleLeftOut(held),
    ],
    notes: notesOf(document, held, { account, now }),
  };
}

/** Is it proved that nothing changes, and was everything said? */
export function isWhole({ trust, permissions, notCarried }: Takeover): boolean {
  const { widening, narrowing } = permissions;
  const sameGrants = !mayWiden(widening) && !mayWiden(narrowing);
  return isEquivalent(trust) && sameGrants && notCarried.length === 0;
}

/** `permissions` of the command's JSON; null is "not decided". */
export function permissionsJson({ widening, narrowing }: PermissionDifference) {
  const truth = (way: Direction<unknown>) => (way.kind === "open" ? null : way.kind === "proved");
  return {
    widens: truth(widening),
    narrows: truth(narrowing),
    granted: witnessOf(widening),
    lost: witnessOf(narrowing),
  };
}

/** The deploy policy that a first run would write with the targets that exist. */
function deployTextOf(
  document: EnvironmentDocument,
  { policies }: HeldRole,
  { account, place, observed }: PermissionContext,
): string | null {
  const ours = policyArn(account, document.policy.name);
  const { targets } = resolveTargets({
    deploy: document.deploy,
    observed,
    remembered: null,
    inForce: policies.find(({ id }) => id === ours)?.document ?? null,
    account,
  });
  const outputs = readableOutputs(document, place, account);
  const policy = deployPolicyOf({ targets, outputs });
  return policy === null ? null : JSON.stringify(policy);
}

function permissionDifference(
  policy: string | null,
  { held, document, boundary }: Input,
): PermissionDifference {
  const unread = held.policies.filter((each) => each.document === null);
  if (unread.length > 0) {
    const open = openFor(`${unread.map(policySays).join(", ")} could not be read`);
    return { widening: open, narrowing: open };
  }
  const now = { policies: textsOf(held.policies), boundary: held.boundary };
  const then = { policies: policy === null ? [] : [policy], boundary };
  const known = {
    widening: grantsBeyond({ granted: then, known: [now] }),
    narrowing: grantsBeyond({ granted: now, known: [then] }),
  };
  const arns = [held.role.permissionsBoundary, document.role.permissionsBoundary ?? null];
  const texts = [held.boundary, boundary];
  const isUnread = arns.some((arn, index) => arn !== null && texts[index] === null);
  if (!isUnread) return known;
  // The same boundary takes the same away on both sides: what is disproved without it stays so.
  const [one, other] = arns;
  const unsure = openFor("a permissions boundary could not be read");
  const settled = (way: Direction<PermissionWitness>) =>
    one === other && way.kind === "disproved" ? way : unsure;
  return { widening: settled(known.widening), narrowing: settled(known.narrowing) };
}

function openFor(message: string): Direction<never> {
  const reason: Reason = { code: "policy-unread", message: `${message}.`, where: "" };
  return { kind: "open", reasons: [reason], possible: null };
}

/** What becomes of the role's policies: most move into the one that the reconciler keeps. */
function notesOf(
  document: EnvironmentDocument,
  held: HeldRole,
  given: { readonly account: Account; readonly now: Date },
): readonly string[] {
  const { policies, role } = held;
  if (document.role.name !== role.name) {
    return [`role ${document.role.name} is made, and ${role.name} stays as it is beside it`];
  }
  const kept = policyToKeep(policies);
  const { name } = document.policy;
  const others = policies.filter((policy) => policy !== kept || policy.name !== name);
  const bound = document.role.permissionsBoundary ?? null;
  const isBound = bound !== null && bound !== role.permissionsBoundary;
  const boundary = `permissions boundary ${bound} is put on ${role.name}, as the installation asks`;
  const denies = deniesNow(document, held, given);
  const moved = others.map((policy) => {
    const goes = `${policy.kind === "inline" ? "is deleted" : "is detached"} from ${role.name}`;
    const deny = denies.find(({ id }) => id === policy.id);
    if (deny !== undefined) return `${policySays(policy)} ${denySays(deny, goes)}`;
    const why = policy.obstacle === null ? "" : `, since it ${policy.obstacle}`;
    return `${policySays(policy)} ${goes} by the first run that applies the document: what it carries over goes into ${name}${why}`;
  });
  return [...(isBound ? [boundary] : []), ...moved];
}

type Denying = {
  readonly id: string;
  /** When it goes, as the end of a sentence; `null`: at once. */
  readonly stays: string | null;
};

/** The policies that a run keeps for a while, because all that they do is to deny. */
function deniesNow(
  document: EnvironmentDocument,
  { role, policies }: HeldRole,
  { account, now }: { readonly account: Account; readonly now: Date },
): readonly Denying[] {
  const documents = new Map(
    policies.flatMap(({ id, kind, document: text }) =>
      kind === "managed" && text !== null ? [[id, text] as const] : [],
    ),
  );
  const ours = policyArn(account, document.policy.name);
  const given = { role, ours, documents, now, force: false };
  const { kept, over } = deniesOf({ ...given, denies: new Map() });
  const later = new Date(now.getTime() + 1);
  const fromFirstRun = new Map(
    deniesOf({ ...given, now: later, denies: new Map() }).kept.map(({ id, until }) => [id, until]),
  );
  return [
    ...kept.map(({ id, until }) => ({
      id,
      stays:
        fromFirstRun.get(id) === until
          ? `until ${until}`
          : "for 12 hours from the first run that applies the document",
    })),
    ...over.map(({ id }) => ({ id, stays: null })),
  ];
}

/** The end of a sentence whose subject is a policy that only denies. */
function denySays({ stays }: Denying, goes: string): string {
  return stays === null
    ? `only denies, and ${goes} by the first run that applies the document: no session is left that it is about`
    : `only denies: it stays ${stays}, is reported as sessions-revoked meanwhile, and then ${goes}; a Deny that has to last belongs into a permissions boundary that the document names`;
}
