import * as z from "zod/mini";
import { parseJson } from "../json.ts";
import { type ResolvedTargets, resolvedTargetsSchema } from "../targets/index.ts";

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

/** What the first release kept in the status; a record took its place. */
type FormerMemory = {
  readonly organizationId: string;
  readonly role: string;
  readonly path: string;
  readonly policy: string;
  readonly onRemove: "retain" | "delete";
  readonly mode: "enforce" | "observe" | "suspend";
  readonly labelled: boolean;
  readonly targets: ResolvedTargets | null;
};

/**
 * What a quiet run need not ask again. It saves reads and decides nothing: before any step that is
 * not proved closing the record itself is read.
 */
export type Seen = {
  /** The serial of the record when this status was written. */
  readonly record: number;
  /** Of which policy the two below are, and beside what text, as `known-versions.ts` says; `null`: nobody knows. */
  readonly foundBy: string | null;
  /** The default version of the managed policy. */
  readonly policyVersion: string | null;
  /** Its other versions, each of which was found to grant no more than the default one. */
  readonly harmlessVersions: readonly string[];
  /** Names that were written earlier and are not in the version in force. */
  readonly roles: readonly string[];
  readonly policies: readonly string[];
  readonly organizations: readonly string[];
  /** The label `approved` may still sit on a version that has no use for it. */
  readonly labelled: boolean;
  /** The highest number of a version that was ever announced as held; 0 where none was. */
  readonly announced: number;
  /** SHA-256 of the outputs that jobs could read when a run looked last; `null` where there were none. */
  readonly outputs: string | null;
  /** Digests of what is open or differs and was reported already, so that it is not reported again. */
  readonly told: readonly string[];
};

/** The JSON of `PREFIX/status/NAME`. */
export type Status = {
  readonly appliedVersion: number | null;
  readonly appliedDigest: string | null;
  readonly heldVersion: number | null;
  readonly heldDigest: string | null;
  readonly conditions: Partial<Conditions>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Always `null` from this release on; written so that the release before can read it. */
  readonly applied: FormerMemory | null;
  /** `null` in a status of the release before. */
  readonly seen: Seen | null;
};

/** What is counted on from. Nobody has counted so far as this, and beyond it a number is soon no whole one any more. */
export const countMax = 2 ** 52;
export const countSchema = z.int().check(z.lte(countMax));

const condition = z.object({
  status: z.boolean(),
  reason: z.string(),
  message: z.string(),
  since: z.string(),
});

const schema = z.object({
  appliedVersion: z.nullable(z.int()),
  appliedDigest: z.nullable(z.string()),
  heldVersion: z.nullable(z.int()),
  heldDigest: z._default(z.nullable(z.string()), null),
  conditions: z.object({
    SpecValid: z.optional(condition),
    ResourcesResolved: z.optional(condition),
    InSync: z.optional(condition),
    TrustAsIntended: z.optional(condition),
    Ready: z.optional(condition),
  }),
  outputs: z.record(z.string(), z.string()),
  applied: z._default(
    z.nullable(
      z.object({
        organizationId: z.string(),
        role: z.string(),
        path: z.string(),
        policy: z.string(),
        onRemove: z.enum(["retain", "delete"]),
        mode: z.enum(["enforce", "observe", "suspend"]),
        labelled: z.boolean(),
        targets: z.nullable(resolvedTargetsSchema),
      }),
    ),
    null,
  ),
  seen: z._default(
    z.nullable(
      z.object({
        record: countSchema,
        foundBy: z._default(z.nullable(z.string()), null),
        policyVersion: z.nullable(z.string()),
        harmlessVersions: z.array(z.string()),
        roles: z.array(z.string()),
        policies: z.array(z.string()),
        organizations: z.array(z.string()),
        labelled: z.boolean(),
        announced: z._default(z.int(), 0),
        outputs: z._default(z.nullable(z.string()), null),
        told: z.array(z.string()),
      }),
    ),
    null,
  ),
});

/** Reads a status; one that somebody has spoilt counts as gone, which is the careful reading. */
export function parseStatus(text: string): Status | null {
  const result = z.safeParse(schema, parseJson(text));
  if (!result.success) return null;
  const { conditions } = result.data;
  const known: { -readonly [Name in ConditionName]?: StatusCondition } = {};
  for (const name of conditionNames) {
    const read = conditions[name];
    if (read !== undefined) known[name] = read;
  }
  // In the order in which it is written: a status that is as it was is the same text again.
  return { ...result.data, conditions: known };
}
