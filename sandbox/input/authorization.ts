import { isRecord } from "./members.ts";

/** One decision that IAM makes before a call runs. */
export type Authorization = {
  readonly action: string;
  readonly resource: string;
  readonly context?: ReadonlyMap<string, readonly string[]>;
};

/** Text that may be missing or invalid: authorization comes before validation. */
export function textIn(input: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  return typeof value === "string" ? value : null;
}

/** The texts of a list that may be missing or invalid. */
export function textsIn(input: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  if (!Array.isArray(value)) return [];
  return value.filter((item: unknown): item is string => typeof item === "string");
}

/** The tags of a request, as a list of `{Key, Value}` in either case or as a map. */
export function tagsIn(
  input: Readonly<Record<string, unknown>>,
  name: string,
): ReadonlyMap<string, string> {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  if (isRecord(value)) {
    return new Map(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }
  if (!Array.isArray(value)) return new Map();
  return new Map(
    value
      .filter(isRecord)
      .map((tag): [string, string] => [
        textIn(tag, "Key") ?? textIn(tag, "key") ?? "",
        textIn(tag, "Value") ?? textIn(tag, "value") ?? "",
      ]),
  );
}

/** The condition keys of tags in the request: `aws:RequestTag/…` and `aws:TagKeys`. */
export function requestTagContext(
  tags: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  if (tags.size === 0) return new Map();
  return new Map([
    ["aws:TagKeys", [...tags.keys()]],
    ...[...tags].map(([key, value]): [string, readonly string[]] => [
      `aws:RequestTag/${key}`,
      [value],
    ]),
  ]);
}

/** The condition keys of tags on the resource, also with the service's own older prefix. */
export function resourceTagContext(
  tags: ReadonlyMap<string, string>,
  prefix?: string,
): ReadonlyMap<string, readonly string[]> {
  const prefixes = prefix === undefined ? ["aws"] : ["aws", prefix];
  return new Map(
    [...tags].flatMap(([key, value]) =>
      prefixes.map((at): [string, readonly string[]] => [`${at}:ResourceTag/${key}`, [value]]),
    ),
  );
}
