import type { Fault } from "../../shared/aws/reading.ts";
import { notApplied } from "../../shared/plan/applied.ts";
import type { Change, ChangeResult } from "../../shared/plan/change.ts";
import { type ChoiceInput, chooseVersion } from "../../shared/plan/choose.ts";
import { type ControlEntry, evidenceOf } from "../../shared/plan/control.ts";
import { type DesiredIdentity, desiredOf } from "../../shared/plan/desired.ts";
import type { EnvironmentPlan, Observation, PlanBase } from "../../shared/plan/environment.ts";
import {
  nothingObserved,
  type ObservedPolicy,
  type ObservedRole,
  type ObservedTargets,
} from "../../shared/plan/observed.ts";
import { noOrphans } from "../../shared/plan/orphans.ts";
import { planEnvironment } from "../../shared/plan/plan-environment.ts";
import type { AppliedRecord, ValidVersion } from "../../shared/plan/record.ts";
import { fenceBefore } from "../../shared/plan/record-after.ts";
import { roleBaseline } from "../../shared/plan/role-baseline.ts";
import { type WritePermission, writesOf } from "../../shared/plan/writes.ts";
import { alertsOf } from "../../shared/report/alerts.ts";
import { unknownAttribution } from "../../shared/report/attribution.ts";
import { type EnvironmentResult, reportEnvironment } from "../../shared/report/environment.ts";
import type { Alert } from "../../shared/report/report.ts";
import type { ReportInput } from "../../shared/report/report-input.ts";
import type { NewGrant } from "../../shared/targets/index.ts";
import {
  account,
  entryWith,
  installation,
  organization,
  place,
  read,
  recordWith,
  versionWith,
} from "../plan/entries.ts";
import { none } from "../targets/none.ts";

export const now = new Date("2026-02-01T12:00:00Z");
export const alice = "arn:aws:iam::123456789012:user/alice";
/** CloudTrail's answer: Alice, half a minute ago. */
export const byAlice = { actor: alice, openedAt: "2026-02-01T11:59:30.000Z" } as const;

export const first = versionWith(1);
/** The deploy target of every document here. */
export const repository = {
  repository: "demo-backend",
  arn: "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
  may: ["push"],
} as const;

/** The Region in which the repository of every document here exists. */
export const existing = (region: string): ObservedTargets => ({
  ...nothingObserved(region),
  ecr: { kind: "found", value: new Map([[repository.repository, repository.arn]]) },
});

/** What IAM holds for a version that is applied. */
export function identityOf({ document }: ValidVersion): DesiredIdentity {
  const targets = { ...none, ecr: [repository] };
  const result = desiredOf({ owner: place, document, targets, account, now });
  if (result.kind === "refused") throw new Error(result.problem.message);
  return result.identity;
}

export function roleOf(version: ValidVersion, given: Partial<ObservedRole> = {}): ObservedRole {
  const { role, policy } = identityOf(version);
  return { ...role, attached: [policy.arn], inline: [], ...given };
}

export function policyOf(
  version: ValidVersion,
  given: Partial<ObservedPolicy> = {},
): ObservedPolicy {
  const { policy } = identityOf(version);
  const document = given.document ?? policy.document ?? "";
  const versions = [{ id: "v1", isDefault: true, createdAt: "", document }];
  return {
    ...policy,
    document,
    defaultVersion: "v1",
    attachmentCount: 1,
    boundaryUsageCount: 0,
    versions,
    ...given,
  };
}

/** What a run finds, where it is not a settled environment of version 1 that is as it should be. */
export type Given = {
  /** The newest version; `null`: the document was deleted. */
  readonly newest?: ValidVersion | null;
  /** The version that the record names; `null`: there is no record. */
  readonly applied?: ValidVersion | null;
  readonly record?: Partial<AppliedRecord>;
  readonly entry?: Partial<ControlEntry>;
  readonly role?: ObservedRole | null;
  readonly policy?: ObservedPolicy | null;
  /** Texts of other policies that are attached, by ARN. */
  readonly documents?: ReadonlyMap<string, string>;
  readonly targets?: (region: string) => ObservedTargets;
  readonly permission?: Partial<WritePermission>;
  readonly choosing?: Partial<ChoiceInput>;
  /** How a change fails, if it does. */
  readonly fault?: (change: Change) => Fault | undefined;
  /** What a plan says beside its changes. */
  readonly plan?: Partial<PlanBase>;
  /** What jobs may do since something changed in AWS. */
  readonly newGrants?: readonly NewGrant[];
  /** Changes outside of the plan: of the shared provider, of orphans. */
  readonly further?: readonly ChangeResult[];
  readonly input?: Partial<ReportInput>;
};

/** Plays one run over one environment, in data alone. */
export function runOf(given: Given = {}): EnvironmentResult {
  const { newest = first, applied = newest, documents = new Map<string, string>() } = given;
  const { targets = existing } = given;
  const known = applied ?? newest ?? first;
  const { role = applied === null ? null : roleOf(known) } = given;
  const { policy = applied === null ? null : policyOf(known) } = given;
  const record = recordWith({ applied, ...given.record });
  const found = { kind: "found", record, parameterVersion: record.serial } as const;
  const entry = entryWith({
    newest: newest === null ? null : read(newest),
    record: applied === null ? { kind: "absent" } : found,
    ...given.entry,
  });
  const evidence = evidenceOf(entry);
  const context = { account, installation, now, force: false };
  const own = (name: string) => name === newest?.document.role.name;
  const choice = chooseVersion({
    ...context,
    entry,
    evidence,
    conflicts: [],
    claims: [],
    role: role === null || !own(role.name) ? null : roleBaseline(role, policy, documents),
    thumbprints: null,
    audiences: [organization],
    tagged: false,
    providerGuarded: false,
    targets,
    boundaries: documents,
    policyProblem: null,
    providerProblem: null,
    trustLengthMax: null,
    unreadUsers: null,
    unread: { role: null, provider: null },
    ...given.choosing,
  });
  const observed: Observation = {
    role: (name) => (name === role?.name ? { kind: "found", value: role } : { kind: "absent" }),
    policy: (arn) => (arn === policy?.arn ? { kind: "found", value: policy } : { kind: "absent" }),
    targets,
    documents,
  };
  const asked = { ...context, entry, evidence, choice, observed, providerClaims: [], adopts: null };
  const plan = { ...planEnvironment(asked), ...given.plan };
  return resultOf({ entry, plan: withGrants(plan, given.newGrants ?? []), given });
}

function withGrants(plan: EnvironmentPlan, newGrants: readonly NewGrant[]): EnvironmentPlan {
  if (plan.kind === "nothing") return plan;
  return { ...plan, resolution: { ...plan.resolution, newGrants } };
}

function resultOf(run: {
  readonly entry: ControlEntry;
  readonly plan: EnvironmentPlan;
  readonly given: Given;
}): EnvironmentResult {
  const { entry, plan, given } = run;
  const permission = { dryRun: false, force: false, steps: "all", ...given.permission } as const;
  const writes = writesOf(plan, permission);
  const results = plan.changes.map((change): ChangeResult => {
    const fault = given.fault?.(change);
    if (writes !== "allowed") return { change, outcome: "left" };
    return fault === undefined
      ? { change, outcome: "applied", policyVersion: null }
      : { change, outcome: "failed", fault };
  });
  const planned = { entry, plan, orphans: noOrphans, ownsProvider: true };
  return reportEnvironment({
    ...notApplied(planned, writes, fenceBefore(entry, plan.evidence)),
    results: [...results, ...(given.further ?? [])],
    attribute: () => unknownAttribution,
    ownSession: null,
    shut: [],
    account,
    installation,
    now,
    ...given.input,
  });
}

/** Alerts as a person reads them: kind and severity, title, text. */
export function shown(alerts: readonly Alert[]): string {
  return alerts
    .map(({ kind, severity, title, text }) => `${kind}, ${severity}\n${title}\n\n${text}`)
    .join("\n\n----\n\n");
}

/** The alerts of one run, as a person reads them. */
export function alertsIn(given: Given): string {
  return shown(alertsOf(runOf(given)));
}

export const provider = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;

/** A policy document with these statements. */
export const text = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });

export const everything = text({ Effect: "Allow", Action: "s3:*", Resource: "*" });

/** A run whose events say who made each change. */
export const knownWho: Given = { input: { attribute: () => byAlice } };
