import { isRecord } from "../../sandbox/input/members.ts";

/**
 * Every place of a document where a value can be, from its JSON Schema: `role.tags.*`,
 * `trust.projects[].refs[]`. A field that has a word as well as a list counts as both.
 */
export function leavesOf(schema: unknown, path = ""): readonly string[] {
  if (!isRecord(schema)) return [];
  const { properties, items, additionalProperties, anyOf } = schema;
  if (Array.isArray(anyOf)) return [...new Set(anyOf.flatMap((each) => leavesOf(each, path)))];
  if (isRecord(properties)) {
    return Object.entries(properties).flatMap(([name, member]) =>
      leavesOf(member, path === "" ? name : `${path}.${name}`),
    );
  }
  if (isRecord(items)) return leavesOf(items, `${path}[]`);
  if (isRecord(additionalProperties)) return leavesOf(additionalProperties, `${path}.*`);
  return [path];
}
