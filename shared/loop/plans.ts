import type { PlannedEnvironment } from "../plan/applied.ts";
import { versionOf } from "../plan/choice.ts";
import { opensNothing, ownerOf } from "../plan/context.ts";
import {
  type ControlEntry,
  type Evidence,
  evidenceOf,
  recordIn,
  writtenNames,
} from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { withoutGivenUp } from "../plan/given-up.ts";
import { withDoorsShut } from "../plan/left-role.ts";
import { type Organisation, organisationsOf, providerClaims } from "../plan/organisation.ts";
import { noOrphans, type Orphans, orphansOf } from "../plan/orphans.ts";
import { planEnvironment } from "../plan/plan-environment.ts";
import { takenOff, withoutGone } from "../plan/removed.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import { settledEvidence } from "../plan/upgrade.ts";
import type { EnvironmentReport } from "../report/report.ts";
import { wasReported } from "../report/reported-key.ts";
import { releasedKey } from "../report/reported-keys.ts";
import { settledReport } from "../report/settled.ts";
import { providerArn } from "../trust/index.ts";
import { adoptionBy, adoptionOf, providerUseOf, unreadUsersOf, usesOf } from "./adoption.ts";
import { choicesOf } from "./choices.ts";
import {
  choiceIn,
  evidenceIn,
  type Known,
  namesOfOthers,
  organizationsOfOthers,
} from "./others.ts";
import type { Planning, Plans } from "./planning.ts";

/**
 * Chooses a version for each environment and plans them all. Pure: it reads nothing. Of one with which
 * nothing is to be done, only the report is left: so a run holds as much as there is to do. Before any of it is
 * written, old roles let go of policies (`withPoliciesLetGo`).
 */
export function makePlans(planning: Planning): Plans {
  const { all, entries, snapshot } = planning;
  const provider = (arn: string) => snapshot.provider(arn);
  const evidence = withoutGivenUp(evidenceFound(planning), { ...planning, provider });
  const use = providerUseOf(all, evidence);
  const choices = choicesOf({ evidence, use }, planning);
  const known: Known = { evidence, use, choices };
  const untaken = new Map(
    entries.map((entry) => [entry.name, adoptionClaims(entry, known, planning)] as const),
  );
  const organisations = organisationsOf({
    ...planning,
    entries: all,
    evidence,
    choices,
    untaken: new Set([...untaken].flatMap(([name, claims]) => (claims.length > 0 ? [name] : []))),
    provider,
  });
  const written = opensNothing(planning)
    ? organisations.map((each) => ({ ...each, plan: { ...each.plan, opening: [] } }))
    : organisations;
  const byMember = organisationByMember(organisations);
  const busy = busyIn(organisations);
  const settled: EnvironmentReport[] = [];
  const environments = entries.flatMap((entry): readonly PlannedEnvironment[] => {
    const organisation = byMember.get(entry.name);
    const choice = choiceIn(known, entry);
    const claims = untaken.get(entry.name) ?? [];
    const input = {
      ...planning,
      entry,
      evidence: evidenceIn(known, entry),
      choice,
      observed: snapshot,
      providerClaims: claims.length > 0 ? claims : claimsOnProvider(entry, known, planning),
      adopts:
        choice.kind === "newest" ? (adoptionOf(entry, use, planning)?.provider ?? null) : null,
    };
    const decided = planEnvironment(input);
    const orphans = orphansIn(entry, decided, known, planning);
    const plan = withDoorsShut(decided, orphans, input);
    const planned = {
      entry,
      plan: {
        ...plan,
        settings: organisation?.settings ?? [],
        unmarked: [
          ...plan.unmarked,
          ...(organisation?.isUnmarked === true ? [organisation.providerArn] : []),
        ],
      },
      orphans,
      ownsProvider: organisation?.ours ?? true,
      ...(entry.newest === null ? { parted: takenOff(plan.evidence, planning, written) } : {}),
    };
    const report = busy.has(entry.name) ? null : settledIn(planned, planning);
    if (report === null) return [planned];
    settled.push(report);
    return [];
  });
  const { allRoles: roles, instanceProfiles } = snapshot;
  return {
    environments,
    settled,
    organisations: written,
    holders: snapshot.whole ? { roles, instanceProfiles } : null,
  };
}

/** What is known of each environment, as far as the account bears it out. */
function evidenceFound(planning: Planning): ReadonlyMap<string, Evidence> {
  return new Map(
    planning.all.map((entry) => {
      const settled = settledEvidence(evidenceOf(entry), entry, planning.snapshot, planning);
      return [entry.name, withoutGone(settled, entry, planning)];
    }),
  );
}

/** The first of each environment: another one may be what it only leaves. */
function organisationByMember(
  organisations: readonly Organisation[],
): ReadonlyMap<string, Organisation> {
  const byMember = new Map<string, Organisation>();
  for (const organisation of organisations) {
    for (const name of organisation.members) {
      if (!byMember.has(name)) byMember.set(name, organisation);
    }
  }
  return byMember;
}

/** Environments that something is to be done, or said, for together with others. */
function busyIn(organisations: readonly Organisation[]): ReadonlySet<string> {
  const busy = organisations.filter(
    ({ plan, widenings, observed, leavers }) =>
      plan.closing.length + plan.opening.length + widenings.length + leavers.length > 0 ||
      observed.kind === "unreadable",
  );
  return new Set(busy.flatMap(({ members, leavers }) => [...members, ...leavers]));
}

function settledIn(planned: PlannedEnvironment, planning: Planning): EnvironmentReport | null {
  const { settling } = planning;
  if (settling === null || settling.except.has(planned.entry.name)) return null;
  return settledReport(planned, planning, settling.permission);
}

/**
 * Why a version that is in force cannot take its provider over. It has used one of another home so
 * far, which that home has given up: roles may need what nobody here asks for, as with a new one.
 */
function adoptionClaims(entry: ControlEntry, known: Known, planning: Planning): readonly Blocked[] {
  const document = versionOf(choiceIn(known, entry))?.document;
  if (document === undefined) return [];
  const adoption = adoptionBy(document, entry, known.use, planning);
  const unread = unreadUsersOf(adoption, planning);
  if (unread === null) return usesOf(adoption, document, planning);
  return [{ code: "AudienceInUse", resource: "oidc-provider", message: unread.message }];
}

/** Whose the provider of the version in force is, if not ours. */
function claimsOnProvider(
  entry: ControlEntry,
  known: Known,
  planning: Planning,
): readonly Blocked[] {
  const document = versionOf(choiceIn(known, entry))?.document;
  if (document === undefined) return [];
  const { snapshot, account } = planning;
  return providerClaims({
    document,
    observed: snapshot.provider(providerArn(account, document.circleci.organizationId)),
    written: writtenNames(evidenceIn(known, entry), entry).organizations,
    owner: ownerOf(planning, entry),
  });
}

/** While nothing is in force, nobody knows which names are old, unless a record shows what once was. */
function orphansIn(
  entry: ControlEntry,
  plan: EnvironmentPlan,
  known: Known,
  planning: Planning,
): Orphans {
  if (plan.choice.kind === "nothing" && recordIn(plan.evidence) === null) return noOrphans;
  return orphansOf({
    ...planning,
    entry,
    plan,
    observed: planning.snapshot,
    wasReleased: (arn) => wasReported({ entry }, releasedKey(arn)),
    sharedOrganizations: () => organizationsOfOthers(entry, known, planning),
    others: () => namesOfOthers(entry, known, planning),
  });
}
