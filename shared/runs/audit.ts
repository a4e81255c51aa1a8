import { auditAlert } from "../audit/alert.ts";
import { type Finding, findingsOf, fingerprintOf, isCiUserName } from "../audit/findings.ts";
import type { Installation } from "../document/index.ts";
import { readAuditedAccount } from "../edge/audit.ts";
import { accountBy, accountIdAnyhow, accountIdOf } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readNamed, writeParameter } from "../edge/parameters.ts";
import { circleciAccess, explainTrust } from "../explain/index.ts";
import { announce, type Channels } from "../loop/announce.ts";
import { readControl } from "../loop/control.ts";
import type { Alert, Report, ReportedError } from "../report/report.ts";

/** The report of an audit: the run's envelope, and what it found. */
export type AuditReport = Report & { readonly findings: readonly Finding[] };

export type AuditRun = {
  readonly clients: Clients;
  readonly installation: Installation;
  readonly channels: Channels;
  readonly trigger: "schedule" | "manual";
  /** Why what it was invoked with asks for no audit, in one sentence; `null` where it does. */
  readonly ignored: string | null;
  /** The function's own; `null` from a shell. */
  readonly functionArn: string | null;
  /** Neither alerts nor remembers. */
  readonly dryRun: boolean;
  readonly runId: string;
  readonly clock: () => Date;
};

export type AuditResult = { readonly report: AuditReport; readonly undelivered: readonly Alert[] };

/** Looks at the whole account, tells what is loose, and alerts once of what is new. */
export async function audit(input: AuditRun): Promise<AuditResult> {
  const started = input.clock();
  const result = await (input.ignored === null
    ? look(input, started).catch((thrown: unknown) => failed(input, thrown))
    : nothingSeen(accountIdOf(input.functionArn)));
  const { undelivered, findings, ...rest } = result;
  const report: AuditReport = {
    runId: input.runId,
    trigger: input.trigger,
    dryRun: input.dryRun,
    startedAt: started.toISOString(),
    durationMs: input.clock().getTime() - started.getTime(),
    environments: [],
    ...rest,
    findings,
    ...(input.ignored === null ? {} : { ignored: input.ignored }),
    calls: Object.fromEntries([...input.clients.count].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
  return { report, undelivered };
}

type Seen = Pick<AuditReport, "account" | "findings" | "alerts"> & {
  readonly errors: readonly ReportedError[];
  readonly undelivered: readonly Alert[];
};

/** What an audit has to say that looked at nothing. */
function nothingSeen(account: string | null): Seen {
  return { account, findings: [], alerts: [], errors: [], undelivered: [] };
}

async function failed({ clients, functionArn }: AuditRun, thrown: unknown): Promise<Seen> {
  const { code, message } = faultOf("the audit", thrown);
  const account = await accountIdAnyhow(clients, [functionArn]);
  return { ...nothingSeen(account), errors: [{ code, message }] };
}

async function look(input: AuditRun, now: Date): Promise<Seen> {
  const { clients, installation } = input;
  const { prefix } = installation;
  const [control, account, memory] = await Promise.all([
    readControl(clients, installation),
    readAuditedAccount(clients, isCiUserName),
    readNamed(clients, [`${prefix}/audit`]),
  ]);
  const looseEnds = (trustPolicy: string) => {
    const explanation = explainTrust(trustPolicy, now);
    return explanation.kind === "explained" ? explanation.looseEnds : [];
  };
  const access = (trustPolicy: string, providers: readonly string[]) =>
    circleciAccess(trustPolicy, { providers, at: now });
  const { id } = await accountBy(clients, [control.anyArn, input.functionArn]);
  const findings = findingsOf({
    account,
    entries: control.entries,
    prefix,
    looseEnds,
    access,
    now,
  });
  const base = { account: id, findings, errors: [...control.errors] };
  if (input.dryRun) return { ...base, alerts: [], undelivered: [] };
  const known = new Set(memory.get(`${prefix}/audit`)?.value.match(/\b[0-9a-f]{8}\b/g) ?? []);
  const alerts = auditAlert(findings.filter((each) => !known.has(fingerprintOf(each))));
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
  const faults = [...delivery.faults, ...(await remember(input, findings, now))];
  const errors = [...base.errors, ...faults.map(({ code, message }) => ({ code, message }))];
  return { ...base, errors, alerts, undelivered: delivery.undelivered };
}

/** Eight digits and a space each: some four hundred fit a standard parameter. */
const rememberedMax = 400;

/** Writes `PREFIX/audit`, so that the next audit tells only what is new. */
async function remember(input: AuditRun, findings: readonly Finding[], now: Date) {
  const known = [...new Set(findings.map(fingerprintOf))].slice(0, rememberedMax);
  const value = JSON.stringify({ at: now.toISOString(), findings: known.join(" ") });
  try {
    await writeParameter(input.clients, `${input.installation.prefix}/audit`, value);
    return [];
  } catch (thrown) {
    return [faultOf("remembering what the audit found", thrown)];
  }
}
