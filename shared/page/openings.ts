import {
  comparePermissions,
  compareTrust,
  describeWitness,
  mayWiden,
  witnessOf,
} from "../compare/index.ts";
import type { RecordedCall } from "../wake/index.ts";
import type { PageOpening } from "./data.ts";

/** What belongs to an environment, to find in CloudTrail's records what opened it. */
export type Watched = {
  readonly role: string;
  /** The trust policies that versions of the document asked for, as far as they are known. */
  readonly asked: readonly string[];
  /** The managed policies that the role is to carry, by their ARNs. */
  readonly policyArns: readonly string[];
  readonly boundary: string | null;
  readonly providerArn: string;
  readonly audiences: readonly string[];
};

/**
 * The calls that open something or close it again: each is looked up by its name. What closes comes
 * first, see `inOrder`.
 */
export const openingCalls = [
  "UpdateAssumeRolePolicy",
  "DetachRolePolicy",
  "AttachRolePolicy",
  "DeleteRolePolicy",
  "PutRolePolicy",
  "PutRolePermissionsBoundary",
  "DeleteRolePermissionsBoundary",
  "RemoveClientIDFromOpenIDConnectProvider",
  "AddClientIDToOpenIDConnectProvider",
  "CreateRole",
  "DeleteRole",
] as const;

/** What closes again what a call opens, where that is another call. */
export const closingCalls: Readonly<Record<string, string>> = {
  CreateRole: "UpdateAssumeRolePolicy",
  AttachRolePolicy: "DetachRolePolicy",
  PutRolePolicy: "DeleteRolePolicy",
  DeleteRolePermissionsBoundary: "PutRolePermissionsBoundary",
  AddClientIDToOpenIDConnectProvider: "RemoveClientIDFromOpenIDConnectProvider",
};

type Call = RecordedCall & { readonly at: string };

/** What a call does to one door: opens it, with a sentence on what for, or closes it. */
type Step = { readonly door: string; readonly call: Call } & (
  | { readonly does: "open"; readonly kind: PageOpening["kind"]; readonly says: string }
  | { readonly does: "close" }
);

/**
 * What was opened outside of the documents and how long it was open, newest first: by the calls that
 * CloudTrail recorded, each opening until the first later call that takes it back. Two openings of one
 * door with nothing between them are one.
 *
 * @param calls as CloudTrail lists them, name by name, the newest first; one without a time counts for
 *   nothing
 */
export function openingsOf(
  watched: Watched,
  calls: readonly RecordedCall[],
): readonly PageOpening[] {
  const steps = inOrder(calls).flatMap((call) => stepsOf(watched, call));
  const openings = [...Map.groupBy(steps, ({ door }) => door).values()].flatMap(openingsOfDoor);
  return openings.toSorted((left, right) => Date.parse(right.openedAt) - Date.parse(left.openedAt));
}

/**
 * The oldest first. CloudTrail knows whole seconds: within one, calls of one name keep the order in which
 * they are listed, and what opens comes before what closes, as where a run answers at once.
 */
function inOrder(calls: readonly RecordedCall[]): readonly Call[] {
  return calls
    .flatMap((call): Call[] => (call.at === null ? [] : [{ ...call, at: call.at }]))
    .toReversed()
    .toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
}

/** @param steps of one door, in their order */
function openingsOfDoor(steps: readonly Step[]): readonly PageOpening[] {
  return steps.flatMap((step, index): PageOpening[] => {
    const isOpenAlready = steps[index - 1]?.does === "open";
    if (step.does === "close" || isOpenAlready) return [];
    const closing = steps.slice(index).find(({ does }) => does === "close")?.call ?? null;
    const { kind, says, call } = step;
    const seconds =
      closing === null ? null : Math.round((Date.parse(closing.at) - Date.parse(call.at)) / 1000);
    return [
      {
        kind,
        says,
        by: call.actor,
        openedAt: call.at,
        closedAt: closing?.at ?? null,
        closedBy: closing?.actor ?? null,
        seconds,
      },
    ];
  });
}

/** What a call does to the environment: nothing where it is about something else. */
function stepsOf(watched: Watched, call: Call): readonly Step[] {
  if (call.eventName !== "DeleteRole") return [stepOf(watched, call) ?? []].flat();
  if (!isOnRole(watched, call)) return [];
  // What else was on the role has to be taken off before IAM deletes it.
  return ["trust", "boundary"].map((door) => ({ does: "close", door, call }));
}

function isOnRole({ role }: Watched, call: Call): boolean {
  return text(call, "roleName").toLowerCase() === role.toLowerCase();
}

function stepOf(watched: Watched, call: Call): Step | null {
  const onRole = isOnRole(watched, call);
  const onProvider = text(call, "openIDConnectProviderArn") === watched.providerArn;
  const arn = text(call, "policyArn");
  const policy = text(call, "policyName");
  const audience = text(call, "clientID");
  switch (call.eventName) {
    case "CreateRole":
      return onRole ? trustStep(watched, call, text(call, "assumeRolePolicyDocument")) : null;
    case "UpdateAssumeRolePolicy":
      return onRole ? trustStep(watched, call, text(call, "policyDocument")) : null;
    case "AttachRolePolicy":
      return onRole && !watched.policyArns.includes(arn)
        ? opens(call, `attached ${arn}`, "attached-policy", `${arn} was attached to the role`)
        : null;
    case "DetachRolePolicy":
      return onRole ? { does: "close", door: `attached ${arn}`, call } : null;
    case "PutRolePolicy":
      return onRole && mayGrant(text(call, "policyDocument"))
        ? opens(call, `inline ${policy}`, "inline-policy", `inline policy ${policy} was put on it`)
        : null;
    case "DeleteRolePolicy":
      return onRole ? { does: "close", door: `inline ${policy}`, call } : null;
    case "DeleteRolePermissionsBoundary":
      return onRole && watched.boundary !== null
        ? opens(call, "boundary", "boundary", `boundary ${watched.boundary} was taken off`)
        : null;
    case "PutRolePermissionsBoundary":
      return onRole ? boundaryStep(watched, call) : null;
    case "AddClientIDToOpenIDConnectProvider":
      return onProvider && !watched.audiences.includes(audience)
        ? opens(call, `aud ${audience}`, "audience", `the provider took the audience ${audience}`)
        : null;
    case "RemoveClientIDFromOpenIDConnectProvider":
      return onProvider ? { does: "close", door: `aud ${audience}`, call } : null;
    default:
      return null;
  }
}

function opens(call: Call, door: string, kind: PageOpening["kind"], says: string): Step {
  return { does: "open", door, call, kind, says };
}

/** Nothing is judged where no version of the document is known. */
function trustStep({ asked, role }: Watched, call: Call, trustPolicy: string): Step | null {
  if (asked.length === 0) return null;
  const { widening } = compareTrust({ before: asked, after: [trustPolicy] });
  if (!mayWiden(widening)) return { does: "close", door: "trust", call };
  const witness = witnessOf(widening);
  const says =
    witness === null
      ? "the role got another trust policy, and what that let in was not decided"
      : describeWitness(witness, role);
  return opens(call, "trust", "trust", says);
}

function boundaryStep({ boundary }: Watched, call: Call): Step | null {
  const put = text(call, "permissionsBoundary");
  if (boundary === null) return null;
  if (put === boundary) return { does: "close", door: "boundary", call };
  return opens(call, "boundary", "boundary", `boundary ${boundary} was replaced by ${put}`);
}

function mayGrant(document: string): boolean {
  return mayWiden(comparePermissions({ before: [], after: [document] }).widening);
}

/** A parameter of the call; empty where it is absent or no text. */
function text({ parameters }: RecordedCall, name: string): string {
  const value = parameters[name];
  return typeof value === "string" ? value : "";
}
