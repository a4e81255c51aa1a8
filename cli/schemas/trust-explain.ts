import * as z from "zod/mini";
import { list, problem } from "./parts.ts";

const statement = z.strictObject({
  where: z.string(),
  effect: z.enum(["Allow", "Deny"]),
  sentence: z.string(),
  principals: z.string(),
  actions: z.string(),
  conditions: list(z.string()),
  nobody: z.nullable(z.string()),
});

export const trustExplain = z.strictObject({
  statements: list(statement),
  looseEnds: list(z.extend(problem, { example: z.exactOptional(z.string()) })),
  undecided: list(problem),
  issuers: list(z.string()),
  beyondAws: list(z.string()),
});
