import * as z from "zod/mini";
import { list } from "./parts.ts";

const gap = z.strictObject({
  gap: z.enum(["context", "ssh-rerun", "unversioned-config", "forks"]),
  enforcedBy: z.enum(["aws", "circleci", "nobody", "unknown"]),
  setting: z.string(),
  fix: z.nullable(z.string()),
});

/** What AWS cannot enforce, and who does. */
export const circleciCheck = z.strictObject({ gaps: list(gap) });
