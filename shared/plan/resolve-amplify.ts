import type { AmplifyTarget } from "../spec/index.ts";
import { amplifyResources, isAmplifyAppId, type ResolvedAmplify } from "../trust/index.ts";
import {
  type Absence,
  absenceIn,
  type Collected,
  collect,
  type MissingTarget,
  missingTarget,
} from "./missing.ts";
import type { AmplifyApp, Reading } from "./observed.ts";
import { isGranted, type TargetMemory } from "./target-memory.ts";

type Apps = Reading<readonly AmplifyApp[]>;
type Branches = ResolvedAmplify["branches"];
type Resolved = Collected<ResolvedAmplify>;

/** Resolves the Amplify apps of a document; see `resolveTargets` for what keeps one not shown. */
export function resolveAmplify(
  entries: readonly AmplifyTarget[],
  apps: Apps,
  memory: TargetMemory,
): Resolved {
  return collect(entries.map((entry) => app(entry, entries, apps, memory)));
}

/**
 * The apps that a document's entry may mean: the one of that id, otherwise those of that name,
 * which Amplify does not keep unique.
 */
export function appsNamed(name: string, apps: Apps): readonly AmplifyApp[] {
  const all = apps.kind === "found" ? apps.value : [];
  const byId = all.filter(({ id }) => id === name);
  return byId.length > 0 ? byId : all.filter((candidate) => candidate.name === name);
}

function app(
  entry: AmplifyTarget,
  entries: readonly AmplifyTarget[],
  apps: Apps,
  memory: TargetMemory,
): Resolved {
  const matches = appsNamed(entry.app, apps);
  const [match, second] = matches;
  if (match === undefined) return gone(entry, entries, absenceIn(apps), null, memory);
  if (second !== undefined) {
    const ids = matches.map(({ id }) => id);
    const detail = `names ${ids.length} apps (${ids.join(", ")}): name one by its app id`;
    return gone(entry, entries, { why: "ambiguous", detail }, ids, memory);
  }
  if (entry.branches.length > 0) return namedBranches(entry, match, memory);
  const whole = { app: entry.app, appId: match.id, appArn: match.arn, branches: "every" } as const;
  return { found: [whole], missing: [] };
}

/** The branches of an app that exists. One that could not be read needs no memory. */
function namedBranches(entry: AmplifyTarget, match: AmplifyApp, memory: TargetMemory): Resolved {
  const base = { app: entry.app, appId: match.id, appArn: match.arn };
  const existing = match.branches?.kind === "found" ? match.branches.value : [];
  const absence = absenceIn(match.branches);
  // A branch seen last in another app of this name says nothing about this one.
  const seen = (memory.remembered?.amplify ?? []).flatMap(({ app: name, appId, branches }) =>
    name === entry.app && appId === match.id && branches !== "every" ? branches : [],
  );
  const missing: MissingTarget[] = [];
  const branches = entry.branches.filter((branch) => {
    if (existing.includes(branch)) return true;
    const mayStay = absence.why === "unreadable" || seen.includes(branch);
    const kept = mayStay && isBranchInForce(match.arn, branch, memory);
    missing.push(missingTarget("amplify", `${entry.app} branch ${branch}`, absence, kept));
    return kept;
  });
  return { found: branches.length === 0 ? [] : [{ ...base, branches }], missing };
}

/** @param among the apps of that name where there are several; `null` where none is shown */
function gone(
  entry: AmplifyTarget,
  entries: readonly AmplifyTarget[],
  absence: Absence,
  among: readonly string[] | null,
  memory: TargetMemory,
): Resolved {
  const last = (memory.remembered?.amplify ?? [])
    .filter((before) => before.app === entry.app && isAmplifyAppId(before.appId))
    .flatMap(({ appId, branches }) => keptOf(entry, appId, branches, memory));
  // With several apps of one name nothing is guessed, but what is in force is no guess.
  const isOpen = last.length === 0 && absence.why !== "absent";
  const ids = isOpen ? unclaimedIds(entry, entries, memory) : [];
  const standing = ids
    .filter((id) => among === null || among.includes(id))
    .flatMap((id) => keptOf(entry, id, "every", memory));
  const found = [...last, ...standing];
  return { found, missing: [missingTarget("amplify", entry.app, absence, found.length > 0)] };
}

/** The app, with those of the entry's branches that memory has and the policy in force grants. */
function keptOf(
  entry: AmplifyTarget,
  appId: string,
  remembered: Branches,
  memory: TargetMemory,
): readonly ResolvedAmplify[] {
  const appArn = memory.arns.amplifyApp(appId);
  const branches = keptBranches(entry, appArn, remembered, memory);
  if (branches !== "every" && branches.length === 0) return [];
  return [{ app: entry.app, appId, appArn, branches }];
}

function keptBranches(
  entry: AmplifyTarget,
  appArn: string,
  remembered: Branches,
  memory: TargetMemory,
): Branches {
  const inForce = (branch: string) => isBranchInForce(appArn, branch, memory);
  if (entry.branches.length > 0) {
    return entry.branches.filter(
      (branch) => (remembered === "every" || remembered.includes(branch)) && inForce(branch),
    );
  }
  if (remembered !== "every") return remembered.filter(inForce);
  return isAppInForce(appArn, memory) ? "every" : branchesInForce(appArn, memory);
}

/** Named in full, or under all of the app's branches. */
function isBranchInForce(appArn: string, branch: string, memory: TargetMemory): boolean {
  const written = amplifyResources({ appArn, branches: [branch] });
  return (
    isAppInForce(appArn, memory) ||
    written.every((resource) => isGranted(memory.grants, resource, "amplify:"))
  );
}

function isAppInForce(appArn: string, { grants }: TargetMemory): boolean {
  const written = amplifyResources({ appArn, branches: "every" });
  return written.every((resource) => isGranted(grants, resource, "amplify:"));
}

function branchesInForce(appArn: string, memory: TargetMemory): readonly string[] {
  const [before, after] = [`${appArn}/branches/`, "/jobs/*"];
  const names = memory.grants.flatMap(({ resource }) =>
    resource.startsWith(before) && resource.endsWith(after)
      ? [resource.slice(before.length, -after.length).replaceAll(/\$\{([*?$])\}/g, "$1")]
      : [],
  );
  // A live wildcard is no name: written out again it would be another text, and does not stand.
  return [...new Set(names)].filter((name) => name !== "" && isBranchInForce(appArn, name, memory));
}

/** The apps in force that no other entry accounts for: the entry's own must be among them. */
function unclaimedIds(
  entry: AmplifyTarget,
  entries: readonly AmplifyTarget[],
  { arns, remembered, grants }: TargetMemory,
): readonly string[] {
  const before = arns.amplifyApp("");
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
    ...(remembered?.amplify ?? []).flatMap(({ app, appId }) => (others.has(app) ? [appId] : [])),
  ]);
  return [...ids].filter((id) => !claimed.has(id));
}
