import * as z from "zod/mini";
import { list, problem } from "./parts.ts";
import { witness } from "./witness.ts";

const truth = z.nullable(z.boolean());

/** What two policies differ in; null is "not decided". */
function comparisonOf<Proof extends z.core.$ZodType>(proof: Proof) {
  return z.strictObject({
    verdict: z.enum(["equivalent", "narrowed", "widened", "changed", "undecided"]),
    widens: truth,
    narrows: truth,
    possible: z.strictObject({ widens: truth, narrows: truth }),
    admitted: z.nullable(proof),
    dropped: z.nullable(proof),
    undecided: list(problem),
  });
}

/** The comparison of two trust policies. */
export const comparison = comparisonOf(witness);
