import { safeText } from "../shared/language/visible.ts";
import { exitCodes } from "./exit-codes.ts";

/** The code of a mistake in the command line itself. */
export const wrongUsage = "WrongUsage";

type Details = {
  readonly exit: typeof exitCodes.failed | typeof exitCodes.usage;
  /** What programs branch on. */
  readonly code: string;
  /** The file or member that it is about; empty where it is the command line itself. */
  readonly where: string;
};

/** The error as programs get it. */
export function problemOf({ message, details: { code, where } }: CommandError): Problem {
  return { code, message, where };
}

type Problem = { readonly code: string; readonly message: string; readonly where: string };

/**
 * Ends a command without an answer: wrong usage, unless it says otherwise. The message is a
 * sentence; a token that was given in place of a file is not repeated in it.
 */
export class CommandError extends Error {
  readonly details: Details;

  constructor(message: string, details: Partial<Details> = {}) {
    super(safeText(message));
    const { exit = exitCodes.usage, code = wrongUsage, where = "" } = details;
    this.details = { exit, code, where: safeText(where) };
  }
}
