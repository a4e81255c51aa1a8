import * as z from "zod/mini";

/** Resolved targets as status and record keep them. */
export const resolvedTargetsSchema = z.object({
  ecr: z.array(z.object({ repository: z.string(), arn: z.string() })),
  appRunner: z.array(z.object({ service: z.string(), arn: z.string() })),
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
    }),
  ),
});
