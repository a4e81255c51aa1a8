import * as z from "zod/mini";
import { distinctList, text } from "../../schema/fields.ts";
import { type EcsService, ecsServiceIn, ecsServiceRule } from "../ecs-service.ts";

const list = distinctList(
  text(ecsServiceRule, {
    about: "Name of an ECS Express service, with its cluster where that is not `default`.",
    example: "web/demo-backend",
  }),
  {
    about: "ECS Express services that jobs may deploy.",
    allowed: "a list of SERVICE or CLUSTER/SERVICE",
    example: "[demo-backend, web/demo-api]",
  },
);

/** The services of a document. */
export const expressServices: z.ZodMiniType<readonly EcsService[]> = z.pipe(
  z._default(list, []),
  z.transform((entries) => entries.map(ecsServiceIn)),
);
