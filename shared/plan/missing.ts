import type { Reading } from "../aws/reading.ts";

/** A deploy target that the document names and AWS does not show. */
export type MissingTarget = {
  readonly kind: "ecr" | "appRunner" | "ecsExpress" | "amplify";
  /** As the document writes it; an Amplify branch as `APP branch BRANCH`. */
  readonly name: string;
  readonly why: "absent" | "unreadable" | "ambiguous";
  /** What the policy in force grants on it is kept. */
  readonly kept: boolean;
  readonly message: string;
};

/** What the names of one kind became: targets, and names that AWS does not show. */
export type Collected<T> = {
  readonly found: readonly T[];
  readonly missing: readonly MissingTarget[];
};

/** Puts the parts of one kind together, in their order. */
export function collect<T>(parts: readonly Collected<T>[]): Collected<T> {
  return {
    found: parts.flatMap((part) => part.found),
    missing: parts.flatMap((part) => part.missing),
  };
}

/** Why a target is not shown: it exists for certain not, or nothing is known of it. */
export type Absence = {
  readonly why: MissingTarget["why"];
  /** Finishes a sentence whose subject is the target. */
  readonly detail: string;
};

/**
 * Why a reading does not show a target; `null` and whatever is neither found nor absent was not
 * read, and says nothing of what exists.
 */
export function absenceIn(reading: Reading<unknown> | null): Absence {
  if (reading !== null && (reading.kind === "absent" || reading.kind === "found")) {
    return { why: "absent", detail: "does not exist" };
  }
  const because = reading !== null && "fault" in reading ? ` (${reading.fault.message})` : "";
  return { why: "unreadable", detail: `could not be read${because}` };
}

/** What a kind of target is called in a sentence. */
const words = {
  ecr: "ECR repository",
  appRunner: "App Runner service",
  ecsExpress: "ECS Express service",
  amplify: "Amplify app",
} satisfies Record<MissingTarget["kind"], string>;

/** A name that AWS does not show, with a sentence for people. */
export function missingTarget(
  kind: MissingTarget["kind"],
  name: string,
  { why, detail }: Absence,
  kept: boolean,
): MissingTarget {
  const until = why === "unreadable" ? "it can be read" : "it exists";
  const outcome = kept
    ? "its last known ARN stays in the policy"
    : `the policy leaves it out until ${until}`;
  return { kind, name, why, kept, message: `${words[kind]} ${name} ${detail}; ${outcome}` };
}
