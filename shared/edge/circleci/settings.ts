import { isRecord, type JsonObject } from "../../json.ts";
import { isUuid, type ProjectSwitches } from "../../projects/index.ts";
import { type CircleciClient, type CircleciRequest, callCircleci } from "./client.ts";
import { CircleciError } from "./error.ts";
import { listAll } from "./listing.ts";

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
  const id = projectIdIn(project.object);
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

/** Null for a text that is not an id: in an address it could lead elsewhere. */
function projectIdIn({ id }: JsonObject): string | null {
  return typeof id === "string" && isUuid(id) ? id.toLowerCase() : null;
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
  try {
    const restrictions = await listAll(client, path, restrictionIn);
    const expressions = restrictions.filter(({ kind }) => kind === "expression");
    return { value: expressions.map(({ value }) => value), faults: [] };
  } catch (thrown) {
    return { value: null, faults: [whyUnreadable(thrown)] };
  }
}

type Restriction = { readonly kind: string; readonly value: string };

function restrictionIn(item: unknown): Restriction | null {
  if (!isRecord(item)) return null;
  const { restriction_type: kind, restriction_value: value } = item;
  return typeof kind === "string" && typeof value === "string" ? { kind, value } : null;
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

/** What cannot be read is empty, with the reason. */
async function readObject(client: CircleciClient, request: CircleciRequest): Promise<ObjectRead> {
  try {
    const answer = await callCircleci(client, request);
    return { object: isRecord(answer) ? answer : {}, faults: [] };
  } catch (thrown) {
    return { object: {}, faults: [whyUnreadable(thrown)] };
  }
}

/**
 * Why something could not be read.
 *
 * @throws what was thrown where nothing can be read: without a token that CircleCI accepts, or without
 *   any answer
 */
function whyUnreadable(thrown: unknown): string {
  if (!(thrown instanceof CircleciError)) throw thrown;
  const { code, status } = thrown.failed;
  const isSilent = code === "CircleciUnavailable" && status === null;
  if (isSilent || code === "LoginExpired" || code === "Interrupted") throw thrown;
  return thrown.message;
}

/** A switch as each version of the API shows it; null where none does, or where they differ. */
function flag(...given: readonly unknown[]): boolean | null {
  const shown = new Set(given.filter((each) => typeof each === "boolean"));
  const [first = null] = shown;
  return shown.size === 1 ? first : null;
}
