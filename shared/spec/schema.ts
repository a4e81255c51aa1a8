import * as z from "zod/mini";
import {
  amplifyAppRule,
  amplifyBranchRule,
  appRunnerRule,
  audienceRule,
  ecsExpressRule,
  faultOf,
  originRule,
  policyArnRule,
  policyNameRule,
  refRule,
  regionRule,
  repositoryRule,
  roleNameRule,
  rolePathRule,
  type TextRule,
  tagKeyRule,
  tagValueRule,
  thumbprintRule,
  uuidRule,
} from "./grammar.ts";
import { instantOf } from "./instant.ts";
import type { FieldNotes, NotesRegistry } from "./notes.ts";
import { appRunnerRegions } from "./regions.ts";

/** What is known of each field beside its type. */
export const fieldNotes: NotesRegistry = z.registry<FieldNotes, z.core.$ZodType>();

function noted<T extends z.core.$ZodType>(schema: T, notes: FieldNotes): T {
  fieldNotes.add(schema, notes);
  return schema;
}

/** A text under one rule; the first fault is the only finding. */
function text(rule: TextRule, notes: Omit<FieldNotes, "allowed">) {
  const schema = z.string().check((context) => {
    const fault = faultOf(rule, context.value);
    if (fault === null) return;
    context.issues.push({ code: "custom", input: context.value, message: fault, continue: false });
  });
  const { allowed, lengthMax, lengthMin = 1 } = rule;
  return noted(schema, { ...notes, allowed, pattern: rule.pattern.source, lengthMax, lengthMin });
}

/** A list in which the same value written twice counts once: it can mean nothing else. */
function distinctList<T extends z.core.$ZodType<string, string>>(
  item: T,
  notes: Omit<FieldNotes, "pattern">,
  atMost?: number,
) {
  const list = z.array(item).check(z.overwrite((values) => [...new Set(values)]));
  return noted(atMost === undefined ? list : list.check(z.maxLength(atMost)), notes);
}

const projectSchema = noted(
  z
    .strictObject({
      id: text(uuidRule, {
        about: "Id of the CircleCI project (Project Settings, Overview).",
        example: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
      }).check(z.toLowerCase()),
      origin: z.exactOptional(
        text(originRule, {
          about:
            "Only jobs of this repository: shuts out builds of forks, which carry the fork's origin, and tokens of version 1, which carry none.",
          example: "github.com/acme/shop",
        }),
      ),
      refs: z.exactOptional(
        noted(
          z
            .array(
              text(refRule, {
                about: "A branch or a tag in full; a `*` at the end stands for whatever follows.",
                example: "refs/heads/main",
              }),
            )
            .check(
              z.minLength(1),
              z.overwrite((refs) => [...new Set(refs)]),
            ),
          {
            about: "Only jobs of these branches and tags; needs `origin`.",
            allowed: "a list of at least one ref beside an origin; leave it out for every ref",
            example: "[refs/heads/main]",
          },
        ),
      ),
      until: z.exactOptional(
        noted(
          z.string().check(
            (context) => {
              if (instantOf(context.value) !== null) return;
              const message = /^\d{4}-\d{2}-\d{2}$/.test(context.value)
                ? "is a day without a time and a zone"
                : "is no instant with a zone";
              context.issues.push({
                code: "custom",
                input: context.value,
                message,
                continue: false,
              });
            },
            z.overwrite((instant) => instantOf(instant) ?? instant),
          ),
          {
            about:
              "The entry ends by itself at this instant: IAM enforces it, whether or not the reconciler runs.",
            allowed: "an ISO 8601 instant with a zone, such as 2026-12-31T00:00:00Z",
            example: "2026-12-31T00:00:00Z",
            pattern:
              "^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$",
          },
        ),
      ),
    })
    .check((context) => {
      if (context.value.refs === undefined || context.value.origin !== undefined) return;
      context.issues.push({
        code: "custom",
        input: context.value,
        path: ["refs"],
        message: "is given without an origin, and any fork has a branch of that name",
        params: { code: "contradiction" },
      });
    }),
  {
    about: "One project whose jobs may assume the role.",
    allowed: "a mapping with id, and optionally origin, refs and until",
  },
);

const circleciSchema = noted(
  z.strictObject({
    organizationId: text(uuidRule, {
      about: "Id of the CircleCI organisation (Organization Settings, Overview).",
      example: "11111111-2222-4333-8444-555555555555",
    }).check(z.toLowerCase()),
    audiences: z._default(
      distinctList(
        text(audienceRule, {
          about: "An audience that jobs ask for with `circleci run oidc get --claims`.",
          example: "sts.amazonaws.com",
        }),
        {
          about:
            "Further audiences of the provider and the trust policy; the organisation id is always one.",
          allowed: "a list of at most 99 audiences (a provider holds 100)",
          example: "[sts.amazonaws.com]",
        },
        99,
      ),
      [],
    ),
    thumbprints: z._default(
      distinctList(
        text(thumbprintRule, {
          about: "SHA-1 fingerprint of a certificate.",
          example: "9e99a48a9960b14926bb7f3b02e22da2b0ab7280",
        }).check(z.toLowerCase()),
        {
          about: "Certificates to pin in the provider; empty leaves IAM's own list alone.",
          allowed: "a list of at most 5 thumbprints",
          example: "[9e99a48a9960b14926bb7f3b02e22da2b0ab7280]",
        },
        5,
      ),
      [],
    ),
  }),
  {
    about: "The CircleCI organisation whose tokens count.",
    allowed: "a mapping with organizationId, audiences, thumbprints",
  },
);

const trustSchema = noted(
  z.strictObject({
    projects: noted(z.union([z.literal("all"), z.array(projectSchema).check(z.minLength(1))]), {
      about: "Whose jobs may assume the role.",
      allowed: "the word all (every project of the organisation) or a list of at least one project",
      example: "all",
    }),
  }),
  { about: "Who gets in.", allowed: "a mapping with projects" },
);

const tagsSchema = noted(
  z
    .record(z.string(), text(tagValueRule, { about: "Value of the tag.", example: "platform" }))
    .check((context) => {
      for (const issue of tagKeyIssues(Object.keys(context.value))) {
        context.issues.push({ ...issue, code: "custom", input: context.value, continue: true });
      }
    }),
  {
    about: "Tags of the role and the policy, beside the two that the reconciler sets.",
    allowed: `a mapping of at most 48 tags; each key ${tagKeyRule.allowed}, each value ${tagValueRule.allowed}`,
    example: "{ team: platform }",
  },
);

/** 50 on a role, of which the reconciler sets two. */
const tagsMax = 48;

/** IAM ignores the case of tag keys, and a tag `managed-by` is how other owners claim a resource. */
function tagKeyIssues(
  keys: readonly string[],
): readonly { readonly path: string[]; readonly message: string }[] {
  const seen = new Set<string>();
  const issues: { path: string[]; message: string }[] = [];
  for (const key of keys) {
    const fault = faultOf(tagKeyRule, key);
    const folded = key.toLowerCase();
    if (fault !== null) issues.push({ path: [key], message: `has a key that ${fault}` });
    else if (/^managed[-_ ]?by$/.test(folded)) {
      const message =
        "claims the role for another owner, so that the reconciler would not touch it";
      issues.push({ path: [key], message });
    } else if (seen.has(folded)) {
      issues.push({ path: [key], message: "has a key that differs from another in case only" });
    }
    seen.add(folded);
  }
  if (keys.length > tagsMax) {
    issues.push({
      path: [],
      message: `has ${keys.length} tags, ${keys.length - tagsMax} too many`,
    });
  }
  return issues;
}

const roleSchema = noted(
  z.strictObject({
    name: z._default(
      text(roleNameRule, { about: "Name of the role.", example: "CircleCI-OIDC-Role" }),
      "CircleCI-OIDC-Role",
    ),
    path: z._default(
      text(rolePathRule, {
        about: "Path of the role; IAM cannot change it later.",
        example: "/ci/",
      }),
      "/",
    ),
    maxSessionSeconds: z._default(
      noted(z.int().check(z.minimum(3600), z.maximum(43_200)), {
        about: "Longest session that a job may ask for, in seconds.",
        allowed: "a whole number from 3600 to 43200",
        example: "3600",
      }),
      3600,
    ),
    permissionsBoundary: z.exactOptional(
      text(policyArnRule, {
        about: "Permissions boundary of the role.",
        example: "arn:aws:iam::123456789012:policy/ci-boundary",
      }),
    ),
    tags: z._default(tagsSchema, {}),
  }),
  {
    about: "The role that jobs assume.",
    allowed: "a mapping with name, path, maxSessionSeconds, permissionsBoundary, tags",
  },
);

const policySchema = noted(
  z.strictObject({
    name: z._default(
      text(policyNameRule, {
        about: "Name of the managed policy.",
        example: "CircleCI-Deployment-Policy",
      }),
      "CircleCI-Deployment-Policy",
    ),
  }),
  { about: "The managed policy with the deploy permissions.", allowed: "a mapping with name" },
);

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

const deploySchema = noted(
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

/** The document of one environment, as people write it. */
export const environmentSchema = noted(
  z.strictObject({
    circleci: circleciSchema,
    trust: trustSchema,
    role: z.prefault(roleSchema, {}),
    policy: z.prefault(policySchema, {}),
    deploy: deploySchema,
    mode: z._default(
      noted(z.enum(["enforce", "observe", "suspend"]), {
        about:
          "`enforce` fixes drift; `observe` reports it and writes nothing in IAM; `suspend` leaves the environment alone.",
        allowed: "enforce, observe or suspend",
      }),
      "enforce",
    ),
    onWiden: z._default(
      noted(z.enum(["hold", "apply"]), {
        about:
          "What becomes of an edit that lets in more than before: `hold` waits for the SSM label `approved` on that version; `apply` applies and alerts.",
        allowed: "hold or apply",
      }),
      "hold",
    ),
    onRemove: z._default(
      noted(z.enum(["retain", "delete"]), {
        about: "What becomes of role and policy when the parameter is removed.",
        allowed: "retain or delete",
      }),
      "retain",
    ),
  }),
  {
    about: "The desired state of one environment.",
    allowed: "a mapping with circleci, trust, role, policy, deploy, mode, onWiden, onRemove",
  },
);
