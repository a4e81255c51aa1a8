import * as z from "zod/mini";

/** The text of `.circleci/config.yml`. */
export const circleciConfig = z.strictObject({ config: z.string() });
