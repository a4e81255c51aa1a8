import * as z from "zod/mini";
import { noted } from "../schema/fields.ts";
import { deploySchema } from "./deploy-schema.ts";
import { policySchema, roleSchema } from "./role-schema.ts";
import { circleciSchema, trustSchema } from "./trust-schema.ts";

const guardWords = ["hold", "apply"] as const;

/** One guard for who can assume the role and for what it may do, or one for each. */
const onWidenSchema = noted(
  z.union([
    z.enum(guardWords),
    z.strictObject({
      trust: z._default(
        noted(z.enum(guardWords), {
          about: "The guard over who can assume the role.",
          allowed: "hold or apply",
        }),
        "hold",
      ),
      permissions: z._default(
        noted(z.enum(guardWords), {
          about: "The guard over what the role may do.",
          allowed: "hold or apply",
        }),
        "hold",
      ),
    }),
  ]),
  {
    about:
      "What happens to an edit that admits or grants more than before: `hold` waits for the SSM label `approved` on that version; `apply` applies and alerts. One word for both, or `trust` and `permissions` separately.",
    allowed: "hold or apply, or a mapping with trust and permissions, each hold or apply",
    example: "{ trust: hold, permissions: apply }",
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
          "`enforce` fixes drift; `observe` reports it and writes nothing in IAM; `suspend` writes nothing in IAM, not even by force, and reports what is widened.",
        allowed: "enforce, observe or suspend",
      }),
      "enforce",
    ),
    onWiden: z._default(onWidenSchema, "hold"),
    onRemove: z._default(
      noted(z.enum(["retain", "delete"]), {
        about: "What happens to role and policy when the parameter is removed.",
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
