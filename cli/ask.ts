import { CommandError } from "./command-error.ts";
import type { Io } from "./io.ts";

/**
 * Asks for a yes. What will happen is printed before; without an answer it is no.
 *
 * @param flag the option that answers yes, such as `--yes`
 * @throws CommandError where nobody can be asked: it names the option
 */
export async function confirm(
  { terminal }: Pick<Io, "terminal">,
  question: string,
  flag: string,
): Promise<boolean> {
  if (terminal === null) {
    const message = `"${question}" needs an answer, and nobody can be asked here: add ${flag} for yes.`;
    throw new CommandError(message);
  }
  const answer = (await terminal.ask(`${question} [y/N] `)) ?? "";
  return /^y(es)?$/i.test(answer.trim());
}
