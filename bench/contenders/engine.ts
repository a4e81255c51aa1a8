import { compareTrust } from "../../shared/compare/index.ts";
import type { Contender } from "../question.ts";

/** The product's own engine. */
export const engine: Contender = {
  name: "this engine",
  answer: ({ before, after }) => {
    const answer = compareTrust({ before, after });
    return answer.kind === "refused" ? null : answer.widens;
  },
};
