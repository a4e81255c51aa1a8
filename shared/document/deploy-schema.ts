import * as z from "zod/mini";
import { noted, text } from "../schema/fields.ts";
import { byKind, kindNames, targetKinds } from "../targets/index.ts";
import { regionRule } from "./text-rules.ts";

/** What jobs may deploy to. */
export const deploySchema = noted(
  z.strictObject({
    region: z.exactOptional(
      noted(text(regionRule, { about: "", example: "" }), {
        about: "Region of the deploy targets.",
        allowed: regionRule.allowed,
        example: "us-east-1",
        pattern: regionRule.pattern.source,
        defaultText: "the Region that the function runs in",
      }),
    ),
    ...byKind<"schema">((name) => targetKinds[name].schema),
  }),
  {
    about: "What jobs may deploy to; `{}` for nothing yet.",
    allowed: `a mapping with ${["region", ...kindNames].join(", ")}, or {}`,
  },
);
