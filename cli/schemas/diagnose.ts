import * as z from "zod/mini";
import { causeCodes, checkNames } from "../../shared/diagnose/causes.ts";
import { obstacle } from "./obstacle.ts";
import { instantOrNull, list } from "./parts.ts";
import { failure, report } from "./report.ts";

/** Why a token does not pass. */
export const cause = z.strictObject({ code: z.enum(causeCodes), message: z.string() });

/** One thing that was checked; null where it could not be. */
export const check = z.strictObject({
  check: z.enum(checkNames),
  ok: z.nullable(z.boolean()),
  detail: z.string(),
});

const diagnosis = z.strictObject({
  role: z.nullable(z.string()),
  subject: z.nullable(z.string()),
  at: instantOrNull,
  admitted: z.nullable(z.boolean()),
  cause: z.nullable(cause),
  message: z.string(),
  obstacles: list(obstacle),
  next: z.string(),
  checks: list(check),
});

export const diagnose = z.extend(report, {
  diagnosis: z.nullable(diagnosis),
  others: z.exactOptional(list(diagnosis)),
  found: z.exactOptional(z.string()),
  ...failure,
});
