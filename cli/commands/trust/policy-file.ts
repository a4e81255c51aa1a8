import { oddCharacterIn } from "../../../shared/document/odd-character.ts";
import type { Problem } from "../../../shared/policy/problem.ts";
import { documentIn, withAdvice } from "../../../shared/policy/wrapping.ts";
import { type Line, line } from "../../../shared/report/layout.ts";
import type { Option } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { nameOf, textIn } from "../../files.ts";
import type { Io } from "../../io.ts";

export const roleOption = {
  value: "NAME",
  summary: "The role whose policy is meant, where a file holds several",
} as const satisfies Option;

/** A trust policy as it stood in the user's file. */
export type PolicyFile = {
  /** What a message calls the file. */
  readonly name: string;
  /** The document alone, letter by letter, whatever it was wrapped in. */
  readonly text: string;
  /** The refusal as people read it: where this is not a document, with how to get one. */
  readonly advised: (refusal: Problem) => Problem;
};

/**
 * Reads the trust policy out of the file that the user named.
 *
 * @param asked the role that is meant, and what the place of a refusal begins with, such as `before`
 * @throws CommandError where the file holds several documents
 */
export async function readPolicy(
  io: Io,
  path: string,
  asked: { readonly role: string | null; readonly side?: string },
): Promise<PolicyFile> {
  const given = await textIn(io, path, "text");
  const found = documentIn(given, asked.role);
  if (found.kind === "refused") {
    const { code, message } = found.problem;
    throw new CommandError(`${nameOf(path)}: ${message}`, { code, where: asked.side ?? path });
  }
  return {
    name: nameOf(path),
    text: found.text,
    advised: (refusal) => withAdvice(withOddCharacter(refusal), given),
  };
}

/** That IAM would refuse a policy, for machines: a refusal of the whole text has its file for a place. */
export function refusalJson({ code, message, where }: Problem, file: string): object {
  return { error: { code, message, where: where === "" ? file : where } };
}

/** The same for people: `which` is "the policy in trust.json". */
export function refusalLines({ code, message, where }: Problem, which: string): readonly Line[] {
  return [
    line(`IAM would refuse ${which}: ${message}`, { tone: "bad" }),
    line(where === "" ? `(${code})` : `at ${where} (${code})`, { indent: 2 }),
  ];
}

/** What a refusal quotes may hold what the eye cannot find, so that is said beside it. */
function withOddCharacter(refusal: Problem): Problem {
  const odd = oddCharacterIn(refusal.message);
  return odd === null ? refusal : { ...refusal, message: `${refusal.message} It ${odd}.` };
}
