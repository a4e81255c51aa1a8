import { parseSubject } from "../circleci/tokens.ts";
import { alertOf } from "../report/alert.ts";
import { sentence } from "../report/alert-draft.ts";
import type { Alert } from "../report/report.ts";
import { shown } from "./causes.ts";
import type { NewRefusal } from "./refusal-memory.ts";

/** The alert about a refused job: which job, at which role, why, how often, and what to do. */
export function refusalAlert(refusal: NewRefusal): Alert {
  const { environment, diagnosis, isProven } = refusal;
  return alertOf({
    kind: "job-refused",
    severity: "warning",
    environment,
    title: `${environment}: a job was refused: ${titleOf(refusal)}`,
    parts: [
      `${jobOf(refusal)} was refused at the role ${diagnosis.role ?? "that it asked for"}.`,
      sentence(whyOf(refusal)),
      ...(isProven
        ? []
        : ["STS had not verified its token yet, so whose job it was is what the token says."]),
      `${oftenOf(refusal)} No alert about the same follows for a day.`,
      nextOf(refusal),
    ],
  });
}

function titleOf({ what }: NewRefusal): string {
  switch (what) {
    case "admitted":
      return "its role's trust policy admits it";
    case "undecided":
      return "the cause is not decided";
    default:
      return what;
  }
}

function jobOf({ call }: NewRefusal): string {
  const job = parseSubject(call.token?.subject ?? "");
  if (job?.kind !== "job") return "A job";
  const { projectId, userId, origin, ref } = job;
  const from = origin === null ? "" : ` (${shown(origin)}, ${shown(ref ?? "")})`;
  const session = call.sessionName === null ? "" : `, session ${shown(call.sessionName)}`;
  return `A job of project ${shown(projectId)}${from}, started by user ${shown(userId)}${session},`;
}

function whyOf({ what, diagnosis }: NewRefusal): string {
  const { cause, message } = diagnosis;
  if (what === "admitted") {
    return "The trust policy admits this token, and has for a quarter of an hour";
  }
  return cause === null ? message : `${cause.code}: ${cause.message}`;
}

function oftenOf({ total, since, lastAt, call }: NewRefusal): string {
  const region = call.region === null ? "" : ` in ${shown(call.region)}`;
  if (total === 1) return `Once, at ${shown(lastAt)}${region}.`;
  return `${total} times since ${shown(since)}, the last time at ${shown(lastAt)}${region}.`;
}

function nextOf({ what, diagnosis }: NewRefusal): string {
  if (what !== "admitted") return diagnosis.next;
  return "Look for what refuses it beside the trust policy: a resource control policy of the organisation, or the policy of a VPC endpoint for STS.";
}
