import * as z from "zod/mini";

/** A list that nobody changes. */
export function list<Item extends z.core.$ZodType>(item: Item) {
  return z.readonly(z.array(item));
}

/** Texts by name. */
export const texts = z.readonly(z.record(z.string(), z.string()));

/** An ISO 8601 instant, or null where it is not known. */
export const instantOrNull = z.nullable(z.string());

/** A code for programs, and a sentence for people. */
export const reportedError = z.strictObject({ code: z.string(), message: z.string() });

/** The same about one place of a document; `where` is empty for the whole. */
export const problem = z.strictObject({
  code: z.string(),
  message: z.string(),
  where: z.string(),
});
