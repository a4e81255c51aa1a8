import * as z from "zod/mini";
import { failure, report } from "./report.ts";

/** What `plan` and `reconcile` print. */
export const run = z.extend(report, failure);
