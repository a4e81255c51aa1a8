/**
 * This folder finds what a trust policy leaves open. The files that `../loose-ends.ts` asks hold one
 * question each, or several on one subject: `branches.ts`, `conditions.ts`, `issuers.ts`, `limits.ts`,
 * `nobody.ts`, `projects.ts` and `repositories.ts`. Each puts its question to the engine through
 * `token-questions.ts`. The other files are what questions are made of: sets of subjects, places to look
 * for a token, and what the patterns of a policy name. Here is what an answer looks like.
 */

import type { Problem } from "../../policy/problem.ts";
import type { TokenAnswer } from "./token-questions.ts";

/** Something a policy leaves open that its author may not have meant to: what, where, and why. */
export type LooseEnd = Problem & {
  /** The subject of a token that shows it: one that the issuer can sign and the policy admits. */
  readonly example?: string;
};

/** The loose end that an answer proves; none where no such token is admitted. */
export function looseEndOf(
  answer: TokenAnswer,
  end: { readonly code: string; readonly where: string },
  message: (subject: string) => string,
): readonly LooseEnd[] {
  switch (answer.kind) {
    case "none":
      return [];
    case "some":
      return [{ ...end, message: message(answer.subject), example: answer.subject }];
    case "open": {
      const unproved = `It could not be decided whether this is so: ${message("")}`;
      return [{ ...end, message: unproved }];
    }
    default:
      return answer satisfies never;
  }
}
