import * as z from "zod/mini";
import { problem } from "./parts.ts";

/** What a command prints where it ends without an answer. */
export const error = z.strictObject({ error: problem });
