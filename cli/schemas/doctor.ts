import * as z from "zod/mini";
import { checkNames } from "../../shared/diagnose/causes.ts";
import { cause, check } from "./diagnose.ts";
import { list } from "./parts.ts";

export const doctor = z.strictObject({
  admitted: z.nullable(z.boolean()),
  cause: z.nullable(cause),
  checks: list(z.extend(check, { check: z.enum(["environment", ...checkNames]) })),
  fix: z.nullable(z.string()),
});
