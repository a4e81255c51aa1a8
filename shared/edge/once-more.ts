import { faultOf } from "./faults.ts";

/** When to ask once more. */
type Again = {
  /** Is it still to be done then? A refusal may have taken its time. */
  readonly isDue?: (() => boolean) | undefined;
  /** Is what was done twice as if it was done once? Then an answer that cannot be read is asked for again as well. */
  readonly isSame?: boolean;
};

/**
 * Asks once more for what AWS refused: for what the next run has to know, and for alerts, which nobody may miss or
 * read twice. A single refusal is how a policy of the own role looks that IAM shows late. The SDK itself tries again
 * where no answer came, or none for certain; those errors, and the second refusal, are thrown.
 *
 * @param call as its fault would name it, `ssm:PutParameter`
 */
export async function onceMore<T>(
  call: string,
  ask: () => Promise<T>,
  { isDue = () => true, isSame = false }: Again = {},
): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    const { code, kind } = faultOf(call, thrown);
    const isRefused = kind !== "transient" || (isSame && code === "AnswerUnreadable");
    if (!isRefused || !isDue()) throw thrown;
    return ask();
  }
}
