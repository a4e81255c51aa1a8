import * as z from "zod/mini";
import { distinctList, noted, text } from "../schema/fields.ts";
import {
  amplifyAppRule,
  amplifyBranchRule,
  appRunnerRule,
  ecsExpressRule,
  regionRule,
  repositoryRule,
} from "./grammar.ts";
import { mayWords } from "./may.ts";
import { appRunnerRegions } from "./regions.ts";

/** The words of one part's `may`: at least one, each once and in the order of the table. */
function mayList<const Words extends readonly [string, ...string[]]>(
  words: Words,
  notes: { readonly about: string; readonly example: string },
) {
  const word = noted(z.enum(words), { about: "One of the words.", allowed: words.join(", ") });
  const list = z
    .array(word)
    .check(z.minLength(1))
    .check(
      z.overwrite((written) => {
        return [...new Set(written)].sort(
          (one, other) => words.indexOf(one) - words.indexOf(other),
        );
      }),
    );
  return noted(list, { ...notes, allowed: `a list of at least one of ${words.join(", ")}` });
}

const repositoryName = text(repositoryRule, {
  about: "Name of an ECR repository.",
  example: "demo-backend",
});

const repositoryEntry = noted(
  z.union([
    repositoryName,
    z.strictObject({
      repository: repositoryName,
      may: z._default(
        mayList(mayWords.ecr, {
          about:
            "`push`: the guide's permissions; `read-images`: `ecr:DescribeImages` and `ecr:ListImages` on the repository.",
          example: "[push, read-images]",
        }),
        ["push"],
      ),
    }),
  ]),
  {
    about: "A repository by its name, or with what jobs may do to it.",
    allowed: `${repositoryRule.allowed}, or a mapping with repository and, optionally, may`,
    example: "demo-backend",
  },
);

const serviceName = text(appRunnerRule, {
  about: "Name of an App Runner service.",
  example: "demo-backend",
});

const serviceEntry = noted(
  z.union([
    serviceName,
    z.strictObject({
      service: serviceName,
      may: z._default(
        mayList(mayWords.appRunner, {
          about:
            "`deploy`: the guide's permissions; `watch`: `apprunner:ListOperations` on the service, to follow a deployment; `update`: `apprunner:UpdateService` on the service and `iam:PassRole` on exactly the roles that it uses.",
          example: "[deploy, watch]",
        }),
        ["deploy"],
      ),
    }),
  ]),
  {
    about: "A service by its name, or with what jobs may do to it.",
    allowed: `${appRunnerRule.allowed}, or a mapping with service and, optionally, may`,
    example: "demo-backend",
  },
);

const appName = text(amplifyAppRule, {
  about: "Name or id of the Amplify app.",
  example: "demo-frontend",
});

const appEntry = noted(
  z.union([
    appName,
    z.strictObject({
      app: appName,
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
      may: z._default(
        mayList(mayWords.amplify, {
          about:
            "`release`: the guide's permissions, where an app without a repository takes an upload in place of `amplify:StartJob`; `upload`: `amplify:CreateDeployment` and `amplify:StartDeployment` on the branch.",
          example: "[release]",
        }),
        ["release"],
      ),
    }),
  ]),
  {
    about: "An Amplify app by its name or id, or with its branches and what jobs may do to them.",
    allowed: `${amplifyAppRule.allowed}, or a mapping with app and, optionally, branches and may`,
    example: "{ app: demo-frontend, branches: [main] }",
  },
);

/** What an entry comes to: whose it is, what it means, and where in it the name stands. */
type Reading = {
  readonly name: string;
  /** `null`: the name may stand in one entry only, whatever it means there. */
  readonly meaning: string | null;
  readonly at: readonly string[];
};

/** A name that is listed again with another meaning: nobody could tell which of them holds. */
function listedTwice(entries: readonly Reading[], belongs: string): readonly z.core.$ZodRawIssue[] {
  const seen = new Map<string, string | null>();
  return entries.flatMap(({ name, meaning, at }, index) => {
    const before = seen.get(name);
    if (before === undefined) seen.set(name, meaning);
    if (before === undefined || (meaning !== null && before === meaning)) return [];
    const message = `is listed twice; ${belongs}`;
    const params = { code: "contradiction" };
    return [{ code: "custom", input: name, path: [index, ...at], message, params } as const];
  });
}

const wordsBelong = "its words belong into one entry";

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
      noted(z.array(repositoryEntry), {
        about: "Repositories that jobs may push to.",
        allowed: "a list of names of ECR repositories, or of mappings with repository and may",
        example: "[demo-backend]",
      }).check((context) => {
        const read = context.value.map((entry) =>
          typeof entry === "string"
            ? { name: entry, meaning: mayWords.ecr[0], at: [] }
            : { name: entry.repository, meaning: entry.may.join(), at: ["repository"] },
        );
        context.issues.push(...listedTwice(read, wordsBelong));
      }),
      [],
    ),
    appRunner: z._default(
      noted(z.array(serviceEntry), {
        about: "App Runner services that jobs may deploy.",
        allowed: `a list of names of App Runner services, or of mappings with service and may, in a Region that has App Runner (${appRunnerRegions.join(", ")})`,
        example: "[demo-backend]",
      }).check((context) => {
        const read = context.value.map((entry) =>
          typeof entry === "string"
            ? { name: entry, meaning: mayWords.appRunner[0], at: [] }
            : { name: entry.service, meaning: entry.may.join(), at: ["service"] },
        );
        context.issues.push(...listedTwice(read, wordsBelong));
      }),
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
      noted(z.array(appEntry), {
        about: "Amplify apps that jobs may deploy.",
        allowed: "a list of names or ids, or of mappings with app, branches and may, each app once",
      }).check((context) => {
        const read = context.value.map((entry) =>
          typeof entry === "string"
            ? { name: entry, meaning: null, at: [] }
            : { name: entry.app, meaning: null, at: ["app"] },
        );
        context.issues.push(
          ...listedTwice(read, "its branches and its words belong into one entry"),
        );
      }),
      [],
    ),
  }),
  {
    about: "What jobs may deploy to; `{}` for nothing yet.",
    allowed: "a mapping with region, ecr, appRunner, ecsExpress, amplify, or {}",
  },
);
