import * as z from "zod/mini";
import { list } from "./parts.ts";

export const validate = z.strictObject({
  valid: z.boolean(),
  problems: list(z.looseObject({ code: z.string(), message: z.string() })),
});
