import { type Line, line, type Tone } from "../../shared/report/layout.ts";
import type { DoctorCheck, DoctorRun } from "../../shared/runs/doctor.ts";

export type Answered = Extract<DoctorRun, { readonly kind: "answered" }>;

/** The verdict and what to do, and below it every check in the order of the causes. */
export function doctorLines({ answer, message }: Answered): readonly Line[] {
  const { admitted, cause, checks, fix } = answer;
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  return [
    line(verdictOf(admitted, cause?.code ?? null), { tone: toneOf(admitted) }),
    line(sentence),
    ...(fix === null ? [] : [line(`Fix: ${fix}`)]),
    line(""),
    ...checks.map(checkLine),
  ];
}

function verdictOf(admitted: boolean | null, code: string | null): string {
  if (admitted === null) return "Undecided";
  return admitted ? "Admitted" : `Refused: ${code}`;
}

function toneOf(ok: boolean | null): Tone {
  if (ok === null) return "warning";
  return ok ? "good" : "bad";
}

/** As long as the longest name of a check. */
const nameWidth = "provider-audience".length;

/** The mark holds the name too, so that a long detail hangs below itself. */
function checkLine({ check, ok, detail }: DoctorCheck): Line {
  const mark = ok === null ? "? " : ok ? "ok" : "no";
  const tone = ok === false ? "bad" : ok === null ? "quiet" : "plain";
  return line(detail, { mark: `${mark} ${check.padEnd(nameWidth)}`, tone });
}
