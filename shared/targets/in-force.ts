import { type JsonValue, readJson } from "../policy/json.ts";
import type { TargetGrant } from "./permissions.ts";

/** One resource of an Allow statement, as it is spelled there. */
export type GrantedResource = {
  readonly sid: string | null;
  readonly actions: readonly string[];
  readonly resource: string;
};

/**
 * The resources that the Allow statements of a policy name.
 *
 * @param document raw text, perhaps hostile. A text that is not JSON, or names a member twice so that
 *   two readers could differ, grants nothing; so does `null`.
 */
export function grantsOf(document: string | null): readonly GrantedResource[] {
  if (document === null) return [];
  const reading = readJson(document);
  if (reading.kind === "refused" || reading.twice !== null) return [];
  return listOf(member(reading.value, "Statement")).flatMap((statement) => {
    if (textsOf(member(statement, "Effect"))[0] !== "Allow") return [];
    const sid = textsOf(member(statement, "Sid"))[0] ?? null;
    const actions = textsOf(member(statement, "Action"));
    return textsOf(member(statement, "Resource")).map((resource) => ({ sid, actions, resource }));
  });
}

/**
 * Whether the very resource is in a statement that allows something of `action`.
 *
 * @param action an action in full, or a service with its colon for any of its actions
 */
export function isGranted(
  grants: readonly GrantedResource[],
  resource: string,
  action: string,
): boolean {
  const wanted = action.toLowerCase();
  return grants.some(
    (grant) =>
      grant.resource === resource &&
      grant.actions.some((written) => allows(written.toLowerCase(), wanted)),
  );
}

/** Does the policy grant something of what is to be kept, on each of its resources? */
export function isInForce(
  grants: readonly GrantedResource[],
  wanted: readonly TargetGrant[],
): boolean {
  const byResource = Map.groupBy(wanted, ({ resource }) => resource);
  return (
    byResource.size > 0 &&
    [...byResource].every(([resource, own]) =>
      own.some(({ permission }) =>
        permission.actions.some((action) => isGranted(grants, resource, action)),
      ),
    )
  );
}

function allows(written: string, wanted: string): boolean {
  if (written === wanted || (wanted.endsWith(":") && written.startsWith(wanted))) return true;
  return written.endsWith("*") && wanted.startsWith(written.slice(0, -1));
}

function member(value: JsonValue | null, name: string): JsonValue | null {
  if (value?.kind !== "object") return null;
  return value.members.find((each) => each.name === name)?.value ?? null;
}

function listOf(value: JsonValue | null): readonly JsonValue[] {
  if (value === null) return [];
  return value.kind === "array" ? value.elements : [value];
}

function textsOf(value: JsonValue | null): readonly string[] {
  return listOf(value).flatMap((each) => (each.kind === "string" ? [each.text] : []));
}
