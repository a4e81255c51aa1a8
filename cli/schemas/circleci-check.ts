import * as z from "zod/mini";
import { list } from "./parts.ts";

const gap = z.strictObject({
  gap: z.enum(["context", "ssh-rerun", "unversioned-config", "forks"]),
  enforcedBy: z.enum(["aws", "circleci", "nobody", "unknown"]),
  setting: z.string(),
  fix: z.nullable(z.string()),
});

/**
 * What AWS cannot enforce, and who does. `faults` says what could not be read, and `notes` what was not looked at: why
 * a gap is `unknown`.
 */
export const circleciCheck = z.strictObject({
  gaps: list(gap),
  faults: z.exactOptional(list(z.string())),
  notes: z.exactOptional(list(z.string())),
});
