import type { Route } from "../server/operation.ts";

const project = "/v2/project/{provider}/{organization}/{project}";
const context = "/v2/context/{id}";

/**
 * Where the operations are, below `/api`. Sources: CircleCI's API reference, and the clients in
 * CircleCI-Public/circleci-cli and CircleCI-Labs/terraform-provider-circleci (2026).
 */
export const routes = [
  { method: "GET", path: project, operation: "GetProject" },
  { method: "GET", path: `${project}/envvar`, operation: "ListProjectVariables" },
  { method: "POST", path: `${project}/envvar`, operation: "SetProjectVariable" },
  { method: "GET", path: `${project}/envvar/{name}`, operation: "GetProjectVariable" },
  { method: "DELETE", path: `${project}/envvar/{name}`, operation: "DeleteProjectVariable" },
  { method: "GET", path: `${project}/settings`, operation: "GetProjectSettings" },
  { method: "PATCH", path: `${project}/settings`, operation: "UpdateProjectSettings" },
  { method: "GET", path: "/v2/context", operation: "ListContexts" },
  { method: "POST", path: "/v2/context", operation: "CreateContext" },
  { method: "GET", path: context, operation: "GetContext" },
  { method: "DELETE", path: context, operation: "DeleteContext" },
  { method: "GET", path: `${context}/environment-variable`, operation: "ListContextVariables" },
  {
    method: "PUT",
    path: `${context}/environment-variable/{name}`,
    operation: "SetContextVariable",
  },
  {
    method: "DELETE",
    path: `${context}/environment-variable/{name}`,
    operation: "DeleteContextVariable",
  },
  { method: "GET", path: `${context}/restrictions`, operation: "ListContextRestrictions" },
  { method: "POST", path: `${context}/restrictions`, operation: "CreateContextRestriction" },
  {
    method: "DELETE",
    path: `${context}/restrictions/{restriction}`,
    operation: "DeleteContextRestriction",
  },
  { method: "GET", path: "/v3/projects/{id}/settings", operation: "GetProjectSettingsV3" },
  { method: "GET", path: "/v3/orgs/{id}/settings", operation: "GetOrganizationSettingsV3" },
] as const satisfies readonly Route[];
