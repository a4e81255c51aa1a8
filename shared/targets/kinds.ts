import { amplify } from "./amplify/kind.ts";
import { appRunner } from "./app-runner/kind.ts";
import { ecr } from "./ecr/kind.ts";
import { ecs } from "./ecs/kind.ts";
import { ecsExpress } from "./ecs-express/kind.ts";
import { lambda } from "./lambda/kind.ts";

/**
 * Every kind of deploy target, by its field in `deploy`. Their order is that of the document's
 * fields, of the policy's statements and of the outputs.
 */
export const kinds = { ecr, appRunner, ecsExpress, ecs, lambda, amplify };
