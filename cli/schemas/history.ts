import * as z from "zod/mini";
import { comparison } from "./comparison.ts";
import { instantOrNull, list } from "./parts.ts";

/** The versions of a document, newest first. */
export const history = z.strictObject({
  name: z.string(),
  versions: list(
    z.strictObject({
      version: z.number(),
      at: instantOrNull,
      by: z.nullable(z.string()),
      labels: list(z.string()),
      state: z.enum(["applied", "held", "pending", "older", "invalid"]),
      comparison: z.nullable(comparison),
      /** Of a held version; null where what is applied cannot be shown. */
      againstApplied: z.exactOptional(z.nullable(comparison)),
    }),
  ),
});
