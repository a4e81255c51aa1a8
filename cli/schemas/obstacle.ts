import * as z from "zod/mini";

/** What in a trust policy stops a request. */
export const obstacle = z.strictObject({
  part: z.enum(["principal", "action", "condition", "deny"]),
  where: z.string(),
  asked: z.string(),
  given: z.string(),
  message: z.string(),
});
