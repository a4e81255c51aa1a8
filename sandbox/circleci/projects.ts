import { maskedInProject } from "./mask.ts";
import {
  type ApiAnswer,
  type ApiCall,
  ApiError,
  type ApiOperation,
  created,
  listed,
  ok,
  textIn,
} from "./request.ts";
import { type Project, type State, shortSlug, type Variable } from "./state.ts";
import { noVariable, withoutVariable, withVariable } from "./variables.ts";

/** The project of a slug's three parts. */
export function projectOf(
  { projects }: State,
  { labels: { provider = "", organization = "", project = "" } }: ApiCall,
): Project {
  const found = projects.get(shortSlug(`${provider}/${organization}/${project}`));
  if (found === undefined) throw new ApiError(404, "Project not found.");
  return found;
}

/** A project, without its variables and settings. */
const getProject: ApiOperation = (state, call) => {
  const { id, slug, organizationId } = projectOf(state, call);
  const [, organization = "", name = ""] = slug.split("/");
  return ok({
    id,
    slug,
    name,
    organization_name: organization,
    organization_slug: state.organizations.get(organizationId)?.slug ?? "",
    organization_id: organizationId,
    vcs_info: {
      provider: "GitHub",
      default_branch: "main",
      vcs_url: `https://example.com/${name}`,
    },
  });
};

const listVariables: ApiOperation = (state, call) => {
  const { slug, variables } = projectOf(state, call);
  return listed(call, {
    items: [...variables],
    keyOf: ([name]) => name,
    size: 100,
    scope: `variables of ${slug}`,
    shown: ([name, variable]) => shown(name, variable),
  });
};

const setVariable: ApiOperation = (state, call) => {
  const project = projectOf(state, call);
  const name = textIn(call, "name");
  const value = textIn(call, "value");
  const variables = withVariable(project.variables, { name, value, now: call.now });
  state.projects.set(project.slug, { ...project, variables });
  return created(one(variables, name).body);
};

const getVariable: ApiOperation = (state, call) =>
  one(projectOf(state, call).variables, call.labels["name"] ?? "");

const deleteVariable: ApiOperation = (state, call) => {
  const project = projectOf(state, call);
  const variables = withoutVariable(project.variables, call.labels["name"] ?? "");
  state.projects.set(project.slug, { ...project, variables });
  return ok({ message: "Environment variable deleted." });
};

function one(variables: ReadonlyMap<string, Variable>, name: string): ApiAnswer {
  const variable = variables.get(name);
  if (variable === undefined) throw noVariable();
  return ok(shown(name, variable));
}

function shown(name: string, { value, createdAt }: Variable): object {
  return { name, value: maskedInProject(value), created_at: createdAt.toISOString() };
}

export const projectOperations = {
  GetProject: getProject,
  ListProjectVariables: listVariables,
  SetProjectVariable: setVariable,
  GetProjectVariable: getVariable,
  DeleteProjectVariable: deleteVariable,
};
