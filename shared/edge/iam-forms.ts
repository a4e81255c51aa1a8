import type { Tag } from "@aws-sdk/client-iam";
import type { Tags } from "../plan/observed.ts";

/** IAM returns documents percent-encoded by RFC 3986; a text that is not encoded stays as it is. */
export function decodeDocument(text: string | undefined): string {
  if (text === undefined) return "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Tags by their keys, of the list that IAM returns. */
export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
}

/** Tags as the list that IAM takes. */
export function tagListOf(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
