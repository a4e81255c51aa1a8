import * as z from "zod/mini";

/** What `report` answers: the file that it wrote, its length, and how many environments are on it. */
export const page = z.strictObject({
  file: z.string(),
  bytes: z.int(),
  environments: z.int(),
});
