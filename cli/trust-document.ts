import { oddCharacterIn } from "../shared/document/odd-character.ts";
import type { Problem } from "../shared/policy/problem.ts";
import { documentIn, withAdvice } from "../shared/policy/wrapping.ts";
import { type CommandIo, type Options, readNamed } from "./trust-io.ts";

/** A trust policy as it stood in the user's file. */
export type Document = {
  /** The document alone, letter by letter, whatever it was wrapped in. */
  readonly text: string;
  /** The refusal as people are told of it: with how to come by a document, where this is none. */
  readonly told: (refusal: Problem) => Problem;
};

/** A file that holds several documents: refused before any of them is looked at. */
export class DocumentError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * Reads the trust policy out of the file that the user named.
 *
 * @param side what the place of a refusal begins with, such as `before`
 */
export async function readDocument(
  io: CommandIo,
  path: string,
  options: Options,
  side = "",
): Promise<Document> {
  const given = await readNamed(io, path);
  const found = documentIn(given, options.values.get("--role") ?? null);
  if (found.kind === "refused") throw new DocumentError({ ...found.problem, where: side });
  return { text: found.text, told: (refusal) => withAdvice(withOddCharacter(refusal), given) };
}

/** What a refusal quotes may hold what the eye cannot find, so that is said beside it. */
function withOddCharacter(refusal: Problem): Problem {
  const odd = oddCharacterIn(refusal.message);
  return odd === null ? refusal : { ...refusal, message: `${refusal.message} It ${odd}.` };
}
