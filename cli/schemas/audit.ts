import * as z from "zod/mini";
import { list } from "./parts.ts";
import { failure, report } from "./report.ts";

const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(["critical", "warning", "info"]),
  subject: z.string(),
  message: z.string(),
  next: z.string(),
});

export const audit = z.extend(report, { findings: list(finding), ...failure });
