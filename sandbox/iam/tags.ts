import type { Members } from "../input/members.ts";
import { invalidInput, limitExceeded } from "./refusals.ts";
import type { Directory, Tags } from "./state.ts";

const tagText = /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u;

/** Tags of a request. Keys that start with `aws:` are reserved for AWS and refused. */
export function tagsOf(members: Members, name = "Tags"): Tags {
  const tags = new Map<string, string>();
  const seen = new Set<string>();
  for (const tag of members.structures(name, { max: 50 })) {
    const key = tag.text("Key", { min: 1, max: 128, pattern: tagText });
    const value = tag.text("Value", { max: 256, pattern: tagText });
    if (seen.has(key.toLowerCase())) {
      throw invalidInput(
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    if (/^aws:/i.test(key)) {
      throw invalidInput(`aws: prefixed tag key names are not allowed for external use: ${key}`);
    }
    seen.add(key.toLowerCase());
    tags.set(key, value);
  }
  return tags;
}

/** The tags with others added or replaced. Keys that differ only in case are the same. */
export function tagged(directory: Directory, before: Tags, added: Tags): Tags {
  const lower = new Set([...added.keys()].map((key) => key.toLowerCase()));
  const kept = [...before].filter(([key]) => !lower.has(key.toLowerCase()));
  const tags = new Map([...kept, ...added]);
  const most = directory.quotas.tagsPerEntity;
  if (tags.size > most) {
    throw limitExceeded(
      `The number of tags has reached the maximum limit of ${most}. Remove some tags and try again.`,
    );
  }
  return tags;
}

/** The tags without some. A key that does not exist is not an error. */
export function untagged(before: Tags, members: Members): Tags {
  const gone = members
    .texts("TagKeys", { max: 50, each: { min: 1, max: 128 } })
    .map((key) => key.toLowerCase());
  return new Map([...before].filter(([key]) => !gone.includes(key.toLowerCase())));
}

/** Tags as answers show them, in the order of their keys. */
export function shownTags(tags: Tags): readonly { readonly Key: string; readonly Value: string }[] {
  return [...tags].sort(([a], [b]) => (a < b ? -1 : 1)).map(([Key, Value]) => ({ Key, Value }));
}
