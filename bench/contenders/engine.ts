import { compareTrust, witnessOf } from "../../shared/compare/index.ts";
import type { Contender } from "../question.ts";

/** The product's own engine. */
export const engine: Contender = {
  name: "this engine",
  answer: ({ before, after }) => {
    const { widening } = compareTrust({ before: [before], after: [after] });
    const widens = widening.kind === "open" ? null : widening.kind === "proved";
    return { widens, example: witnessOf(widening) };
  },
};
