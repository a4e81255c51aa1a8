import { causeOf, type Diagnosis } from "../diagnose/cause.ts";
import { questionOf } from "../diagnose/question.ts";
import { accountIdAnyhow, accountIdOf, readCaller } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readProvider, readTrustPolicy } from "../edge/identity.ts";
import type { Report, ReportedError } from "../report/report.ts";

/** The run's envelope and the diagnosis; `null` where nothing could be asked. */
export type DiagnosisReport = Report & { readonly diagnosis: Diagnosis | null };

export type DiagnosisRun = {
  readonly clients: Clients;
  readonly input: unknown;
  /** The function's own; `null` from a shell. */
  readonly functionArn: string | null;
  readonly runId: string;
  readonly clock: () => Date;
};

type Found = Pick<DiagnosisReport, "account" | "diagnosis" | "errors">;

/** Tells which condition refused a CircleCI job, and the likely cause. It writes nothing. */
export async function diagnose(run: DiagnosisRun): Promise<DiagnosisReport> {
  const started = run.clock();
  const found = await look(run, started).catch(async (thrown: unknown): Promise<Found> => {
    const { code, message } = faultOf("the diagnosis", thrown);
    const errors: readonly ReportedError[] = [{ code, message }];
    const account = await accountIdAnyhow(run.clients, [run.functionArn]);
    return { account, diagnosis: null, errors };
  });
  return {
    runId: run.runId,
    trigger: "manual",
    dryRun: true,
    startedAt: started.toISOString(),
    durationMs: run.clock().getTime() - started.getTime(),
    environments: [],
    alerts: [],
    ...found,
    calls: Object.fromEntries([...run.clients.count].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

async function look(run: DiagnosisRun, now: Date): Promise<Found> {
  const question = questionOf(run.input);
  if (question.kind === "unclear") {
    // Nothing can be asked of AWS, so it is not asked whose account this is either.
    return { account: accountIdOf(run.functionArn), diagnosis: null, errors: [question.error] };
  }
  const { call } = question;
  const caller = await readCaller(run.clients);
  const { id, partition } = caller.account;
  const host = call.claims?.iss.replace(/^https:\/\//, "") ?? null;
  const [trustPolicy, provider] = await Promise.all([
    readTrustPolicy(run.clients, call.role),
    host === null
      ? ({ kind: "absent" } as const)
      : readProvider(run.clients, `arn:${partition}:iam::${id}:oidc-provider/${host}`),
  ]);
  return { account: id, diagnosis: causeOf({ call, trustPolicy, provider, now }), errors: [] };
}
