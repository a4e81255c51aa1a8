import * as z from "zod/mini";

/** How long the loop took, or that it did not. */
export const drill = z.strictObject({
  name: z.string(),
  openedAt: z.string(),
  closedAt: z.string(),
  seconds: z.number(),
  closedBy: z.enum(["loop", "drill"]),
});
