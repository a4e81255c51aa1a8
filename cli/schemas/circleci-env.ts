import * as z from "zod/mini";
import { list, problem } from "./parts.ts";

const variable = z.strictObject({
  name: z.string(),
  state: z.enum(["missing", "differs", "unsure", "same", "present"]),
  change: z.enum(["create", "update", "delete", "none"]),
  applied: z.boolean(),
});

/**
 * How the variables of a project or a context compare; `blocked` says why static keys stay, `error`
 * what ended the writing before its end.
 */
export const circleciEnv = z.strictObject({
  target: z.strictObject({ kind: z.enum(["project", "context"]), id: z.string() }),
  variables: list(variable),
  blocked: z.exactOptional(list(z.string())),
  error: z.exactOptional(problem),
});
