import { type Reading, seenIn } from "../aws/reading.ts";
import { canonical } from "./canonical.ts";
import type { Evidence } from "./control.ts";
import { digestOf } from "./digest.ts";
import type { Known } from "./drift.ts";
import type { Observation } from "./environment.ts";
import type { ObservedProvider, ObservedRole } from "./observed.ts";
import { type Owner, ownershipOf } from "./ownership.ts";
import type { Said, TakenOver } from "./record.ts";
import { allowsOnly } from "./statements.ts";

/** What a run sees of the account, as far as places of it are asked about. */
type Look = Pick<Observation, "role" | "policy" | "documents"> & {
  provider(arn: string): Reading<ObservedProvider>;
};

/** Passes that may begin and not come to their end, one after the other, before nothing is excused any more. */
const unendedMax = 8;

/** Before the digest of what takes something away from all that the role has beside it. */
const limit = "limits ";

/** What a version takes over that is not closed yet; `null` where nobody remembers any. */
export function takenOverIn(evidence: Evidence): TakenOver | null {
  return evidence.kind === "record" ? evidence.record.takenOver : null;
}

/** A call of an event, as far as it says which place it wrote, and when. */
type PlaceCall = {
  readonly eventName: string;
  readonly at: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** CloudTrail's times are whole seconds: what was done in the same one may have come after. */
const secondMs = 1_000;

/**
 * What counts as known, where calls have written some of what was taken over since it was: that is not what somebody
 * had made, though it may say the same.
 */
export function withCalls(evidence: Evidence, calls: readonly PlaceCall[]): Evidence {
  const taken = takenOverIn(evidence);
  if (evidence.kind !== "record" || taken === null || calls.length === 0) return evidence;
  const from = Date.parse(taken.since) - secondMs;
  const later = calls.filter(({ at }) => !(Date.parse(at ?? "") <= from));
  const said = Object.fromEntries(
    Object.entries(taken.said).map(([place, digest]) => {
      const isWritten = later.some((call) => isWrittenBy(place, call));
      return [place, isWritten ? `${digest} written` : digest];
    }),
  );
  return { ...evidence, record: { ...evidence.record, takenOver: { ...taken, said } } };
}

function isWrittenBy(place: string, { eventName, parameters }: PlaceCall): boolean {
  const [kind = "", subject = "", ...rest] = place.toLowerCase().split(" ");
  const item = rest.join(" ");
  const given = (name: string) => String(parameters[name] ?? "").toLowerCase();
  const isRole = given("roleName") === subject;
  switch (kind) {
    case "trust":
      return isRole && ["CreateRole", "UpdateAssumeRolePolicy"].includes(eventName);
    case "inline":
      return isRole && given("policyName") === item;
    case "attached":
      return given("policyArn") === item && (isRole || writesText.includes(eventName));
    case "boundary":
      return isRole && eventName.includes("PermissionsBoundary");
    case "audience":
      return (
        given("openIDConnectProviderArn") === subject &&
        Object.values(parameters)
          .flat()
          .some((value) => String(value).toLowerCase() === item)
      );
    default:
      return false;
  }
}

const writesText = ["CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion"];

/** What nobody is accused of as long as it still says that. */
export function saidIn(evidence: Evidence): Said {
  const taken = takenOverIn(evidence);
  return taken === null || taken.unended > unendedMax ? {} : taken.said;
}

/** The place of the tags that would say whose something is: a role by its name, all else by its ARN. */
export function tagsPlace(subject: string): string {
  return `tags ${subject}`;
}

export function audiencePlace(providerArn: string, audience: string): string {
  return `audience ${providerArn} ${audience}`;
}

/** What something without an owner says in the place of its tags. */
const untagged = "nobody";
const there = "there";

/** Is an audience that is on the provider one that was taken over? */
export function isStillThere(said: Said, place: string): boolean {
  return said[place] === there;
}

/**
 * What each place of a role says that is about to be taken over. Of its policies none if one of them, or its
 * boundary, could not be read: nobody would know what limits them.
 *
 * @param own ARNs of policies that were written for the environment: what they say is not somebody's
 */
export function saidByRole(
  role: ObservedRole,
  look: Pick<Look, "policy" | "documents">,
  own: readonly string[],
): Said {
  const trust = { [`trust ${role.name}`]: digestOf(role.trustPolicy) };
  const policies = [
    ...role.inline.map(({ name, document }) => [`inline ${role.name} ${name}`, document] as const),
    ...role.attached.map((arn) => [`attached ${role.name} ${arn}`, textOf(arn, look)] as const),
  ];
  const boundary = boundaryOf(role, look);
  if (boundary === null || policies.some(([, text]) => text === null)) return trust;
  const isBound = role.permissionsBoundary !== null;
  const isTagged = [boundary, ...policies.map(([, text]) => text ?? "")].some(asksForTags);
  return {
    ...trust,
    ...(isTagged ? { [`marks ${role.name}`]: `${limit}${digestOf(marksOf(role))}` } : {}),
    [`boundary ${role.name}`]: `${isBound ? limit : ""}${digestOf(boundary)}`,
    ...Object.fromEntries(
      policies.flatMap(([place, text]) => {
        if (text === null || own.some((arn) => place.endsWith(` ${arn}`))) return [];
        return [[place, `${allowsOnly(text) ? "" : limit}${digestOf(text)}`]];
      }),
    ),
  };
}

/** What is said in the place of tags, and of a provider's audiences, that are about to be taken over. */
export function saidByNobody(
  subjects: readonly string[],
  provider: Pick<ObservedProvider, "arn" | "audiences"> | null,
): Said {
  return Object.fromEntries([
    ...subjects.map((subject) => [tagsPlace(subject), untagged] as const),
    ...(provider?.audiences ?? []).map(
      (audience) => [audiencePlace(provider?.arn ?? "", audience), there] as const,
    ),
  ]);
}

/** May a policy grant more, or a Deny of it less, where the role has other tags? */
function asksForTags(text: string): boolean {
  return text.toLowerCase().includes("principaltag");
}

/** The tags of a role that policies may ask for, as one text. */
function marksOf({ tags }: ObservedRole): string {
  const others = Object.entries(tags).filter(([key]) => !key.startsWith("oidc-reconciler:"));
  return canonical(Object.fromEntries(others));
}

/** One text, with the ARN, of the boundary of a role; `null` where it could not be read. */
function boundaryOf(
  { permissionsBoundary: arn }: ObservedRole,
  { documents }: Pick<Look, "documents">,
): string | null {
  if (arn === null) return "";
  const text = documents.get(arn);
  return text === undefined ? null : `${arn} ${text}`;
}

function textOf(arn: string, { policy, documents }: Pick<Look, "policy" | "documents">) {
  return seenIn(policy(arn))?.document ?? documents.get(arn) ?? null;
}

/** What a place says now; `null`: it could not be read; `undefined`: there is nothing. */
function saysNow(place: string, look: Look, owner: Owner): string | null | undefined {
  const [kind = "", subject = "", ...rest] = place.split(" ");
  if (kind === "audience") {
    const provider = look.provider(subject);
    if (provider.kind === "unreadable") return null;
    const isThere = provider.kind === "found" && provider.value.audiences.includes(rest.join(" "));
    return isThere ? there : undefined;
  }
  if (kind === "tags") return tagsNow(subject, look, owner);
  const reading = look.role(subject);
  const role = seenIn(reading);
  if (role === null) return reading.kind === "unreadable" ? null : undefined;
  if (kind === "trust") return digestOf(role.trustPolicy);
  if (kind === "marks") return digestOf(marksOf(role));
  if (kind === "boundary") return digested(boundaryOf(role, look));
  const name = rest.join(" ");
  if (kind === "inline" && role.inline.some((each) => each.name === name)) {
    return digested(role.inline.find((each) => each.name === name)?.document ?? null);
  }
  if (kind === "attached" && role.attached.includes(name)) return digested(textOf(name, look));
  return reading.kind === "unreadable" ? null : undefined;
}

function digested(text: string | null): string | null {
  return text === null ? null : digestOf(text);
}

function tagsNow(subject: string, look: Look, owner: Owner): string | null | undefined {
  const isProvider = subject.includes(":oidc-provider/");
  const reading = isProvider
    ? look.provider(subject)
    : subject.includes(":policy/")
      ? look.policy(subject)
      : look.role(subject);
  const seen = seenIn<{ readonly tags: ObservedProvider["tags"] | null }>(reading);
  if (seen === null) return reading.kind === "unreadable" ? null : undefined;
  if (seen.tags === null) return null;
  const { kind } = ownershipOf(seen.tags, isProvider ? { ...owner, environment: null } : owner);
  return kind === "untagged" ? untagged : kind;
}

/**
 * What is still taken over, as this run sees it: a place that says anything else by now, or nothing, is no longer
 * what somebody had made. What could not be read stays, and excuses nobody.
 */
export function stillSaid(
  said: Said,
  look: Look,
  owner: Owner,
  { unread }: { readonly unread: "stays" | "goes" },
): Said {
  const gone = Object.keys(said).filter((place) => {
    const now = saysNow(place, look, owner);
    return now === null ? unread === "goes" : now !== said[place]?.replace(limit, "");
  });
  return withoutPlaces(said, gone);
}

/** Of a role that lost what limited its policies, none of them is what it was. */
export function withoutPlaces(said: Said, gone: readonly string[]): Said {
  const unlimited = gone.flatMap((place) =>
    said[place]?.startsWith(limit) === true ? (place.split(" ")[1] ?? []) : [],
  );
  return Object.fromEntries(
    Object.entries(said).filter(([place]) => {
      const [kind = "", subject = ""] = place.split(" ");
      const isOfPolicies = ["inline", "attached", "boundary", "marks"].includes(kind);
      return !gone.includes(place) && !(isOfPolicies && unlimited.includes(subject));
    }),
  );
}

/** Is anybody excused by what is still taken over? */
export function isExcusing(said: Said): boolean {
  return Object.keys(said).some((place) => !place.startsWith("tags "));
}

/**
 * A role and what counts as known of it, where what is still letter by letter as it was taken over was done by nobody
 * now: its trust policy counts as known, those of its policies are left out, and a missing boundary as one that nobody took off.
 *
 * @param said what is excused, all of it still so
 */
export function excused<Role extends ObservedRole>(
  role: Role,
  known: Known,
  said: Said,
): { readonly role: Role; readonly known: Known } {
  const isTaken = (place: string) => Object.hasOwn(said, place);
  const isBoundaryTaken = isTaken(`boundary ${role.name}`);
  const within = { permissions: known.permissions, boundary: role.permissionsBoundary };
  return {
    role: {
      ...role,
      inline: role.inline.filter(({ name }) => !isTaken(`inline ${role.name} ${name}`)),
      attached: role.attached.filter((arn) => !isTaken(`attached ${role.name} ${arn}`)),
    },
    known: {
      ...known,
      trust: isTaken(`trust ${role.name}`) ? [...known.trust, role.trustPolicy] : known.trust,
      earlier: [...(known.earlier ?? []), ...(isBoundaryTaken ? [within] : [])],
    },
  };
}
