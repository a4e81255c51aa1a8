import type { Explanation } from "../explain/index.ts";
import type { ControlEntry, DocumentVersion } from "../plan/control.ts";
import { type InForce, inForceOf } from "../plan/in-force.ts";
import { describeExample } from "../report/describe.ts";
import { isSettled, isStale, type ShownHeartbeat, staleAfterMinutes } from "../report/overview.ts";
import type { Account } from "../trust/index.ts";
import { heldIn } from "../versions/held.ts";
import { heldWidening } from "../versions/held-widening.ts";
import type { KeptVersion } from "../versions/history.ts";
import type { RecordedCall } from "../wake/index.ts";
import { accessOf, permissionsOf } from "./access.ts";
import type { PageAudit, PageData, PageEnvironment, PageHold, PageTrail } from "./data.ts";
import { approvalCall, pastOf } from "./history.ts";
import { openingCalls } from "./openings.ts";
import { trustOf } from "./trust.ts";

/** What was read of one environment. */
export type ReadEnvironment = {
  readonly entry: ControlEntry;
  readonly versions: readonly KeptVersion[] | { readonly unread: string };
};

/** Everything that was read for a page. */
export type ReadForPage = {
  readonly now: Date;
  readonly madeBy: string;
  readonly account: Account;
  readonly region: string;
  readonly prefix: string;
  readonly periodMinutes: number;
  readonly heartbeat: ShownHeartbeat | null;
  readonly spoilt: readonly string[];
  readonly environments: readonly ReadEnvironment[];
  /** The trust policies of the account's roles by name in small letters; none where unreadable. */
  readonly liveTrust: ReadonlyMap<string, string>;
  /** Explains a trust policy at this moment. */
  readonly explain: (trustPolicy: string) => Explanation;
  readonly audit: PageAudit;
  readonly trail: PageTrail;
  readonly calls: readonly RecordedCall[];
};

/** The calls that a page looks for in CloudTrail. */
export const pageCalls = [...openingCalls, approvalCall] as const;

/** So many versions of each are judged and shown; of many environments fewer, the rest is counted. */
function versionsMaxOf(environments: number): number {
  if (environments <= 50) return 100;
  return environments <= 200 ? 20 : 3;
}

/** The one object that the page shows, from what was read. The same input gives the same object. */
export function pageDataOf(read: ReadForPage): PageData {
  const { heartbeat, periodMinutes, environments } = read;
  return {
    madeAt: read.now.toISOString(),
    madeBy: read.madeBy,
    account: read.account.id,
    region: read.region,
    prefix: read.prefix,
    heartbeat,
    isStale: isStale(heartbeat, periodMinutes),
    staleAfterMinutes: staleAfterMinutes(periodMinutes),
    spoilt: read.spoilt,
    environments: environments.map((each) => environmentOf(each, read)),
    unmanaged: read.audit,
    trail: read.trail,
  };
}

function environmentOf({ entry, versions }: ReadEnvironment, read: ReadForPage): PageEnvironment {
  const { name, newest, status, parameter } = entry;
  const { account, now, explain } = read;
  const place = { prefix: read.prefix, home: read.region, environment: name };
  const inForce = inForceOf(entry);
  const where = { account, place, now };
  const version = newest?.version ?? null;
  const { appliedVersion, appliedDigest, heldVersion, conditions } = status ?? unseen;
  const applied = appliedIn(entry);
  return {
    name,
    version,
    appliedVersion,
    appliedDigest,
    heldVersion,
    mode: inForce.kind === "applied" ? inForce.document.mode : null,
    isSettled: isSettled({ name, version, appliedVersion, heldVersion, conditions, outputs: {} }),
    conditions,
    held: holdOf(entry, applied, where),
    access: accessOf(inForce, where),
    trust: trustOf(inForce, liveTrustOf(inForce, read), { account, now, explain }),
    permissions: permissionsOf(inForce, where),
    history: pastOf({
      versions,
      parameter,
      calls: read.calls,
      judging: { status, applied, account, place, now },
      inForce,
      versionsMax: versionsMaxOf(read.environments.length),
    }),
  };
}

const unseen = { appliedVersion: null, appliedDigest: null, heldVersion: null, conditions: {} };

function liveTrustOf(inForce: InForce, { liveTrust }: ReadForPage): string | null {
  if (inForce.kind === "nothing") return null;
  return liveTrust.get(inForce.document.role.name.toLowerCase()) ?? null;
}

/** What is applied, as the record says. */
function appliedIn({ record }: ControlEntry): DocumentVersion | null {
  if (record.kind !== "found" || record.record.applied === null) return null;
  const { document, ...version } = record.record.applied;
  return { ...version, parsed: { kind: "valid", document } };
}

function holdOf(
  { newest, status, approvedVersion }: ControlEntry,
  applied: DocumentVersion | null,
  where: Pick<Parameters<typeof heldWidening>[0], "account" | "place">,
): PageHold | null {
  const held = heldIn(newest, status);
  if (held.kind !== "held") return null;
  const { version } = held;
  const widenings = heldWidening({ version, applied, ...where });
  const role = version.parsed.kind === "valid" ? version.parsed.document.role.name : "the role";
  const examples = widenings.map((each) => describeExample(each, role)).filter(Boolean);
  return {
    version: version.version,
    isApproved: approvedVersion === version.version,
    says: widenings.flatMap(({ says = [], reason }) => [
      ...says,
      ...(reason === undefined ? [] : [reason]),
    ]),
    example: examples[0] ?? null,
  };
}
