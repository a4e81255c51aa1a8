import type { DocumentDraft, ProjectDraft } from "../../../shared/document/draft.ts";
import type { Input } from "../../command.ts";
import { CommandError } from "../../command-error.ts";

const all = "--project names a project's id, or all for every project of the organisation";

/** The options of `init`, in the order of the help. */
export const options = {
  organization: { value: "ID", summary: "The CircleCI organisation" },
  project: {
    value: "ID",
    list: true,
    summary: "A project whose jobs get in, or all; several: one --project after another",
  },
  origin: {
    value: "O",
    list: true,
    summary: "Only the repository O, such as github.com/acme/shop, of the --project before it",
  },
  ref: {
    value: "R",
    list: true,
    summary: "Only these refs, such as refs/heads/main refs/tags/v*, of the --project before it",
  },
  ecr: { value: "N", list: true, summary: "ECR repositories that jobs push to" },
  "app-runner": { value: "N", list: true, summary: "App Runner services that jobs deploy" },
  "ecs-express": {
    value: "[CLUSTER/]N",
    list: true,
    summary: "ECS Express services that jobs deploy",
  },
  ecs: { value: "CLUSTER/N", list: true, summary: "Plain ECS services that jobs deploy" },
  lambda: { value: "N", list: true, summary: "Lambda functions that jobs deploy" },
  amplify: {
    value: "APP[:BRANCH,…]",
    list: true,
    summary: "Amplify apps that jobs deploy, with their branches",
  },
  role: { value: "NAME", summary: "Name of the role, instead of CircleCI-OIDC-Role" },
  policy: { value: "NAME", summary: "Name of the policy, instead of CircleCI-Deployment-Policy" },
  "from-role": { value: "ROLE", summary: "Begin with what this role, by name or ARN, has today" },
  out: { value: "FILE", summary: "Write the document to FILE, which must not exist" },
  write: { summary: "Write the document to its parameter, which must not exist" },
  yes: { summary: "Write it without a question" },
} as const;

type Lists = {
  readonly [Name in keyof typeof options]: (typeof options)[Name] extends { readonly list: true }
    ? Name
    : never;
}[keyof typeof options];
type Values = Exclude<
  {
    readonly [Name in keyof typeof options]: (typeof options)[Name] extends {
      readonly value: string;
    }
      ? Name
      : never;
  }[keyof typeof options],
  Lists
>;

export type InitInput = Input<"write" | "yes", Values, Lists>;

/** Where targets of an option go in a document. */
const targetFields = {
  ecr: "ecr",
  "app-runner": "appRunner",
  "ecs-express": "ecsExpress",
  ecs: "ecs",
  lambda: "lambda",
  amplify: "amplify",
} as const satisfies Partial<Record<Lists, string>>;

type TargetOption = keyof typeof targetFields;

const targetOptions: readonly TargetOption[] = [
  "ecr",
  "app-runner",
  "ecs-express",
  "ecs",
  "lambda",
  "amplify",
];

/** What the options say of a document; null and empty where they say nothing. */
export type Given = {
  readonly organizationId: string | null;
  readonly projects: DocumentDraft["trust"]["projects"] | null;
  readonly targets: Readonly<Record<string, readonly unknown[]>>;
  readonly role: string | null;
  readonly policy: string | null;
};

/**
 * Reads the options that make up a document; the parser checks their values later.
 *
 * @throws CommandError where an option belongs to no project
 */
export function givenIn(input: InitInput): Given {
  const targets = targetOptions.map((option): [string, readonly unknown[]] => [
    targetFields[option],
    input.values(option).map(option === "amplify" ? amplifyEntry : (name) => name),
  ]);
  return {
    organizationId: input.value("organization"),
    projects: projectsIn(input),
    targets: Object.fromEntries(targets.filter(([, entries]) => entries.length > 0)),
    role: input.value("role"),
    policy: input.value("policy"),
  };
}

/** Each `--origin` and `--ref` belongs to the `--project` before it. */
function projectsIn(input: InitInput): Given["projects"] {
  const projects: ProjectDraft[] = [];
  for (const { option, value } of input.inOrder("project", "origin", "ref")) {
    if (option === "project") {
      projects.push({ id: value });
      continue;
    }
    const last = projects.pop();
    if (last === undefined) {
      throw new CommandError(
        `--${option} ${value} belongs to the --project before it: name that first.`,
      );
    }
    if (last.id === "all") {
      throw new CommandError(
        `--${option} ${value} narrows one project, and --project all names none.`,
      );
    }
    if (option === "origin" && last.origin !== undefined) {
      throw new CommandError(
        `--project ${last.id} has an --origin already: repeat --project for another repository.`,
      );
    }
    projects.push(
      option === "origin"
        ? { ...last, origin: value }
        : { ...last, refs: [...(last.refs ?? []), value] },
    );
  }
  if (!projects.some(({ id }) => id === "all")) return projects.length === 0 ? null : projects;
  if (projects.length > 1) throw new CommandError(`${all}: give one or the other.`);
  return "all";
}

/** `APP:BRANCH,BRANCH`; an app's name may have colons, a branch's cannot (git-check-ref-format). */
export function amplifyEntry(text: string): unknown {
  const at = text.lastIndexOf(":");
  if (at <= 0) return text;
  const branches = text
    .slice(at + 1)
    .split(",")
    .map((branch) => branch.trim());
  return { app: text.slice(0, at), branches };
}

/** The option that a place of the document comes from; null where none does. */
export function optionAt(path: string): string | null {
  const found = places.find(([pattern]) => pattern.test(path));
  return found === undefined ? null : `--${found[1]}`;
}

const places: readonly (readonly [RegExp, keyof typeof options])[] = [
  [/^circleci\.organizationId/, "organization"],
  [/^trust\.projects\[\d+\]\.origin/, "origin"],
  [/^trust\.projects\[\d+\]\.refs/, "ref"],
  [/^trust\.projects/, "project"],
  [/^role\.name/, "role"],
  [/^policy\.name/, "policy"],
  ...targetOptions.map(
    (option) => [new RegExp(`^deploy\\.${targetFields[option]}\\b`), option] as const,
  ),
];
