import { isRecord, type JsonObject } from "../json.ts";

/**
 * Reading fields of an event that anybody may have written. Nothing here throws, walks a long list
 * or believes a prototype: what is not an own member of the expected type is absent.
 */

/** Longer texts than any ARN or name that AWS sends (an SSM name is at most 1011 characters). */
const textLengthMax = 2_048;

export type Fields = JsonObject;

/** The own member of that name, or undefined; an inherited one (`constructor`) does not count. */
export function member(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The member as an object; an empty one where it is absent or something else. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = member(fields, name);
  return isRecord(value) ? value : {};
}

/** The first of these members that is a plain, printable text of a length AWS could have sent. */
export function textAt(fields: Fields, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = member(fields, name);
    if (typeof value === "string" && isPlainText(value)) return value;
  }
  return null;
}

/** The list's plain texts, of its first few elements: an event of one thing names few. */
export function textsAt(fields: Fields, name: string): readonly string[] {
  const value = member(fields, name);
  if (!Array.isArray(value)) return [];
  const first: readonly unknown[] = value.slice(0, 10);
  return first.filter((each) => typeof each === "string").filter(isPlainText);
}

/** Not empty, not endless, and nothing in it that could forge a line of a log or an alert. */
function isPlainText(value: string): boolean {
  return value.length > 0 && value.length <= textLengthMax && !/\p{Cc}|[\u2028\u2029]/u.test(value);
}

/** An instant in the ISO form of CloudTrail and EventBridge, always UTC; null for anything else. */
export function instantAt(fields: Fields, name: string): string | null {
  const value = textAt(fields, name);
  if (value === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value)) return null;
  return Number.isNaN(Date.parse(value)) ? null : value;
}

/** An ARN, or null. */
export function arnAt(fields: Fields, name: string): string | null {
  const value = textAt(fields, name);
  return value !== null && /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:./.test(value) ? value : null;
}

/** An account id of twelve digits, or null. */
export function accountAt(fields: Fields, name: string): string | null {
  const value = textAt(fields, name);
  return value !== null && /^\d{12}$/.test(value) ? value : null;
}

/** A Region name such as `eu-central-1` or `us-gov-west-1`, or null. */
export function regionAt(fields: Fields, name: string): string | null {
  const value = textAt(fields, name);
  return value !== null && /^[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2}$/.test(value) ? value : null;
}
