import type { Reading } from "../../aws/reading.ts";
import { arnIn } from "../arns.ts";
import { isGranted, isInForce } from "../in-force.ts";
import type { Place, Placeholders, TargetMemory } from "../kind.ts";
import { type Absence, absenceIn, type Collected, collect, type MissingName } from "../missing.ts";
import type { NewGrant } from "../new-grant.ts";
import type { AmplifyTarget } from "./schema.ts";
import { appGrants, type ResolvedAmplify } from "./statements.ts";

export type AmplifyApp = {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** Is it connected to a repository? An app without one takes uploads. */
  readonly hasRepository: boolean;
  /** `null` where no document names a branch of this app. */
  readonly branches: Reading<readonly string[]> | null;
};

export type FoundApps = Reading<readonly AmplifyApp[]>;

type Memory = TargetMemory<ResolvedAmplify>;
type Branches = ResolvedAmplify["branches"];
type Resolved = Collected<ResolvedAmplify>;

/** Resolves the Amplify apps of a document. */
export function resolveAmplify(
  entries: readonly AmplifyTarget[],
  apps: FoundApps,
  memory: Memory,
): Resolved {
  return collect(entries.map((entry) => app(entry, entries, apps, memory)));
}

/**
 * The apps that a document's entry may mean: the one of that id, otherwise those of that name,
 * which Amplify does not keep unique. IAM refuses the whole policy for a text that is not an ARN: what is not of an
 * app's form is left out.
 */
function appsNamed(name: string, apps: FoundApps, place: Place): readonly AmplifyApp[] {
  const shown = apps.kind === "found" ? apps.value : [];
  const all = shown.filter(({ id, arn }) => isAmplifyAppId(id) && arn === appArnIn(place, id));
  const byId = all.filter(({ id }) => id === name);
  return byId.length > 0 ? byId : all.filter((candidate) => candidate.name === name);
}

/**
 * Was it the id of an app when it was resolved last, or is it in the policy in force? An id always names
 * the same app: once that app is gone, another one that somebody gave this name is not meant.
 */
function isKnownId(text: string, { place, last, grants }: Memory): boolean {
  const ofApp = `${appArnIn(place, text)}/`;
  return (
    isAmplifyAppId(text) &&
    (last.some(({ appId }) => appId === text) ||
      grants.some(({ resource }) => `${resource}/`.startsWith(ofApp)))
  );
}

function app(
  entry: AmplifyTarget,
  entries: readonly AmplifyTarget[],
  apps: FoundApps,
  memory: Memory,
): Resolved {
  const isId = isKnownId(entry.app, memory);
  const matches = appsNamed(entry.app, apps, memory.place).filter(
    ({ id }) => !isId || id === entry.app,
  );
  const [match, second] = matches;
  if (match === undefined)
    return gone(entry, { ...absenceOf(entry, apps, memory), among: null }, entries, memory);
  if (second !== undefined) {
    const ids = matches.map(({ id }) => id);
    const detail = `names ${ids.length} apps (${ids.join(", ")}): name one by its app id`;
    return gone(entry, { why: "ambiguous", detail, among: ids }, entries, memory);
  }
  if (entry.branches.length > 0) return namedBranches(entry, match, memory);
  const whole = { ...granted(entry.app, match), branches: "every", may: entry.may } as const;
  return { found: [whole], missing: [] };
}

/** Why no app has the name; one that has got another name is still there, and is not guessed at. */
function absenceOf({ app: name }: AmplifyTarget, apps: FoundApps, memory: Memory): Absence {
  const absence = absenceIn(apps);
  const shown = apps.kind === "found" ? apps.value : [];
  const before = rememberedOf(name, memory).find(({ appId }) =>
    shown.some(({ id }) => id === appId),
  );
  if (before === undefined) return absence;
  const renamed = `the app that it was, ${before.appId}, has another name now: name it by that or by its id`;
  return { ...absence, detail: `${absence.detail} (${renamed})` };
}

function granted(app: string, { id, arn, hasRepository }: AmplifyApp) {
  return { app, appId: id, appArn: arn, hasRepository };
}

/** The branches of an app that exists. One that could not be read needs no memory. */
function namedBranches(entry: AmplifyTarget, match: AmplifyApp, memory: Memory): Resolved {
  const existing = match.branches?.kind === "found" ? match.branches.value : [];
  const absence = absenceIn(match.branches);
  // A branch seen last in another app of this name says nothing about this one.
  const before = rememberedOf(entry.app, memory).filter(({ appId }) => appId === match.id);
  const app = granted(entry.app, match);
  const missing: MissingName[] = [];
  const parts = entry.branches.flatMap((branch): readonly ResolvedAmplify[] => {
    if (existing.includes(branch)) return [{ ...app, branches: [branch], may: entry.may }];
    const seen = before.find(({ branches }) => branches !== "every" && branches.includes(branch));
    const { hasRepository } = seen ?? before[0] ?? match;
    const last = { ...app, hasRepository, branches: [branch], may: entry.may };
    const mayStay = absence.why === "unreadable" || seen !== undefined;
    const kept = mayStay ? inForce(last, memory) : [];
    const name = `${entry.app} branch ${branch}`;
    missing.push({ ...absence, name, kept: kept.length > 0 });
    return kept;
  });
  return { found: joined(parts), missing };
}

/** Branches of one app with the same words as one target, in their order. */
function joined(parts: readonly ResolvedAmplify[]): readonly ResolvedAmplify[] {
  const same = Map.groupBy(parts, ({ appId, hasRepository, may, branches }) =>
    JSON.stringify([appId, hasRepository, may, branches === "every"]),
  );
  return [...same.values()].flatMap((alike): readonly ResolvedAmplify[] => {
    const [first] = alike;
    if (first === undefined) return [];
    if (first.branches === "every") return [first];
    return [{ ...first, branches: alike.flatMap(({ branches }) => branches) }];
  });
}

/** @param among the apps of that name where there are several; `null` where none is shown */
function gone(
  entry: AmplifyTarget,
  { among, ...absence }: Absence & { readonly among: readonly string[] | null },
  entries: readonly AmplifyTarget[],
  memory: Memory,
): Resolved {
  const last = rememberedOf(entry.app, memory)
    .filter(({ appId }) => isAmplifyAppId(appId))
    .flatMap((before) => keptOf(entry, before, memory));
  // With several apps of one name nothing is guessed. What is in force needs no guess.
  const isOpen = last.length === 0 && absence.why !== "absent";
  const ids = isOpen ? unclaimedIds(entry, entries, memory) : [];
  const standing = ids
    .filter((id) => among === null || among.includes(id))
    .flatMap((appId) => keptOf(entry, { appId, branches: "every", hasRepository: null }, memory));
  const found = [...last, ...standing];
  return { found, missing: [{ ...absence, name: entry.app, kept: found.length > 0 }] };
}

function rememberedOf(app: string, { last }: Memory): readonly ResolvedAmplify[] {
  return last.filter((before) => before.app === app);
}

/** An app as it was last; `hasRepository` is `null` where only the policy in force can show it. */
type Last = {
  readonly appId: string;
  readonly branches: Branches;
  readonly hasRepository: boolean | null;
};

/** The app, with those of the entry's branches that memory has and the policy in force grants. */
function keptOf(
  entry: AmplifyTarget,
  { appId, branches: remembered, hasRepository }: Last,
  memory: Memory,
): readonly ResolvedAmplify[] {
  const appArn = appArnIn(memory.place, appId);
  const keep = (branches: Branches): readonly ResolvedAmplify[] => {
    const target = { app: entry.app, appId, appArn, branches, may: entry.may };
    const connected = hasRepository ?? !isUploadedTo(target, memory);
    return inForce({ ...target, hasRepository: connected }, memory);
  };
  const each = (names: readonly string[]) => joined(names.flatMap((name) => keep([name])));
  if (entry.branches.length > 0) {
    return each(
      entry.branches.filter((name) => remembered === "every" || remembered.includes(name)),
    );
  }
  // Another document of the environment may have named fewer when they were remembered.
  const whole = keep("every");
  if (whole.length > 0) return whole;
  return each(remembered === "every" ? branchesInForce(appArn, memory) : remembered);
}

/** The target with those of its words that the policy in force grants; none where it has none. */
function inForce(target: ResolvedAmplify, { grants }: Memory): readonly ResolvedAmplify[] {
  const may = target.may.filter((word) => {
    const named = { ...target, may: [word] };
    // Named in full, or under all of the app's branches.
    return [named, { ...named, branches: "every" } as const].some((each) =>
      isInForce(grants, appGrants(each)),
    );
  });
  return may.length === 0 ? [] : [{ ...target, may }];
}

/** Does the policy in force release the app by an upload? */
function isUploadedTo(target: Omit<ResolvedAmplify, "hasRepository">, { grants }: Memory): boolean {
  const isStarted = appGrants({ ...target, may: ["release"], hasRepository: true }).some(
    ({ resource }) => isGranted(grants, resource, "amplify:StartJob"),
  );
  const uploads = appGrants({ ...target, may: ["upload"], hasRepository: false });
  return !isStarted && isInForce(grants, uploads);
}

function branchesInForce(appArn: string, memory: Memory): readonly string[] {
  const [before, ofJobs] = [`${appArn}/branches/`, "/jobs/*"];
  const names = memory.grants.flatMap(({ resource }) => {
    if (!resource.startsWith(before)) return [];
    const end = resource.endsWith(ofJobs) ? -ofJobs.length : undefined;
    return [resource.slice(before.length, end).replaceAll(/\$\{([*?$])\}/g, "$1")];
  });
  // A live wildcard is not a name: written out again it would be another text, which nothing grants.
  return [...new Set(names)].filter((name) => name !== "");
}

/**
 * The apps that lost their repository, or got one, since they were released last: what releases them
 * now is another action, and not yet granted.
 */
export function newlyReleasedBy(
  targets: readonly ResolvedAmplify[],
  memory: Memory,
): readonly NewGrant[] {
  return targets.flatMap((target) => {
    const { app, appId, hasRepository, may } = target;
    const wasOther = rememberedOf(app, memory).some(
      (before) =>
        before.appId === appId &&
        before.may.includes("release") &&
        before.hasRepository !== hasRepository,
    );
    if (!wasOther || !may.includes("release")) return [];
    const action = hasRepository ? "amplify:StartJob" : "amplify:CreateDeployment";
    const resource = appGrants(target).find(
      ({ permission, resource: on }) =>
        permission.actions.includes(action) && !isGranted(memory.grants, on, action),
    )?.resource;
    if (resource === undefined) return [];
    const reason = hasRepository
      ? `${app} is connected to a repository now, and is released from it`
      : `${app} has no repository now, and is released by an upload`;
    const facts = { app, hasRepository, action, resource };
    return [{ facts, action, resource, context: {}, reason }];
  });
}

/** The apps in force that no other entry accounts for: the entry's own must be among them. */
function unclaimedIds(
  entry: AmplifyTarget,
  entries: readonly AmplifyTarget[],
  { place, last, grants }: Memory,
): readonly string[] {
  const before = appArnIn(place, "");
  const ids = new Set(
    grants
      .filter(({ resource }) => resource.startsWith(before))
      .map(({ resource }) => resource.slice(before.length).split("/")[0] ?? "")
      .filter(isAmplifyAppId),
  );
  if (ids.has(entry.app)) return [entry.app];
  const others = new Set(entries.flatMap(({ app }) => (app === entry.app ? [] : [app])));
  const claimed = new Set([
    ...others,
    ...last.flatMap(({ app, appId }) => (others.has(app) ? [appId] : [])),
  ]);
  return [...ids].filter((id) => !claimed.has(id));
}

/**
 * An app by its name and by its id is one app, once it exists. A name that several apps have names none of them.
 * Neither does a name that may be the id of an app that is gone: an edit that names the other app by its id
 * gives more.
 */
export function namedApp(
  { app, branches, may }: AmplifyTarget,
  apps: FoundApps,
  { place, idOf }: Placeholders,
): ResolvedAmplify {
  const matches = appsNamed(app, apps, place);
  const [only] = matches.length === 1 ? matches : [];
  const match = only !== undefined && only.id !== app && looksMade(app) ? undefined : only;
  const appId = match?.id ?? `d${idOf(app)}`;
  return {
    app,
    appId,
    appArn: match?.arn ?? appArnIn(place, appId),
    branches: branches.length === 0 ? "every" : branches,
    may,
    hasRepository: match?.hasRepository ?? true,
  };
}

function appArnIn(place: Place, id: string): string {
  return arnIn(place, "amplify", `apps/${id}`);
}

/** Amplify gives each app an id of this form, another after each creation. */
function isAmplifyAppId(text: string): boolean {
  return /^d[a-z0-9]{1,63}$/.test(text);
}

/** Does it look like an id that Amplify has made, rather than a word? A word that does only asks a person once more. */
function looksMade(text: string): boolean {
  return isAmplifyAppId(text) && text.length >= 12;
}
