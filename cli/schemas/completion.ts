import * as z from "zod/mini";

export const completion = z.strictObject({
  shell: z.enum(["bash", "zsh", "fish"]),
  script: z.string(),
});
