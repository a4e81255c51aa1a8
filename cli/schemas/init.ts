import * as z from "zod/mini";
import { comparison } from "./comparison.ts";
import { list } from "./parts.ts";
import { report } from "./report.ts";
import { call } from "./witness.ts";

const truth = z.nullable(z.boolean());

/** What a document grants and what a role grants now; null is "not decided". */
export const permissions = z.strictObject({
  widens: truth,
  narrows: truth,
  granted: z.nullable(call),
  lost: z.nullable(call),
});

export const init = z.strictObject({
  name: z.string(),
  parameter: z.string(),
  document: z.string(),
  report,
  comparison: z.nullable(comparison),
  permissions: z.nullable(permissions),
  notCarried: list(z.string()),
  written: z.nullable(z.int()),
});
