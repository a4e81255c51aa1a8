import * as z from "zod/mini";
import { mayWords } from "../document/index.ts";

/**
 * Resolved targets as status and record keep them. The release before `may` kept none of the words,
 * and had every app released by StartJob.
 */
export const resolvedTargetsSchema = z.object({
  ecr: z.array(
    z.object({
      repository: z.string(),
      arn: z.string(),
      may: z._default(z.array(z.enum(mayWords.ecr)), ["push"]),
    }),
  ),
  appRunner: z.array(
    z.object({
      service: z.string(),
      arn: z.string(),
      may: z._default(z.array(z.enum(mayWords.appRunner)), ["deploy"]),
      passes: z._default(z.object({ instance: z.array(z.string()), access: z.array(z.string()) }), {
        instance: [],
        access: [],
      }),
    }),
  ),
  ecsExpress: z.array(
    z.object({
      cluster: z.string(),
      service: z.string(),
      arn: z.string(),
      taskFamilyArn: z.string(),
      passRoles: z.array(z.string()),
    }),
  ),
  amplify: z.array(
    z.object({
      app: z.string(),
      appId: z.string(),
      appArn: z.string(),
      branches: z.union([z.literal("every"), z.array(z.string())]),
      may: z._default(z.array(z.enum(mayWords.amplify)), ["release"]),
      hasRepository: z._default(z.boolean(), true),
    }),
  ),
});
