import * as z from "zod/mini";
import { distinctList, noted, text } from "./fields.ts";
import {
  amplifyAppRule,
  amplifyBranchRule,
  appRunnerRule,
  ecsExpressRule,
  regionRule,
  repositoryRule,
} from "./grammar.ts";
import { appRunnerRegions } from "./regions.ts";

const amplifySchema = noted(
  z.strictObject({
    app: text(amplifyAppRule, {
      about: "Name or id of the Amplify app.",
      example: "demo-frontend",
    }),
    branches: z._default(
      distinctList(
        text(amplifyBranchRule, { about: "Name of a branch, literally.", example: "main" }),
        {
          about: "Branches that jobs may deploy; none: every branch of the app.",
          allowed: "a list of branch names",
          example: "[main]",
        },
      ),
      [],
    ),
  }),
  { about: "One Amplify app.", allowed: "a mapping with app and, optionally, branches" },
);

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
    ecr: z._default(
      distinctList(
        text(repositoryRule, { about: "Name of an ECR repository.", example: "demo-backend" }),
        {
          about: "Repositories that jobs may push to.",
          allowed: "a list of names of ECR repositories",
          example: "[demo-backend]",
        },
      ),
      [],
    ),
    appRunner: z._default(
      distinctList(
        text(appRunnerRule, { about: "Name of an App Runner service.", example: "demo-backend" }),
        {
          about: "App Runner services that jobs may deploy.",
          allowed: `a list of names of App Runner services, in a Region that has App Runner (${appRunnerRegions.join(", ")})`,
          example: "[demo-backend]",
        },
      ),
      [],
    ),
    ecsExpress: z._default(
      distinctList(
        text(ecsExpressRule, {
          about: "Name of an ECS Express service, with its cluster where that is not `default`.",
          example: "web/demo-backend",
        }),
        {
          about: "ECS Express services that jobs may deploy.",
          allowed: "a list of SERVICE or CLUSTER/SERVICE",
          example: "[demo-backend, web/demo-api]",
        },
      ),
      [],
    ),
    amplify: z._default(
      noted(z.array(amplifySchema), {
        about: "Amplify apps that jobs may deploy.",
        allowed: "a list of mappings with app and, optionally, branches, each app once",
      }).check((context) => {
        const seen = new Set<string>();
        context.value.forEach(({ app }, index) => {
          if (seen.has(app)) {
            context.issues.push({
              code: "custom",
              input: app,
              path: [index, "app"],
              message: "is listed twice; its branches belong into one entry",
              params: { code: "contradiction" },
            });
          }
          seen.add(app);
        });
      }),
      [],
    ),
  }),
  {
    about: "What jobs may deploy to; `{}` for nothing yet.",
    allowed: "a mapping with region, ecr, appRunner, ecsExpress, amplify, or {}",
  },
);
