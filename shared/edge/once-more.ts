import { faultOf } from "./faults.ts";

/**
 * Asks once more for what AWS refused: for what the next run has to know, and for alerts, which nobody may miss or
 * read twice. A single refusal is how a policy of the own role looks that IAM shows late. The SDK itself tries again
 * where no answer came, or none for certain; those errors, and the second refusal, are thrown.
 *
 * @param call as its fault would name it, `ssm:PutParameter`
 * @param isDue is it still to be done then? A refusal may have taken its time
 */
export async function onceMore<T>(
  call: string,
  ask: () => Promise<T>,
  isDue: () => boolean = () => true,
): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (faultOf(call, thrown).kind === "transient" || !isDue()) throw thrown;
    return ask();
  }
}
