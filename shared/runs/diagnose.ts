import type { Reading } from "../aws/reading.ts";
import type { AskedCall } from "../diagnose/call.ts";
import { type Diagnosis, diagnosisOf } from "../diagnose/cause.ts";
import type { RoleSeen, Scene } from "../diagnose/examine.ts";
import { questionOf } from "../diagnose/question.ts";
import { providerToRead } from "../diagnose/request.ts";
import { askedRole } from "../diagnose/role.ts";
import { accountIdOf, readCaller } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import { readProvider, readRoleAlone } from "../edge/identity.ts";
import type { ObservedProvider } from "../plan/observed.ts";
import { type Report, type ReportedError, reportedError } from "../report/report.ts";
import type { Account } from "../trust/index.ts";
import { envelope, type Invocation, type TaskResult } from "./envelope.ts";

/** What a diagnosis adds to the envelope of its report. */
type Diagnosed = {
  /** `null` where the input holds nothing to diagnose, or the account could not be read. */
  readonly diagnosis: Diagnosis | null;
  /** Of several records: the refused calls that differ from it, the newest first. */
  readonly others?: readonly Diagnosis[];
  /** Of several records: what was among them, in one sentence. */
  readonly found?: string;
};

export type DiagnosisReport = Report & Diagnosed;

type DiagnosisRun = Invocation & { readonly input: unknown };

/** Says why a job was refused. It writes nothing. */
export async function diagnose(run: DiagnosisRun): Promise<DiagnosisReport> {
  return envelope<Diagnosed>(run, {
    name: "the diagnosis",
    trigger: "manual",
    dryRun: true,
    run: (started) => look(run, started),
    failed: { diagnosis: null, errors: [] },
  });
}

async function look(run: DiagnosisRun, now: Date): Promise<TaskResult & Diagnosed> {
  const question = questionOf(run.input);
  if (question.kind === "unclear") {
    // Nothing can be asked of AWS, so it is not asked whose account this is either.
    return { account: accountIdOf(run.functionArn), diagnosis: null, errors: [question.error] };
  }
  const { account } = await readCaller(run.clients);
  const reader = readingOnce(run.clients);
  const scenes: Scene[] = [];
  // One after the other: several records mostly speak of one role, and IAM takes few reads a second.
  for (const call of question.calls) scenes.push(await sceneOf(call, { account, reader, now }));
  const [diagnosis = null, ...others] = scenes.map(diagnosisOf);
  return {
    account: account.id,
    diagnosis,
    ...(others.length === 0 ? {} : { others }),
    ...(question.found === null ? {} : { found: question.found }),
    errors: scenes.slice(0, 1).flatMap(faultsOf),
  };
}

type Reader = {
  readonly role: (name: string) => Promise<Reading<RoleSeen>>;
  readonly provider: (arn: string) => Promise<Reading<ObservedProvider>>;
};

/** Reads nothing twice. */
function readingOnce(clients: Clients): Reader {
  const roles = new Map<string, Promise<Reading<RoleSeen>>>();
  const providers = new Map<string, Promise<Reading<ObservedProvider>>>();
  const once = <Value>(
    known: Map<string, Promise<Value>>,
    key: string,
    read: () => Promise<Value>,
  ): Promise<Value> => {
    const reading = known.get(key) ?? read();
    known.set(key, reading);
    return reading;
  };
  return {
    role: (name) => once(roles, name, () => readRoleAlone(clients, name)),
    provider: (arn) => once(providers, arn, () => readProvider(clients, arn)),
  };
}

async function sceneOf(
  call: AskedCall,
  here: { readonly account: Account; readonly reader: Reader; readonly now: Date },
): Promise<Scene> {
  const { account, reader, now } = here;
  const absent = { kind: "absent" } as const;
  const name = call.role === null ? null : askedRole(call.role).name;
  const arn = call.token === null ? null : providerToRead(call.token.issuer, account);
  const [role, provider] = await Promise.all([
    name === null ? absent : reader.role(name),
    arn === null ? absent : reader.provider(arn),
  ]);
  return { call, account, role, provider, now };
}

function faultsOf({ role, provider }: Scene): readonly ReportedError[] {
  return [role, provider].flatMap((reading) =>
    reading.kind === "unreadable" ? reportedError(reading.fault) : [],
  );
}
