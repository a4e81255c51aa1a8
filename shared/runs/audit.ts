import { auditAlert } from "../audit/alert.ts";
import type { AuditedAccount } from "../audit/audited-account.ts";
import {
  type AuditFinding,
  findingsOf,
  fingerprint,
  fingerprintOf,
  isCiUserName,
} from "../audit/findings.ts";
import type { Installation } from "../document/index.ts";
import { readAuditedAccount } from "../edge/audit.ts";
import { accountBy, accountIdOf } from "../edge/caller.ts";
import { faultOf } from "../edge/faults.ts";
import { readNamed, writeParameter } from "../edge/parameters.ts";
import { circleciAccess, type Explanation, explainTrust } from "../explain/index.ts";
import { isRecord, parseJson } from "../json.ts";
import { announce, type Channels } from "../loop/announce.ts";
import { readControl } from "../loop/control.ts";
import { type Alert, type Report, type ReportedError, reportedError } from "../report/report.ts";
import { envelope, type Invocation, type TaskResult } from "./envelope.ts";

/** The report of an audit: the envelope of every report, and what the audit found. */
export type AuditReport = Report & { readonly findings: readonly AuditFinding[] };

type AuditRun = Invocation & {
  readonly installation: Installation;
  readonly channels: Channels;
  readonly trigger: "schedule" | "manual";
  /** Why the event that it was invoked with asks for no audit, in one sentence; `null` where it does. */
  readonly ignored: string | null;
  /** Sends no alert, remembers nothing and publishes no page. */
  readonly dryRun: boolean;
  /** Puts the weekly page where it belongs; `null` where nobody asked for one. */
  readonly publish: Publish | null;
};

/** It never throws: what went wrong are errors of the report. */
export type Publish = (audited: {
  readonly account: string;
  readonly environments: number;
  readonly now: Date;
}) => Promise<readonly ReportedError[]>;

/** What an audit has beside the envelope: its findings, and the alerts that no channel took. */
type Seen = Pick<AuditReport, "findings"> & { readonly undelivered: readonly Alert[] };

type AuditResult = Pick<Seen, "undelivered"> & { readonly report: AuditReport };

const nothingSeen: Seen = { findings: [], undelivered: [] };

/** Looks at the whole account, reports what is loose, and alerts once about what is new. */
export async function audit(input: AuditRun): Promise<AuditResult> {
  const { undelivered, ...report } = await envelope<Seen>(input, {
    name: "the audit",
    trigger: input.trigger,
    dryRun: input.dryRun,
    run: (started) => seen(input, started),
    failed: { ...nothingSeen, errors: [] },
  });
  return { report, undelivered };
}

async function seen(input: AuditRun, now: Date): Promise<TaskResult & Seen> {
  const { ignored, functionArn } = input;
  if (ignored === null) return look(input, now);
  return { account: accountIdOf(functionArn), ignored, ...nothingSeen };
}

async function look(input: AuditRun, now: Date): Promise<TaskResult & Seen> {
  const { clients, installation } = input;
  const { prefix } = installation;
  const [control, account, memory] = await Promise.all([
    readControl(clients, installation),
    readAuditedAccount(clients, isCiUserName),
    readNamed(clients, [`${prefix}/audit`]),
  ]);
  const { id } = await accountBy(clients, [control.anyArn, input.functionArn]);
  const findings = auditFindings(account, { entries: control.entries, prefix, now });
  // Without the roles nothing was decided, whatever else was found.
  const unread = account.rolesFault === null ? [] : [reportedError(account.rolesFault)];
  const base = { account: id, findings, errors: [...control.errors, ...unread] };
  if (input.dryRun) return { ...base, undelivered: [] };
  const known = knownIn(memory.get(`${prefix}/audit`)?.value ?? "");
  const names = namesOf(findings);
  const fresh = findings.filter((each) => {
    const own = fingerprintOf(each);
    return !known.has(own) && !known.has(names.get(own) ?? own);
  });
  const alerts = auditAlert(fresh);
  const context = {
    account: id,
    region: clients.region,
    runId: input.runId,
    at: now.toISOString(),
    widenings: [],
  };
  const delivery = await announce(
    clients,
    input.channels,
    alerts.map((alert) => ({ alert, context })),
  );
  // What no channel took is new to the next audit too. Of roles that could not be read nobody knows whether they are as
  // they were.
  const reported = [...names.values(), ...(account.rolesFault === null ? [] : known)];
  const isTaken = delivery.undelivered.length === 0;
  const faults = [...delivery.faults, ...(isTaken ? await remember(input, reported, now) : [])];
  // Last, for it takes minutes: alerts and memory do not wait for it.
  const audited = { account: id, environments: control.entries.length, now };
  const unpublished = (await input.publish?.(audited)) ?? [];
  const errors = [...base.errors, ...faults.map(reportedError), ...unpublished];
  return { ...base, errors, alerts, undelivered: delivery.undelivered };
}

/**
 * What an account as it was read leaves loose, by the engine that explains trust policies.
 *
 * @param explain for a caller who has these policies explained anyway: each takes long
 */
export function auditFindings(
  account: AuditedAccount,
  beside: Pick<Parameters<typeof findingsOf>[0], "entries" | "prefix" | "now">,
  explain: (trustPolicy: string) => Explanation = (text) => explainTrust(text, beside.now),
): readonly AuditFinding[] {
  const { now } = beside;
  const looseEnds = (trustPolicy: string) => {
    const explanation = explain(trustPolicy);
    return explanation.kind === "explained" ? explanation.looseEnds : [];
  };
  const access = (trustPolicy: string, providers: readonly string[]) =>
    circleciAccess(trustPolicy, { providers, at: now });
  return findingsOf({ account, ...beside, looseEnds, access });
}

/** The fingerprints in `PREFIX/audit`; none where it is missing or broken, and then all is new. */
function knownIn(text: string): ReadonlySet<string> {
  const memory = parseJson(text);
  const findings = isRecord(memory) ? memory["findings"] : null;
  return new Set(typeof findings === "string" ? findings.split(" ") : []);
}

/** So many findings are remembered one by one; what there is above, as one. */
const oneByOneMax = 400;
/** Sixteen letters and a space each: some two hundred fit a standard parameter, and so many an advanced one. */
const rememberedMax = 440;

/** What each finding is called in the memory, by its fingerprint. */
function namesOf(findings: readonly AuditFinding[]): ReadonlyMap<string, string> {
  const own = [...new Set(findings.map(fingerprintOf))];
  const rest = fingerprint(own.slice(oneByOneMax).join(" "));
  return new Map(own.map((each, at) => [each, at < oneByOneMax ? each : rest]));
}

/** Writes `PREFIX/audit`, so that the next audit alerts only about what is new. */
async function remember(input: AuditRun, reported: readonly string[], now: Date) {
  const known = [...new Set(reported)].slice(0, rememberedMax);
  const value = JSON.stringify({ at: now.toISOString(), findings: known.join(" ") });
  try {
    const name = `${input.installation.prefix}/audit`;
    await writeParameter(input.clients, name, value, { tier: "Intelligent-Tiering" });
    return [];
  } catch (thrown) {
    return [faultOf("remembering what the audit found", thrown)];
  }
}
