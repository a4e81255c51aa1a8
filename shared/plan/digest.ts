import { createHash } from "node:crypto";

/** SHA-256 of a text, in hex: a re-created parameter starts at version 1 again. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
