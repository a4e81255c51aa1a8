import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Parameter, Parameters } from "./parameter.ts";

const tagsMax = 50;

/** Reads a list of `{Key, Value}`. */
export function tagsOf(members: Members, name: string): ReadonlyMap<string, string> {
  const read = members
    .structures(name, { max: 1000 })
    .map(
      (tag) => [tag.text("Key", { min: 1, max: 128 }), tag.text("Value", { max: 256 })] as const,
    );
  return new Map(read);
}

/** AddTagsToResource, RemoveTagsFromResource, ListTagsForResource on parameters, by plain name. */
export function taggedParameter(parameters: Parameters, members: Members): Parameter {
  const type = members.text("ResourceType");
  const id = members.text("ResourceId");
  if (type !== "Parameter") {
    throw refused("InvalidResourceType", `${type} is not a resource type of this sandbox.`);
  }
  const parameter = parameters.get(id);
  if (parameter === undefined) {
    throw refused(
      "InvalidResourceId",
      `The resource ID "${id}" is not valid. Verify the resource.`,
    );
  }
  return parameter;
}

export function addTags(parameters: Parameters, members: Members): object {
  const parameter = taggedParameter(parameters, members);
  const added = tagsOf(members, "Tags");
  for (const key of added.keys()) {
    if (key.toLowerCase().startsWith("aws:")) {
      const message = `aws: prefixed tag key names are not allowed for external use: ${key}`;
      throw refused("ValidationException", message);
    }
  }
  const tags = new Map([...parameter.tags, ...added]);
  if (tags.size > tagsMax) {
    throw refused("TooManyTagsError", `A parameter can have at most ${tagsMax} tags.`);
  }
  parameters.set(parameter.name, { ...parameter, tags });
  return {};
}

export function removeTags(parameters: Parameters, members: Members): object {
  const parameter = taggedParameter(parameters, members);
  const gone = new Set(members.texts("TagKeys"));
  const tags = new Map([...parameter.tags].filter(([key]) => !gone.has(key)));
  parameters.set(parameter.name, { ...parameter, tags });
  return {};
}

export function listTags(parameters: Parameters, members: Members): object {
  const { tags } = taggedParameter(parameters, members);
  return { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
}
