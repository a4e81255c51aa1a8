import { projectOf } from "./projects.ts";
import { type ApiCall, ApiError, type ApiOperation, ok } from "./request.ts";
import type { Project, ProjectSettings, State } from "./state.ts";

/** The switches of v2 that a request may change; `oss` is shown and refused. */
const switches = [
  "autocancel_builds",
  "build_fork_prs",
  "build_prs_only",
  "disable_ssh",
  "forks_receive_secret_env_vars",
  "set_github_status",
  "setup_workflows",
  "write_settings_requires_admin",
] as const satisfies readonly (keyof ProjectSettings)[];

const getSettings: ApiOperation = (state, call) => ok(advanced(projectOf(state, call)));

const updateSettings: ApiOperation = (state, call) => {
  const project = projectOf(state, call);
  const given: unknown = call.body["advanced"];
  const changed = Object.entries(typeof given === "object" && given !== null ? given : {}).map(
    ([name, value]): [string, boolean] => {
      if (!switches.some((each) => each === name)) {
        throw new ApiError(400, `Unexpected field 'advanced.${name}'.`);
      }
      if (typeof value !== "boolean") throw new ApiError(400, `${name} must be a boolean.`);
      return [name, value];
    },
  );
  if (changed.length === 0) throw new ApiError(400, "No JSON fields found.");
  const updated = {
    ...project,
    settings: { ...project.settings, ...Object.fromEntries(changed) },
  };
  state.projects.set(project.slug, updated);
  return ok(advanced(updated));
};

function advanced({ settings: { enable_unversioned_config: _, ...rest } }: Project): object {
  return { advanced: rest };
}

/** The same settings under v3's names, with one that v2 does not have. */
const getSettingsOfV3: ApiOperation = (state, call) => {
  const { settings } = projectOfId(state, call);
  return ok({
    data: {
      attributes: {
        enable_auto_cancel_redundant_workflows: settings.autocancel_builds,
        enable_building_fork_prs: settings.build_fork_prs,
        is_build_prs_only: settings.build_prs_only,
        is_ssh_disabled: settings.disable_ssh,
        can_pass_secrets_to_fork_pr_jobs: settings.forks_receive_secret_env_vars,
        is_oss: settings.oss,
        can_set_github_status: settings.set_github_status,
        enable_dynamic_config: settings.setup_workflows,
        is_admin_required_for_writing_settings: settings.write_settings_requires_admin,
        pr_only_branch_overrides: settings.pr_only_branch_overrides,
        enable_unversioned_config: settings.enable_unversioned_config,
      },
    },
  });
};

function projectOfId({ projects }: State, { labels: { id = "" } }: ApiCall): Project {
  const found = [...projects.values()].find((each) => each.id === id);
  if (found === undefined) throw new ApiError(404, "Project not found.");
  return found;
}

const getOrganizationSettings: ApiOperation = ({ organizations }, { labels: { id = "" } }) => {
  const found = organizations.get(id);
  if (found === undefined) throw new ApiError(404, "Organization not found.");
  const { enable_unversioned_config } = found;
  return ok({ data: { attributes: { enable_unversioned_config } } });
};

export const settingsOperations = {
  GetProjectSettings: getSettings,
  UpdateProjectSettings: updateSettings,
  GetProjectSettingsV3: getSettingsOfV3,
  GetOrganizationSettingsV3: getOrganizationSettings,
};
