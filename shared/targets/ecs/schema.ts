import * as z from "zod/mini";
import { distinctList, text } from "../../schema/fields.ts";
import type { TextRule } from "../../schema/text-rule.ts";
import { type EcsService, ecsServiceIn } from "../ecs-service.ts";

/** ECS: cluster and service names have up to 255 letters, digits, `_` and `-`. */
const plainServiceRule: TextRule = {
  pattern: /^[A-Za-z0-9_-]{1,255}\/[A-Za-z0-9_-]{1,255}$/,
  lengthMax: 511,
  allowed: "CLUSTER/SERVICE, each 1 to 255 of A-Z a-z 0-9 - _",
  mistakes: [
    { when: (text) => text.startsWith("arn:"), says: "is an ARN; write CLUSTER/SERVICE" },
    {
      when: (text) => !text.includes("/"),
      says: "names no cluster",
      instead: (text) => `default/${text}`,
    },
  ],
};

/** The plain ECS services of a document. */
export const plainServices: z.ZodMiniType<readonly EcsService[]> = z._default(
  z.pipe(
    distinctList(
      text(plainServiceRule, {
        about: "A service of ECS with its cluster.",
        example: "shop/web",
      }),
      {
        about:
          "Plain ECS services that jobs may update, with the task definitions they register for them and the roles they pass to them.",
        allowed: "a list of CLUSTER/SERVICE",
        example: "[shop/web]",
      },
    ),
    z.transform((entries) => entries.map(ecsServiceIn)),
  ),
  [],
);
