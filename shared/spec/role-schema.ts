import * as z from "zod/mini";
import { noted, text } from "./fields.ts";
import {
  faultOf,
  policyArnRule,
  policyNameRule,
  roleNameRule,
  rolePathRule,
  tagKeyRule,
  tagValueRule,
} from "./grammar.ts";

/** 50 on a role, of which the reconciler sets two. */
export const tagsMax = 48;

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
    allowed: `a mapping of at most ${tagsMax} tags; each key ${tagKeyRule.allowed}, each value ${tagValueRule.allowed}`,
    example: "{ team: platform }",
  },
);

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

/** The role that jobs assume. */
export const roleSchema = noted(
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

/** The managed policy that the role carries. */
export const policySchema = noted(
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
