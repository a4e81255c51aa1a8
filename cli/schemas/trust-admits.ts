import * as z from "zod/mini";
import { obstacle } from "./obstacle.ts";
import { list } from "./parts.ts";
import { context, principal } from "./witness.ts";

export const trustAdmits = z.strictObject({
  admitted: z.nullable(z.boolean()),
  statement: z.nullable(z.string()),
  obstacles: z.exactOptional(list(obstacle)),
  request: z.strictObject({ principal, action: z.string(), context }),
  notes: z.exactOptional(
    list(
      z.strictObject({
        code: z.enum(["token-expired", "token-not-yet-valid"]),
        message: z.string(),
      }),
    ),
  ),
});
