import * as z from "zod/mini";
import { distinctList, noted, text } from "../schema/fields.ts";
import { originRule } from "./origin.ts";
import { audienceRule, refRule, thumbprintRule, uuidRule } from "./text-rules.ts";
import { untilOf } from "./until.ts";

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
            "Only jobs of this repository: shuts out builds of forks, which carry the fork's origin, and tokens of version 1, which carry none. Owner and repository in the capitals that the host shows: IAM tells them apart.",
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
              if (untilOf(context.value) !== null) return;
              const message = /^\d{4}-\d{2}-\d{2}$/.test(context.value)
                ? "is a day without a time and a zone"
                : "is not an instant with a time zone";
              context.issues.push({
                code: "custom",
                input: context.value,
                message,
                continue: false,
              });
            },
            z.overwrite((instant) => untilOf(instant) ?? instant),
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

/** Which tokens count. */
export const circleciSchema = noted(
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

/** Whose tokens are let in. */
export const trustSchema = noted(
  z.strictObject({
    projects: noted(z.union([z.literal("all"), z.array(projectSchema).check(z.minLength(1))]), {
      about: "Whose jobs may assume the role.",
      allowed: "the word all (every project of the organisation) or a list of at least one project",
      example: "all",
    }),
  }),
  { about: "Which jobs may assume the role.", allowed: "a mapping with projects" },
);
