import type { EnvironmentDocument } from "../spec/index.ts";
import type { ResolvedTargets } from "../trust/index.ts";
import type { ObservedTargets, Reading } from "./observed.ts";

/** A deploy target that the document names and AWS does not show. */
export type MissingTarget = {
  readonly kind: "ecr" | "appRunner" | "ecsExpress" | "amplify";
  /** As the document writes it; an Amplify branch as `APP branch BRANCH`. */
  readonly name: string;
  readonly why: "absent" | "unreadable" | "ambiguous";
  /** The permission of the last time it was seen is kept. */
  readonly kept: boolean;
  readonly message: string;
};

export type Resolution = {
  readonly targets: ResolvedTargets;
  readonly missing: readonly MissingTarget[];
};

type Collected<T> = { readonly found: readonly T[]; readonly missing: readonly MissingTarget[] };

/** Turns the names of a document into the ARNs that exist; a name that does not resolve keeps the
 * ARN that was seen last, or is left out. It never becomes a wildcard. */
export function resolveTargets(input: {
  readonly deploy: EnvironmentDocument["deploy"];
  readonly observed: ObservedTargets;
  readonly lastResolved: ResolvedTargets | null;
}): Resolution {
  const { deploy, observed, lastResolved } = input;
  const ecr = collect(
    deploy.ecr.map((repository) =>
      named(
        "ecr",
        repository,
        observed.ecr,
        lastResolved?.ecr,
        (last) => last.repository,
        (arn) => ({
          repository,
          arn,
        }),
      ),
    ),
  );
  const appRunner = collect(
    deploy.appRunner.map((service) =>
      named(
        "appRunner",
        service,
        observed.appRunner,
        lastResolved?.appRunner,
        (last) => last.service,
        (arn) => ({ service, arn }),
      ),
    ),
  );
  const ecsExpress = collect(
    deploy.ecsExpress.map((entry) => expressService(entry, observed, lastResolved)),
  );
  const amplify = collect(deploy.amplify.map((entry) => app(entry, observed, lastResolved)));
  return {
    targets: {
      ecr: ecr.found,
      appRunner: appRunner.found,
      ecsExpress: ecsExpress.found,
      amplify: amplify.found,
    },
    missing: [...ecr.missing, ...appRunner.missing, ...ecsExpress.missing, ...amplify.missing],
  };
}

function collect<T>(parts: readonly Collected<T>[]): Collected<T> {
  return {
    found: parts.flatMap((part) => part.found),
    missing: parts.flatMap((part) => part.missing),
  };
}

/** What a kind of target is called in a sentence. */
const words = {
  ecr: "ECR repository",
  appRunner: "App Runner service",
  ecsExpress: "ECS Express service",
  amplify: "Amplify app",
} satisfies Record<MissingTarget["kind"], string>;

function missingTarget(
  kind: MissingTarget["kind"],
  name: string,
  why: MissingTarget["why"],
  kept: boolean,
  detail: string,
): MissingTarget {
  const outcome = kept
    ? "its last known ARN stays in the policy"
    : "the policy leaves it out until it exists";
  return { kind, name, why, kept, message: `${words[kind]} ${name} ${detail}; ${outcome}` };
}

function named<Target extends object>(
  kind: "ecr" | "appRunner",
  name: string,
  listing: Reading<ReadonlyMap<string, string>>,
  last: readonly Target[] | undefined,
  nameOf: (target: Target) => string,
  make: (arn: string) => Target,
): Collected<Target> {
  const arn = listing.kind === "found" ? listing.value.get(name) : undefined;
  if (arn !== undefined) return { found: [make(arn)], missing: [] };
  const before = last?.find((target) => nameOf(target) === name);
  const unreadable = listing.kind === "unreadable";
  const detail = unreadable ? `could not be read (${listing.fault.message})` : "does not exist";
  const why = unreadable ? "unreadable" : "absent";
  return {
    found: before === undefined ? [] : [before],
    missing: [missingTarget(kind, name, why, before !== undefined, detail)],
  };
}

function expressService(
  entry: EnvironmentDocument["deploy"]["ecsExpress"][number],
  observed: ObservedTargets,
  lastResolved: ResolvedTargets | null,
): Collected<ResolvedTargets["ecsExpress"][number]> {
  const name = `${entry.cluster}/${entry.service}`;
  const reading = observed.ecsExpress.get(name) ?? { kind: "absent" as const };
  if (reading.kind === "found") return { found: [reading.value], missing: [] };
  const before = lastResolved?.ecsExpress.find(
    (last) => last.cluster === entry.cluster && last.service === entry.service,
  );
  const unreadable = reading.kind === "unreadable";
  const detail = unreadable ? `could not be read (${reading.fault.message})` : "does not exist";
  const why = unreadable ? "unreadable" : "absent";
  return {
    found: before === undefined ? [] : [before],
    missing: [missingTarget("ecsExpress", name, why, before !== undefined, detail)],
  };
}

function app(
  entry: EnvironmentDocument["deploy"]["amplify"][number],
  observed: ObservedTargets,
  lastResolved: ResolvedTargets | null,
): Collected<ResolvedTargets["amplify"][number]> {
  const last = lastResolved?.amplify.find((before) => before.app === entry.app);
  const apps = observed.amplify;
  const gone = (why: MissingTarget["why"], detail: string) => ({
    found: last === undefined ? [] : [last],
    missing: [missingTarget("amplify", entry.app, why, last !== undefined, detail)],
  });
  if (apps.kind === "unreadable") {
    return gone("unreadable", `could not be read (${apps.fault.message})`);
  }
  const all = apps.kind === "found" ? apps.value : [];
  const byId = all.filter((candidate) => candidate.id === entry.app);
  const matches = byId.length > 0 ? byId : all.filter((candidate) => candidate.name === entry.app);
  const [match, second] = matches;
  if (match === undefined) return gone("absent", "does not exist");
  if (second !== undefined) {
    const ids = matches.map((candidate) => candidate.id).join(", ");
    return gone("ambiguous", `names ${matches.length} apps (${ids}): name one by its app id`);
  }
  const base = { app: entry.app, appId: match.id, appArn: match.arn };
  if (entry.branches.length === 0) {
    return { found: [{ ...base, branches: "every" }], missing: [] };
  }
  return namedBranches(entry, base, match.branches, last);
}

function namedBranches(
  entry: EnvironmentDocument["deploy"]["amplify"][number],
  base: { readonly app: string; readonly appId: string; readonly appArn: string },
  reading: Reading<readonly string[]> | null,
  last: ResolvedTargets["amplify"][number] | undefined,
): Collected<ResolvedTargets["amplify"][number]> {
  const existing = reading?.kind === "found" ? reading.value : [];
  const unreadable = reading?.kind === "unreadable";
  // A branch seen last in another app of this name says nothing about this one.
  const seen = last?.appId === base.appId && last.branches !== "every" ? last.branches : [];
  const missing: MissingTarget[] = [];
  const branches = entry.branches.filter((branch) => {
    if (existing.includes(branch)) return true;
    const kept = seen.includes(branch);
    const detail = unreadable ? "could not be read" : "does not exist";
    const why = unreadable ? "unreadable" : "absent";
    missing.push(missingTarget("amplify", `${entry.app} branch ${branch}`, why, kept, detail));
    return kept;
  });
  return { found: branches.length === 0 ? [] : [{ ...base, branches }], missing };
}
