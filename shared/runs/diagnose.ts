import { type Diagnosis, diagnosisOf } from "../diagnose/cause.ts";
import type { Scene } from "../diagnose/examine.ts";
import { questionOf } from "../diagnose/question.ts";
import { accountIdOf, readCaller } from "../edge/caller.ts";
import type { Report } from "../report/report.ts";
import { envelope, type Invocation, type TaskResult } from "./envelope.ts";
import { faultsOf, readingOnce, sceneOf } from "./scene.ts";

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
