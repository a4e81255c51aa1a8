import type { Problem } from "../../policy/problem.ts";
import type { TokenAnswer } from "./token-questions.ts";

/** Something a policy leaves open that its author may not have meant to: what, where, and why. */
export type LooseEnd = Problem & {
  /** The subject of a token that shows it: one that the issuer can sign and the policy admits. */
  readonly example?: string;
};

/** A loose end that an answer gives rise to; none where no such token gets in. */
export function looseEndOf(
  answer: TokenAnswer,
  told: { readonly code: string; readonly where: string },
  message: (subject: string) => string,
): readonly LooseEnd[] {
  switch (answer.kind) {
    case "none":
      return [];
    case "some":
      return [{ ...told, message: message(answer.subject), example: answer.subject }];
    case "open": {
      const doubt = `Whether this is so could not be decided, so it is told: ${message("")}`;
      return [{ ...told, message: doubt }];
    }
    default:
      return answer satisfies never;
  }
}
