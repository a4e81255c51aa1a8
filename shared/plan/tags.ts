import type { Change } from "./change.ts";
import type { DesiredRole } from "./desired.ts";
import type { ObservedRole, Tags } from "./observed.ts";
import { foreignOwner } from "./ownership.ts";
import { listOf, statementsOf } from "./statements.ts";

/**
 * IAM keeps so many tags on a role, policy or provider, those that AWS sets not counted.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const tagsMax = 50;

/**
 * Tags to write, and the keys for which IAM has no room: it refuses a call for want of room as a whole.
 * Another value takes none.
 */
export function fitting(
  wanted: Tags,
  observed: Tags,
): { readonly tags: Tags; readonly left: readonly string[] } {
  const isCounted = (key: string) => !key.toLowerCase().startsWith("aws:");
  const room = Math.max(0, tagsMax - Object.keys(observed).filter(isCounted).length);
  const added = Object.keys(wanted).filter((key) => !Object.hasOwn(observed, key));
  const left = added.slice(room);
  const tags = Object.entries(wanted).filter(([key]) => !left.includes(key));
  return { tags: Object.fromEntries(tags), left };
}

/** The changes of a role's tags, by when they may come. */
export type TagChanges = {
  /** What an unmanaged tag admits goes early. */
  readonly early: readonly Change[];
  /** What an unmanaged tag may keep out goes late. */
  readonly late: readonly Change[];
  /** Tags for which there is no room, since others may stay. */
  readonly left: readonly string[];
  /** Is one of the late ones also what a policy asks for? Then no time is right for it. */
  readonly both: boolean;
};

/**
 * Role tags are principal tags of every session, so a tag that nobody asked for may open a door,
 * and one that a Deny waits for may keep one shut. `aws:` tags are IAM's and never touched.
 *
 * Taking a tag off that no policy mentions is neutral, and closes where some Allow asks for it.
 *
 * @param documents of all policies that the role holds or gets and of its boundaries; `null`: not
 *   read
 * @param leaving of those that others may set: what goes all the same (`leavingTags`)
 */
export function tagChanges(
  desired: DesiredRole,
  observed: ObservedRole,
  documents: readonly (string | null)[],
  leaving: Tags,
): TagChanges {
  const mayStay = (key: string, value: string) =>
    isIgnoredTag(key, value, desired.ignoreTags) && !Object.hasOwn(leaving, key);
  const extra = Object.keys(observed.tags)
    .filter((key) => !Object.hasOwn(desired.tags, key) && !key.toLowerCase().startsWith("aws:"))
    .filter((key) => !mayStay(key, observed.tags[key] ?? ""))
    .map((key) => ({ key, uses: documents.flatMap((text) => usesOf(key, text)) }));
  const going = extra.map(({ key }) => key);
  const staying = Object.keys(observed.tags).filter((key) => !going.includes(key));
  const missing = missingTags(desired.tags, observed.tags);
  const { tags: wanted, left } = fitting(missing, pick(observed.tags, staying));
  const off = (effect: Change["effect"], uses: (found: readonly Use[]) => boolean) => {
    const keys = extra.filter((tag) => uses(tag.uses)).map(({ key }) => key);
    return keys.length === 0 ? [] : [untagging(observed, keys, effect)];
  };
  const keepsOut = (uses: readonly Use[]) => uses.includes("keeps-out");
  return {
    early: off("closes", (uses) => uses.length > 0 && !keepsOut(uses)),
    late: [
      // It changes nobody's access, so nothing that closes waits for it.
      ...off("neutral", (uses) => uses.length === 0),
      ...off("opens", keepsOut),
      ...(Object.keys(wanted).length === 0 ? [] : [tagging(observed, wanted)]),
    ],
    left,
    both: extra.some(({ uses }) => keepsOut(uses) && uses.includes("lets-in")),
  };
}

/**
 * What versions before gave this role and others may set now: that is ours until it is off.
 *
 * @param written what each of those versions gave it
 */
export function leavingTags(
  { tags, ignoreTags }: DesiredRole,
  observed: ObservedRole,
  written: readonly Tags[],
): Tags {
  const isLeaving = ([key, value]: readonly [string, string]) =>
    !Object.hasOwn(tags, key) &&
    isIgnoredTag(key, value, ignoreTags) &&
    written.some((each) => each[key] === value);
  return Object.fromEntries(Object.entries(observed.tags).filter(isLeaving));
}

/** May others set this tag? IAM ignores the case of keys. A claim of another owner is never ignored. */
export function isIgnoredTag(key: string, value: string, ignored: readonly string[]): boolean {
  const folded = key.toLowerCase();
  const matches = ignored
    .map((one) => one.toLowerCase())
    .some((one) => {
      return one.endsWith("*") ? folded.startsWith(one.slice(0, -1)) : folded === one;
    });
  return matches && foreignOwner(key, value) === null;
}

function untagging(
  observed: ObservedRole,
  keys: readonly string[],
  effect: Change["effect"],
): Change {
  return {
    action: "tag",
    resource: "role",
    id: observed.arn,
    reason: "tags that are not desired",
    before: pick(observed.tags, keys),
    after: {},
    effect,
    step: { do: "untag-role", name: observed.name, keys },
  };
}

function tagging(observed: ObservedRole, wanted: Tags): Change {
  // A document's tag may be what some policy waits for; the ownership tags are nobody's condition.
  const isOwnership = Object.keys(wanted).every((key) => key.startsWith("oidc-reconciler:"));
  return {
    action: "tag",
    resource: "role",
    id: observed.arn,
    reason: "tags missing or with another value",
    before: pick(observed.tags, Object.keys(wanted)),
    after: wanted,
    effect: isOwnership ? "neutral" : "opens",
    step: { do: "tag-role", name: observed.name, tags: wanted },
  };
}

type Use = "lets-in" | "keeps-out";

/**
 * What a document makes of the principal tag `key`. An Allow that asks for its value grants less
 * without it. A Deny that mentions it may then no longer apply, and so may an Allow grant more
 * that mentions it in any other way (negated, `IfExists`, in a variable).
 */
function usesOf(key: string, document: string | null): readonly Use[] {
  if (document === null) return ["lets-in", "keeps-out"];
  const name = `aws:principaltag/${key.toLowerCase()}`;
  const statements = statementsOf(document);
  if (statements === null) return document.toLowerCase().includes(name) ? ["keeps-out"] : [];
  return statements
    .filter((statement) => mentions(statement, name))
    .flatMap((statement): readonly Use[] => {
      if (statement["Effect"] !== "Allow") return ["keeps-out"];
      const more = mentions(withoutDemands(statement, name), name);
      return more ? ["lets-in", "keeps-out"] : ["lets-in"];
    });
}

function mentions(value: unknown, name: string): boolean {
  return JSON.stringify(value).toLowerCase().includes(name);
}

const demanding = new Set(["StringEquals", "StringLike", "StringEqualsIgnoreCase"]);

/** The statement without its conditions that ask for a value of just this key. */
function withoutDemands(statement: Readonly<Record<string, unknown>>, name: string): unknown {
  const condition = statement["Condition"];
  if (typeof condition !== "object" || condition === null) return statement;
  const blocks = Object.entries(condition).map(([operator, block]): unknown => {
    if (!demanding.has(operator) || typeof block !== "object" || block === null) {
      return [operator, block];
    }
    const others = Object.entries(block).filter(([key]) => key.toLowerCase() !== name);
    const values = Object.entries(block).flatMap(([key, value]) =>
      key.toLowerCase() === name ? listOf(value) : [],
    );
    return [operator, others, values];
  });
  return { ...statement, Condition: blocks };
}

/** The tags of `desired` that `observed` lacks or has with another value. */
export function missingTags(desired: Tags, observed: Tags): Tags {
  return Object.fromEntries(
    Object.entries(desired).filter(([key, value]) => observed[key] !== value),
  );
}

/** The tags with these keys. */
export function pick(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => keys.includes(key)));
}

/** The tags that a change of tags found in its place. */
export function tagsBefore({ before }: Pick<Change, "before">): Tags {
  const had = typeof before === "object" && before !== null ? Object.entries(before) : [];
  return Object.fromEntries(
    had.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}
