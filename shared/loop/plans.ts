import type { Clients } from "../edge/clients.ts";
import { readPolicy, readPolicyVersions } from "../edge/identity.ts";
import { type Choice, chooseVersion } from "../plan/choice.ts";
import type { ClaimConflict } from "../plan/claims.ts";
import type { ControlEntry } from "../plan/control.ts";
import {
  type EnvironmentPlan,
  emptyPlan,
  type Observation,
  planEnvironment,
} from "../plan/environment.ts";
import { needsVersions } from "../plan/identity.ts";
import type { Fault, ObservedPolicy, Reading } from "../plan/observed.ts";
import { type Organisation, organisationsOf } from "../plan/organisation.ts";
import { type Account, policyArn } from "../trust/index.ts";
import type { Snapshot } from "./observe.ts";

export type Planning = {
  /** Every environment of the prefix: they share names and providers. */
  readonly all: readonly ControlEntry[];
  /** Those that this run looks at. */
  readonly entries: readonly ControlEntry[];
  readonly conflicts: ReadonlyMap<string, readonly ClaimConflict[]>;
  readonly snapshot: Snapshot;
  readonly account: Account;
  readonly prefix: string;
  readonly now: Date;
};

export type Plans = {
  readonly environments: readonly {
    readonly entry: ControlEntry;
    readonly plan: EnvironmentPlan;
  }[];
  readonly organisations: readonly Organisation[];
};

/** Chooses a version for each environment and plans them all; reads further only what plans need. */
export async function makePlans(clients: Clients, planning: Planning): Promise<Plans> {
  const { entries, snapshot, account, prefix } = planning;
  const choices = new Map(entries.map((entry) => [entry.name, choiceOf(entry, planning)]));
  const organisations = organisationsOf({
    entries: planning.all,
    choices,
    provider: (arn) => snapshot.provider(arn),
    account,
    prefix,
  });
  const environments = await Promise.all(
    entries.map(async (entry) => {
      const choice = choices.get(entry.name) ?? { kind: "orphaned" as const };
      const plan = await planOne(clients, entry, choice, organisations, planning);
      return { entry, plan };
    }),
  );
  return { environments, organisations };
}

function choiceOf(entry: ControlEntry, planning: Planning): Choice {
  const { snapshot, conflicts, account, now } = planning;
  const newest = entry.newest?.parsed.kind === "valid" ? entry.newest.parsed.document : null;
  const role = newest === null ? null : snapshot.role(newest.role.name);
  return chooseVersion({
    entry,
    conflicts: conflicts.get(entry.name) ?? [],
    roleTrust: role?.kind === "found" ? role.value.trustPolicy : null,
    account,
    now,
  });
}

async function planOne(
  clients: Clients,
  entry: ControlEntry,
  choice: Choice,
  organisations: readonly Organisation[],
  planning: Planning,
): Promise<EnvironmentPlan> {
  const { snapshot, account, prefix, now } = planning;
  if (choice.kind !== "newest" && choice.kind !== "applied") return emptyPlan(entry.name, choice);
  const { document } = choice.at;
  const organisation = organisations.find(({ members }) => members.includes(entry.name));
  const observed: Observation = {
    role: snapshot.role(document.role.name),
    policy: snapshot.policy(policyArn(account, document.policy.name)),
    targets: snapshot.targets(document.deploy.region),
    strays: new Map(),
  };
  const providerClaim = organisation?.claim ?? null;
  const base = { entry, choice, account, prefix, now, providerClaim };
  const plan = planEnvironment({ ...base, observed });
  const detailed = await withDetails(clients, entry, plan, observed);
  return detailed === observed ? plan : planEnvironment({ ...base, observed: detailed });
}

/** What only a plan that writes needs to know: versions to prune, tags, what strays granted. */
async function withDetails(
  clients: Clients,
  entry: ControlEntry,
  plan: EnvironmentPlan,
  observed: Observation,
): Promise<Observation> {
  const { desired } = plan;
  if (desired === null || plan.faults.length > 0) return observed;
  const policy = observed.policy.kind === "found" ? observed.policy.value : null;
  const role = observed.role.kind === "found" ? observed.role.value : null;
  const strayArns = (role?.attached ?? []).filter((arn) => arn !== desired.policy.arn);
  const touches = plan.changes.length > 0 || entry.applied.kind !== "applied";
  const readTags = policy !== null && policy.tags === null && touches;
  const readVersions = policy !== null && needsVersions(desired, policy);
  if (strayArns.length === 0 && !readTags && !readVersions) return observed;
  const [strays, detailed] = await Promise.all([
    Promise.all(strayArns.map((arn) => readPolicy(clients, arn, null))),
    policy === null ? null : detailsOf(clients, policy, readTags, readVersions),
  ]);
  const documents = strays.flatMap((reading) =>
    reading.kind === "found" ? [[reading.value.arn, reading.value.document] as const] : [],
  );
  return { ...observed, policy: detailed ?? observed.policy, strays: new Map(documents) };
}

async function detailsOf(
  clients: Clients,
  policy: ObservedPolicy,
  readTags: boolean,
  readVersions: boolean,
): Promise<Reading<ObservedPolicy>> {
  const [tagged, versions] = await Promise.all([
    readTags ? readPolicy(clients, policy.arn, policy.defaultVersion) : null,
    readVersions ? readPolicyVersions(clients, policy.arn) : null,
  ]);
  const fault = faultIn(tagged) ?? faultIn(versions);
  if (fault !== null) return { kind: "unreadable", fault };
  const base = tagged?.kind === "found" ? tagged.value : policy;
  const list = versions?.kind === "found" ? versions.value : base.versions;
  return { kind: "found", value: { ...base, versions: list } };
}

function faultIn(reading: Reading<unknown> | null): Fault | null {
  return reading?.kind === "unreadable" ? reading.fault : null;
}
