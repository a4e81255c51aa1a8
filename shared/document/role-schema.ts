import * as z from "zod/mini";
import { noted, text } from "../schema/fields.ts";
import { mistakeIn } from "../schema/text-rule.ts";
import {
  ignoredTagRule,
  policyArnRule,
  policyNameRule,
  roleNameRule,
  rolePathRule,
  tagKeyRule,
  tagValueRule,
} from "./text-rules.ts";

/** 50 on a role, of which the reconciler sets three. */
export const tagsMax = 47;

const tagsSchema = noted(
  z
    .record(z.string(), text(tagValueRule, { about: "Value of the tag.", example: "platform" }))
    .check((context) => {
      for (const issue of tagIssues(Object.entries(context.value))) {
        context.issues.push({ ...issue, code: "custom", input: context.value, continue: true });
      }
    }),
  {
    about: "Tags of the role, beside the three that the reconciler sets.",
    allowed: `a mapping of at most ${tagsMax} tags; each key ${tagKeyRule.allowed}, each value ${tagValueRule.allowed}`,
    example: "{ team: platform }",
  },
);

const ignoredMax = 20;

const ignoreTagsSchema = noted(
  z
    .array(
      text(ignoredTagRule, {
        about: "Key of a tag, or its beginning and a closing `*`.",
        example: "cost-center",
      }),
    )
    .check(z.maxLength(ignoredMax)),
  {
    about:
      "Tags that others set on the role, such as an auto-tagger: they are neither removed nor reported. One that an earlier version had under `tags` is taken off first. Anyone who may set such a tag sets a principal tag of every session.",
    allowed: `a list of at most ${ignoredMax}, each ${ignoredTagRule.allowed}`,
    example: "[cost-center, map-migrated*]",
  },
);

type TagIssue = { readonly path: string[]; readonly message: string };

function tagIssues(tags: readonly (readonly [key: string, value: string])[]): readonly TagIssue[] {
  const seen = new Set<string>();
  const issues: TagIssue[] = [];
  for (const [key, value] of tags) {
    // IAM ignores the case of tag keys.
    const folded = key.toLowerCase();
    const message = tagMistake(key, folded, value, seen.has(folded));
    if (message !== null) issues.push({ path: [key], message });
    seen.add(folded);
  }
  const over = tags.length - tagsMax;
  if (over > 0) issues.push({ path: [], message: `has ${tags.length} tags, ${over} too many` });
  return issues;
}

function tagMistake(key: string, folded: string, value: string, taken: boolean): string | null {
  const mistake = mistakeIn(tagKeyRule, key);
  if (mistake !== null) return `has a key that ${mistake}`;
  if (taken) return "has a key that differs from another in case only";
  // The tag by which other owners claim a resource: the next run would take the role for theirs.
  const claims = folded.replaceAll(/[-_ ]/g, "") === "managedby" && value !== "oidc-reconciler";
  return claims ? "claims the role for another owner than oidc-reconciler" : null;
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
    ignoreTags: z.exactOptional(ignoreTagsSchema),
  }),
  {
    about: "The role that jobs assume.",
    allowed: "a mapping with name, path, maxSessionSeconds, permissionsBoundary, tags, ignoreTags",
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
    readOutputs: z._default(
      noted(z.boolean(), {
        about:
          "Whether jobs may read the environment's outputs, by `ssm:GetParameter` on `PREFIX/outputs/NAME`, so that a re-created target breaks no pipeline.",
        allowed: "true or false",
        example: "true",
      }),
      false,
    ),
  }),
  {
    about: "The managed policy with the deploy permissions.",
    allowed: "a mapping with name, readOutputs",
  },
);
