import fc from "fast-check";
import { type DriftName, driftNames } from "./drift.ts";
import { forms } from "./features.ts";

/** Environments of two installations in one account; the fourth is the other installation's. */
export const environmentNames = ["production", "staging", "preview", "team"] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** Texts that cannot be understood, or claim what is another's. */
export const badForms = ["not a document", "an unknown field", "production's role"] as const;
export type BadForm = (typeof badForms)[number];

export const targetChanges = [
  "the App Runner service is deleted",
  "the App Runner service is re-created",
  "the repository is deleted",
  "the repository is made",
  "the function is deleted",
  "the function is made",
] as const;
export type TargetChange = (typeof targetChanges)[number];

/** What goes wrong with calls of the function, by service, operations and error. */
export const faults = {
  "writing trust policies is denied": ["iam", "UpdateAssumeRolePolicy", "AccessDenied", 403],
  "policy versions are throttled": ["iam", "CreatePolicyVersion", "Throttling", 400],
  "IAM's reads of roles fail": ["iam", "GetRole", "InternalFailure", 500],
  "roles cannot be made": ["iam", "CreateRole", "AccessDenied", 403],
  "tags cannot be taken off": ["iam", "UntagRole", "AccessDenied", 403],
  "policies cannot be attached": ["iam", "AttachRolePolicy", "ServiceFailure", 500],
  "policies cannot be detached": ["iam", "DetachRolePolicy", "AccessDenied", 403],
  "audiences cannot be removed": [
    "iam",
    "RemoveClientIDFromOpenIDConnectProvider",
    "AccessDenied",
    403,
  ],
  "parameters cannot be written": ["ssm", "PutParameter", "ThrottlingException", 400],
  "parameters cannot be listed": ["ssm", "GetParametersByPath", "InternalServerError", 500],
  "the topic takes nothing": ["sns", "Publish", "AuthorizationError", 403],
  "the bus takes nothing": ["events", "PutEvents", "InternalException", 500],
  "repositories cannot be read": ["ecr", "DescribeRepositories", "ServerException", 500],
  "services cannot be read": ["apprunner", "ListServices", "InternalServiceErrorException", 500],
  "CloudTrail is throttled": ["cloudtrail", "LookupEvents", "ThrottlingException", 400],
} as const;
export type FaultName = keyof typeof faults;
const faultNames: readonly FaultName[] = Object.keys(faults).filter(
  (name): name is FaultName => name in faults,
);

/** One thing that happens. */
export type Step =
  | { readonly do: "put"; readonly environment: EnvironmentName; readonly form: string }
  | { readonly do: "approve" | "delete"; readonly environment: EnvironmentName }
  | { readonly do: "drift"; readonly environment: EnvironmentName; readonly drift: DriftName }
  | { readonly do: "change a target"; readonly change: TargetChange }
  | { readonly do: "break"; readonly fault: FaultName; readonly lasts: boolean }
  | { readonly do: "mend" }
  | { readonly do: "wait"; readonly minutes: number }
  | { readonly do: "run"; readonly at: Installation }
  | {
      readonly do: "deliver";
      readonly at: Installation;
      readonly how: "in order" | "twice" | "in reverse" | "never";
    }
  | {
      readonly do: "stop";
      readonly at: Installation;
      readonly call: number;
      readonly answered: boolean;
    };

export type Installation = "first" | "second";

const environment = fc.oneof(
  { weight: 4, arbitrary: fc.constant<EnvironmentName>("production") },
  { weight: 3, arbitrary: fc.constantFrom(...environmentNames) },
);
const at = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Installation>("first") },
  { weight: 1, arbitrary: fc.constant<Installation>("second") },
);
const form = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...forms.map((each) => each.form)) },
  { weight: 1, arbitrary: fc.constantFrom(...badForms) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ do: fc.constant("put" as const), environment, form }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("approve" as const), environment }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), environment }) },
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant("drift" as const),
      environment,
      drift: fc.constantFrom(...driftNames),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("change a target" as const),
      change: fc.constantFrom(...targetChanges),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("break" as const),
      fault: fc.constantFrom(...faultNames),
      lasts: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ do: "mend" }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      minutes: fc.constantFrom(1, 1, 15, 15, 15, 60, 60, 13 * 60, 12 * 24 * 60),
    }),
  },
  { weight: 20, arbitrary: fc.record({ do: fc.constant("run" as const), at }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      at,
      how: fc.constantFrom("in order", "in order", "twice", "in reverse", "never"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("stop" as const),
      at,
      call: fc.integer({ min: 0, max: 45 }),
      answered: fc.boolean(),
    }),
  },
);

/** The steps of a seed: the same each time. */
export function stepsOf(seed: number, length: number): readonly Step[] {
  const all = fc.array(step, { minLength: length, maxLength: length });
  return fc.sample(all, { seed, numRuns: 1 })[0] ?? [];
}

/** A step as a person would say it. */
export function said(step: Step): string {
  switch (step.do) {
    case "put":
      return `put ${step.environment}: ${step.form}`;
    case "approve":
    case "delete":
      return `${step.do} ${step.environment}`;
    case "drift":
      return `somebody ${step.drift} (${step.environment})`;
    case "change a target":
      return step.change;
    case "break":
      return `${step.fault}${step.lasts ? " from now on" : ", once"}`;
    case "mend":
      return "everything works again";
    case "wait":
      return `${step.minutes} minutes pass`;
    case "run":
      return `a run of the ${step.at} installation`;
    case "deliver":
      return `events come ${step.how} (${step.at} installation)`;
    case "stop":
      return `a run of the ${step.at} installation, stopped ${step.answered ? "after" : "before"} call ${step.call + 1}`;
    default:
      return step satisfies never;
  }
}

/**
 * The shortest story that still goes wrong, by taking parts out as long as that is so. fast-check
 * generates the steps; it would not shrink a list of fixed length.
 */
export async function shortest(
  steps: readonly Step[],
  goesWrong: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let story = steps;
  for (let size = Math.ceil(story.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < story.length; ) {
      const without = [...story.slice(0, from), ...story.slice(from + size)];
      if (await goesWrong(without)) story = without;
      else from += size;
    }
  }
  return story;
}
