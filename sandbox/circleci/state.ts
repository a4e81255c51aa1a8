import { randomBytes, randomUUID } from "node:crypto";

/** A variable as it is stored: in the clear, although the API never shows it so. */
export type Variable = {
  readonly value: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type Restriction = {
  readonly id: string;
  readonly type: "project" | "expression" | "group";
  /** The id of a project or a group, or an expression. */
  readonly value: string;
};

/** Switches of a project, under the names of API v2, but for the one that only v3 has. */
export type ProjectSettings = {
  readonly autocancel_builds: boolean;
  readonly build_fork_prs: boolean;
  readonly build_prs_only: boolean;
  readonly disable_ssh: boolean;
  readonly forks_receive_secret_env_vars: boolean;
  readonly oss: boolean;
  readonly set_github_status: boolean;
  readonly setup_workflows: boolean;
  readonly write_settings_requires_admin: boolean;
  readonly pr_only_branch_overrides: readonly string[];
  readonly enable_unversioned_config: boolean;
};

export type Project = {
  readonly id: string;
  /** `gh/acme/shop`. */
  readonly slug: string;
  readonly organizationId: string;
  readonly settings: ProjectSettings;
  readonly variables: ReadonlyMap<string, Variable>;
};

export type Context = {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly createdAt: Date;
  readonly restrictions: readonly Restriction[];
  readonly variables: ReadonlyMap<string, Variable>;
};

export type Organization = {
  readonly id: string;
  /** `gh/acme`. */
  readonly slug: string;
  /** Whether pipelines may bring their own configuration: off, unless an administrator allows it. */
  readonly enable_unversioned_config: boolean;
};

/** What a token may do; a project's token may do nothing on these versions of the API. */
export type TokenKind = "personal" | "personal-read-only" | "project";

export type State = {
  readonly organizations: Map<string, Organization>;
  /** By slug. */
  readonly projects: Map<string, Project>;
  /** By id. */
  readonly contexts: Map<string, Context>;
  readonly tokens: Map<string, TokenKind>;
};

export type NewProject = {
  readonly slug: string;
  readonly id?: string;
  readonly organizationId: string;
  readonly settings?: Partial<ProjectSettings>;
  readonly variables?: Readonly<Record<string, string>>;
};

export type NewContext = {
  readonly name: string;
  readonly id?: string;
  readonly organizationId: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Default: open to all members, as a new context is. */
  readonly restrictions?: readonly Omit<Restriction, "id">[];
};

/** Defaults that people measured on new projects; `forks_receive_secret_env_vars` on private ones. */
const newProjectSettings: ProjectSettings = {
  autocancel_builds: false,
  build_fork_prs: false,
  build_prs_only: false,
  disable_ssh: false,
  forks_receive_secret_env_vars: true,
  oss: false,
  set_github_status: true,
  setup_workflows: true,
  write_settings_requires_admin: false,
  pr_only_branch_overrides: ["main"],
  enable_unversioned_config: true,
};

export function emptyState(): State {
  return {
    organizations: new Map(),
    projects: new Map(),
    contexts: new Map(),
    tokens: new Map(),
  };
}

/** A token that looks like CircleCI's: its kind, a short id, forty hex digits. */
export function addToken({ tokens }: State, kind: TokenKind): string {
  const begin = kind === "project" ? "CCIPRJ" : "CCIPAT";
  const token = `${begin}_${randomBytes(12).toString("base64url")}_${randomBytes(20).toString("hex")}`;
  tokens.set(token, kind);
  return token;
}

/** The organisation of that id, which exists from its first project or context on. */
export function organizationOf(
  { organizations }: State,
  id: string,
  slug = `circleci/${id}`,
): Organization {
  const known = organizations.get(id) ?? { id, slug, enable_unversioned_config: false };
  organizations.set(id, known);
  return known;
}

export function addProject(state: State, project: NewProject, now: Date): Project {
  const { organizationId, settings = {}, variables = {} } = project;
  const slug = shortSlug(project.slug);
  organizationOf(state, organizationId, slug.split("/").slice(0, 2).join("/"));
  const made: Project = {
    id: project.id ?? randomUUID(),
    slug,
    organizationId,
    settings: { ...newProjectSettings, ...settings },
    variables: variablesOf(variables, now),
  };
  state.projects.set(slug, made);
  return made;
}

export function addContext(state: State, context: NewContext, now: Date): Context {
  const { name, organizationId, variables = {}, id = randomUUID() } = context;
  organizationOf(state, organizationId);
  const { restrictions = [{ type: "group", value: organizationId }] } = context;
  const made: Context = {
    id,
    name,
    organizationId,
    createdAt: now,
    restrictions: restrictions.map((each) => ({ ...each, id: randomUUID() })),
    variables: variablesOf(variables, now),
  };
  state.contexts.set(id, made);
  return made;
}

/** `github/acme/shop` and `gh/acme/shop` are the same project. */
export function shortSlug(slug: string): string {
  return slug.replace(/^github\//, "gh/").replace(/^bitbucket\//, "bb/");
}

function variablesOf(
  values: Readonly<Record<string, string>>,
  now: Date,
): ReadonlyMap<string, Variable> {
  return new Map(
    Object.entries(values).map(([name, value]) => [
      name,
      { value, createdAt: now, updatedAt: now },
    ]),
  );
}
