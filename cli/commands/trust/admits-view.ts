import type { Admission } from "../../../shared/explain/index.ts";
import type { TokenNote } from "../../../shared/issuers/token.ts";
import { type Line, line } from "../../../shared/report/layout.ts";
import { nameOf } from "../../files.ts";
import { refusalJson, refusalLines } from "./policy-file.ts";

/**
 * `notes`, on what STS itself will say of the token, is there only where there is something to say.
 *
 * @param file the file that holds the policy, as it was given
 */
export function admissionJson(
  admission: Admission,
  notes: readonly TokenNote[],
  file: string,
): object {
  if (admission.kind === "refused") return refusalJson(admission.error, file);
  const { request, kind, ...rest } = admission;
  return {
    admitted: kind === "admitted" ? true : kind === "undecided" ? null : false,
    ...rest,
    request: { ...request, context: Object.fromEntries(request.context) },
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** The same for people. */
export function admissionLines(
  admission: Admission,
  notes: readonly TokenNote[],
  file: string,
): readonly Line[] {
  return [
    ...answerLines(admission, file),
    ...notes.map(({ message }) => line(message, { mark: "but:", tone: "warning" })),
  ];
}

function answerLines(admission: Admission, file: string): readonly Line[] {
  switch (admission.kind) {
    case "refused":
      return refusalLines(admission.error, `the policy in ${nameOf(file)}`);
    case "admitted":
      return [line(`yes: ${admission.statement} admits the request.`, { tone: "good" })];
    case "undecided": {
      const why = "applies depends on what is not documented or not known.";
      return [line(`undecided: whether ${admission.statement} ${why}`, { tone: "warning" })];
    }
    case "not-admitted":
      return [
        line(
          admission.statement === null
            ? "no: the policy has no Allow."
            : `no. The nearest statement is ${admission.statement}:`,
          { tone: "bad" },
        ),
        ...admission.obstacles.map(({ message, where }) =>
          line(`${message} (${where})`, { indent: 2, mark: "-" }),
        ),
      ];
    default:
      return admission satisfies never;
  }
}
