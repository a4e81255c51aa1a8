import { isRecord, type JsonObject } from "../../json.ts";
import { isUuid, type ProjectSwitches } from "../../projects/index.ts";
import {
  type CircleciClient,
  type CircleciRequest,
  callCircleci,
  nameOfRequest,
} from "./client.ts";
import { CircleciError } from "./error.ts";
import { type ItemReading, isAbout, listAll, odd } from "./listing.ts";

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
  const asked: CircleciRequest = { method: "GET", version: "v2", path };
  const [read, settings] = await Promise.all([
    readObject(client, asked),
    readObject(client, { ...asked, path: [...path, "settings"] }),
  ]);
  const project = isOf(slug, read.object["slug"])
    ? read
    : unreadable(asked, "it is about another project");
  const id = idIn(project.object, "id");
  const more =
    id === null ? nothingRead : await readAttributes(client, ["projects", id, "settings"], id);
  const advanced = isRecord(settings.object["advanced"]) ? settings.object["advanced"] : {};
  const reads = [project, settings, more];
  return withSwitches(
    { id, organizationId: idIn(project.object, "organization_id"), name: slug },
    reads,
    {
      v2: advanced,
      v3: more.object,
    },
  );
}

/** `github/acme/shop` may come back as `gh/acme/shop`; an answer may leave it out. */
function isOf(slug: string, shown: unknown): boolean {
  const names = (text: string) => text.toLowerCase().split("/").slice(1).join("/");
  return shown === undefined || (typeof shown === "string" && names(shown) === names(slug));
}

/** Null for a text that is not an id: in an address it could lead elsewhere. */
function idIn(object: JsonObject, field: string): string | null {
  const id = object[field];
  return typeof id === "string" && isUuid(id) ? id.toLowerCase() : null;
}

/** The switches of a project by its id, which v3 alone takes. */
export async function readSwitchesById(
  client: CircleciClient,
  id: string,
): Promise<SettingsRead<ProjectSwitches>> {
  const read = await readAttributes(client, ["projects", id, "settings"], id);
  const about = { id, organizationId: null, name: id };
  return withSwitches(about, [read], { v2: {}, v3: read.object });
}

/** Each switch by the names of both versions of the API, with why one is not known. */
function withSwitches(
  about: Pick<ProjectSwitches, "id" | "organizationId" | "name">,
  reads: readonly ObjectRead[],
  { v2, v3 }: { readonly v2: JsonObject; readonly v3: JsonObject },
): SettingsRead<ProjectSwitches> {
  const flags = {
    buildsForks: flag([v2, "build_fork_prs"], [v3, "enable_building_fork_prs"]),
    passesSecretsToForks: flag(
      [v2, "forks_receive_secret_env_vars"],
      [v3, "can_pass_secrets_to_fork_pr_jobs"],
    ),
    disablesSshReruns: flag([v2, "disable_ssh"], [v3, "is_ssh_disabled"]),
    allowsUnversionedConfig: flag([v3, "enable_unversioned_config"]),
  };
  // Of a project that has no id v3 is not asked at all.
  const asked = Object.values(flags).filter(({ absent }) => about.id !== null || absent === null);
  return {
    value: {
      ...about,
      buildsForks: flags.buildsForks.value,
      passesSecretsToForks: flags.passesSecretsToForks.value,
      disablesSshReruns: flags.disablesSshReruns.value,
      allowsUnversionedConfig: flags.allowsUnversionedConfig.value,
    },
    faults: faultsOf(reads, asked, about.name),
  };
}

/** What is missing from an answer is a reason only where no answer is missing. */
function faultsOf(
  reads: readonly ObjectRead[],
  flags: readonly Flag[],
  name: string,
): readonly string[] {
  const unread = reads.flatMap(({ faults }) => faults);
  const wrong = flags.flatMap(({ wrong: why }) => (why === null ? [] : [why]));
  const absent = flags.flatMap(({ absent: field }) => (field === null ? [] : [field]));
  const unshown = unread.length === 0 && absent.length > 0;
  return [
    ...unread,
    ...wrong.map((why) => `CircleCI's settings of ${name} are unreadable: ${why}`),
    ...(unshown ? [`CircleCI's settings of ${name} do not show ${absent.join(", ")}`] : []),
  ];
}

/** Whether an organisation allows pipelines that bring their own configuration. */
export async function readOrganizationSwitch(
  client: CircleciClient,
  id: string,
): Promise<SettingsRead<boolean | null>> {
  const read = await readAttributes(client, ["orgs", id, "settings"], id);
  const found = flag([read.object, "enable_unversioned_config"]);
  return { value: found.value, faults: faultsOf([read], [found], `organisation ${id}`) };
}

/** The expressions that restrict a context; null where they could not be read. */
export async function readExpressions(
  client: CircleciClient,
  context: string,
): Promise<SettingsRead<readonly string[] | null>> {
  const path = ["context", context, "restrictions"];
  try {
    const restrictions = await listAll(client, path, restrictionIn(context));
    const expressions = restrictions.filter(({ kind }) => kind === "expression");
    return { value: expressions.map(({ value }) => value), faults: [] };
  } catch (thrown) {
    return { value: null, faults: [whyUnreadable(thrown)] };
  }
}

type Restriction = { readonly kind: string; readonly value: string };

function restrictionIn(context: string): (item: unknown) => ItemReading<Restriction> {
  return (item) => {
    if (!isRecord(item)) return odd("one of its items is not an object");
    const { context_id: about, restriction_type: kind, restriction_value: value } = item;
    if (!isAbout(about, context)) return odd("it is about another id");
    if (typeof kind !== "string" || typeof value !== "string") {
      return odd("one of its items has no restriction_type or no restriction_value");
    }
    // Of another type nobody knows what it lets in.
    return /^(project|expression|group)$/.test(kind)
      ? { kind: "item", item: { kind, value } }
      : odd("one of its items has a restriction_type that is not known");
  };
}

type ObjectRead = { readonly object: JsonObject; readonly faults: readonly string[] };

const nothingRead: ObjectRead = { object: {}, faults: [] };

/** The members of v3's `data.attributes`, unless the answer says that it is about another id. */
async function readAttributes(
  client: CircleciClient,
  path: readonly string[],
  id: string,
): Promise<ObjectRead> {
  const request: CircleciRequest = { method: "GET", version: "v3", path };
  const read = await readObject(client, request);
  if (read.faults.length > 0) return read;
  const data = isRecord(read.object["data"]) ? read.object["data"] : {};
  const { id: about, attributes } = data;
  if (!isAbout(about, id)) {
    return unreadable(request, "it is about another id");
  }
  if (!isRecord(attributes)) return unreadable(request, "it has no data.attributes");
  return { object: attributes, faults: [] };
}

/** What cannot be read is empty, with the reason. */
async function readObject(client: CircleciClient, request: CircleciRequest): Promise<ObjectRead> {
  try {
    const answer = await callCircleci(client, request);
    return isRecord(answer)
      ? { object: answer, faults: [] }
      : unreadable(request, "it is not an object");
  } catch (thrown) {
    return { object: {}, faults: [whyUnreadable(thrown)] };
  }
}

function unreadable(request: CircleciRequest, detail: string): ObjectRead {
  const asked = nameOfRequest(request);
  const code = "CircleciAnswerUnreadable";
  const { message } = new CircleciError({ code, status: null, request: asked, detail });
  return { object: {}, faults: [message] };
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

type Flag = {
  readonly value: boolean | null;
  /** What is wrong with what was shown; null where nothing is. */
  readonly wrong: string | null;
  /** The names under which it was looked for and not found; null where it was found. */
  readonly absent: string | null;
};

/** A switch as each version of the API shows it; null where none does, or where they differ. */
function flag(...places: readonly (readonly [object: JsonObject, field: string])[]): Flag {
  const shown = places.filter(([object, field]) => object[field] !== undefined);
  const fields = (of: typeof places) => of.map(([, field]) => field).join(" and ");
  if (shown.length === 0) return { value: null, wrong: null, absent: fields(places) };
  const odd = shown.filter(([object, field]) => typeof object[field] !== "boolean");
  if (odd.length > 0) {
    return { value: null, wrong: `${fields(odd)} is neither true nor false`, absent: null };
  }
  const [first = false, ...others] = shown.map(([object, field]) => object[field] === true);
  return others.every((each) => each === first)
    ? { value: first, wrong: null, absent: null }
    : { value: null, wrong: `${fields(shown)} contradict each other`, absent: null };
}
