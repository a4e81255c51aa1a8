import * as z from "zod/mini";
import type { ResolvedTargets } from "../trust/index.ts";

/** The conditions of an environment, in the order in which people read them. */
export const conditionNames = [
  "SpecValid",
  "ResourcesResolved",
  "InSync",
  "TrustAsIntended",
  "Ready",
] as const;

export type ConditionName = (typeof conditionNames)[number];

export type StatusCondition = {
  readonly status: boolean;
  /** One word in CamelCase, for machines. */
  readonly reason: string;
  readonly message: string;
  /** ISO instant of the last change of `status`. */
  readonly since: string;
};

export type Conditions = Readonly<Record<ConditionName, StatusCondition>>;

/**
 * What the applied version left behind and the next run needs when the parameter is gone or names
 * something else: a deleted parameter cannot be asked for its `onRemove`.
 */
export type AppliedMemory = {
  readonly organizationId: string;
  readonly role: string;
  readonly path: string;
  readonly policy: string;
  readonly policyVersion: string | null;
  readonly onRemove: "retain" | "delete";
  readonly mode: "enforce" | "observe" | "suspend";
  /** The label `approved` may still sit on the applied version and must be taken off. */
  readonly labelled: boolean;
  /** `null`: too long for the 4 KB of a parameter. */
  readonly targets: ResolvedTargets | null;
};

/** The JSON of `PREFIX/status/NAME`. */
export type Status = {
  readonly appliedVersion: number | null;
  readonly appliedDigest: string | null;
  readonly heldVersion: number | null;
  readonly conditions: Partial<Conditions>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly applied: AppliedMemory | null;
};

const condition = z.object({
  status: z.boolean(),
  reason: z.string(),
  message: z.string(),
  since: z.string(),
});

const targets = z.object({
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

const schema = z.object({
  appliedVersion: z.nullable(z.int()),
  appliedDigest: z.nullable(z.string()),
  heldVersion: z.nullable(z.int()),
  conditions: z.object({
    SpecValid: z.optional(condition),
    ResourcesResolved: z.optional(condition),
    InSync: z.optional(condition),
    TrustAsIntended: z.optional(condition),
    Ready: z.optional(condition),
  }),
  outputs: z.record(z.string(), z.string()),
  applied: z.nullable(
    z.object({
      organizationId: z.string(),
      role: z.string(),
      path: z.string(),
      policy: z.string(),
      policyVersion: z.nullable(z.string()),
      onRemove: z.enum(["retain", "delete"]),
      mode: z.enum(["enforce", "observe", "suspend"]),
      labelled: z.boolean(),
      targets: z.nullable(targets),
    }),
  ),
});

/** Reads a status; one that somebody has spoilt counts as gone, which is the careful reading. */
export function parseStatus(text: string): Status | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  const result = z.safeParse(schema, data);
  if (!result.success) return null;
  const { conditions, ...rest } = result.data;
  const known: { -readonly [Name in ConditionName]?: StatusCondition } = {};
  for (const name of conditionNames) {
    const read = conditions[name];
    if (read !== undefined) known[name] = read;
  }
  return { ...rest, conditions: known };
}
