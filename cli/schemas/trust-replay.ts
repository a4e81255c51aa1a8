import * as z from "zod/mini";
import { instantOrNull, list } from "./parts.ts";

const tally = z.strictObject({ admitted: z.number(), refused: z.number() });

const identity = z.strictObject({
  subject: z.string(),
  /** Null where no record says, which only another issuer's may. */
  audience: z.nullable(z.string()),
  count: z.number(),
  lastSeen: instantOrNull,
  obstacle: z.string(),
});

/** The identities that were seen for a role, against its trust policy and a proposed one. */
export const trustReplay = z.strictObject({
  role: z.string(),
  source: z.enum(["event-history", "files"]),
  from: instantOrNull,
  to: instantOrNull,
  records: z.number(),
  identities: z.number(),
  current: tally,
  proposed: z.nullable(tally),
  newlyRefused: list(identity),
  newlyAdmitted: list(identity),
  unused: list(z.strictObject({ statement: z.string(), key: z.string(), pattern: z.string() })),
});
