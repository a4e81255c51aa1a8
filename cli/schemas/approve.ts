import * as z from "zod/mini";
import { roleCall, witness } from "./witness.ts";

/** What was approved; `admitted` is null where no request proves what the version gains. */
export const approve = z.strictObject({
  name: z.string(),
  version: z.number(),
  admitted: z.nullable(z.union([witness, roleCall])),
  labelled: z.boolean(),
});
