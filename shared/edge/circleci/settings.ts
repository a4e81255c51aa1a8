import { isRecord, type JsonObject } from "../../json.ts";
import type { ProjectSwitches } from "../../projects/index.ts";
import { type CircleciClient, type CircleciRequest, callCircleci } from "./client.ts";
import { CircleciError } from "./error.ts";

/** What was read, and why some of it was not: sentences without a full stop. */
type SettingsRead<Value> = { readonly value: Value; readonly faults: readonly string[] };

/**
 * The switches of a project by its slug: v2 has all but one, v3 has that one under the project's id.
 *
 * @throws CircleciError where the token is not accepted, or CircleCI does not answer at all
 */
export async function readSwitchesBySlug(
  client: CircleciClient,
  slug: string,
): Promise<SettingsRead<ProjectSwitches>> {
  const path = ["project", ...slug.split("/")];
  const [project, settings] = await Promise.all([
    readObject(client, { method: "GET", version: "v2", path }),
    readObject(client, { method: "GET", version: "v2", path: [...path, "settings"] }),
  ]);
  const id = typeof project.object["id"] === "string" ? project.object["id"] : null;
  const more =
    id === null ? nothingRead : await readAttributes(client, ["projects", id, "settings"]);
  const advanced = isRecord(settings.object["advanced"]) ? settings.object["advanced"] : {};
  const { object: attributes } = more;
  return {
    value: {
      id,
      name: slug,
      buildsForks: flag(advanced["build_fork_prs"], attributes["enable_building_fork_prs"]),
      passesSecretsToForks: flag(
        advanced["forks_receive_secret_env_vars"],
        attributes["can_pass_secrets_to_fork_pr_jobs"],
      ),
      disablesSshReruns: flag(advanced["disable_ssh"], attributes["is_ssh_disabled"]),
      allowsUnversionedConfig: flag(attributes["enable_unversioned_config"]),
    },
    faults: [...project.faults, ...settings.faults, ...more.faults],
  };
}

/** The switches of a project by its id, which v3 alone takes. */
export async function readSwitchesById(
  client: CircleciClient,
  id: string,
): Promise<SettingsRead<ProjectSwitches>> {
  const { object, faults } = await readAttributes(client, ["projects", id, "settings"]);
  const value = {
    id,
    name: id,
    buildsForks: flag(object["enable_building_fork_prs"]),
    passesSecretsToForks: flag(object["can_pass_secrets_to_fork_pr_jobs"]),
    disablesSshReruns: flag(object["is_ssh_disabled"]),
    allowsUnversionedConfig: flag(object["enable_unversioned_config"]),
  };
  return { value, faults };
}

/** Whether an organisation allows pipelines that bring their own configuration. */
export async function readOrganizationSwitch(
  client: CircleciClient,
  id: string,
): Promise<SettingsRead<boolean | null>> {
  const { object, faults } = await readAttributes(client, ["orgs", id, "settings"]);
  return { value: flag(object["enable_unversioned_config"]), faults };
}

/** The expressions that restrict a context; null where they could not be read. */
export async function readExpressions(
  client: CircleciClient,
  context: string,
): Promise<SettingsRead<readonly string[] | null>> {
  const path = ["context", context, "restrictions"];
  const { object, faults } = await readObject(client, { method: "GET", version: "v2", path });
  const { items } = object;
  if (!Array.isArray(items)) return { value: null, faults };
  const expressions = items.flatMap((each) => {
    if (!isRecord(each) || each["restriction_type"] !== "expression") return [];
    const value = each["restriction_value"];
    return typeof value === "string" ? [value] : [""];
  });
  return { value: expressions, faults };
}

type ObjectRead = { readonly object: JsonObject; readonly faults: readonly string[] };

const nothingRead: ObjectRead = { object: {}, faults: [] };

/** The members of v3's `data.attributes`. */
async function readAttributes(
  client: CircleciClient,
  path: readonly string[],
): Promise<ObjectRead> {
  const { object, faults } = await readObject(client, { method: "GET", version: "v3", path });
  const data = isRecord(object["data"]) ? object["data"] : {};
  return { object: isRecord(data["attributes"]) ? data["attributes"] : {}, faults };
}

/**
 * What cannot be read is empty, with the reason. It ends only where nothing can be read: without a
 * token that CircleCI accepts, or without any answer.
 */
async function readObject(client: CircleciClient, request: CircleciRequest): Promise<ObjectRead> {
  try {
    const answer = await callCircleci(client, request);
    return { object: isRecord(answer) ? answer : {}, faults: [] };
  } catch (thrown) {
    if (!(thrown instanceof CircleciError)) throw thrown;
    const { code, status } = thrown.failed;
    const isSilent = code === "CircleciUnavailable" && status === null;
    if (isSilent || code === "LoginExpired" || code === "Interrupted") throw thrown;
    return { object: {}, faults: [thrown.message] };
  }
}

function flag(...given: readonly unknown[]): boolean | null {
  const found = given.find((each) => typeof each === "boolean");
  return typeof found === "boolean" ? found : null;
}
