import type { ProjectEntry } from "../document/index.ts";
import type { Filter, Filters } from "./config.ts";

/** What a trust admits, as the refs of git that start a workflow. */
export type AdmittedRefs =
  /** Nobody: every entry has ended. */
  | { readonly kind: "none" }
  /** `every`: some entry takes every ref of its project. The tags are those that entries name. */
  | {
      readonly kind: "some";
      readonly everyBranch: boolean;
      readonly branches: readonly string[];
      readonly tags: readonly string[];
    };

/**
 * The refs that the entries of a trust admit together, those left out that have ended at `now`. An
 * entry without refs admits every branch, and its tags too; but a workflow never runs on a tag that
 * nobody has named.
 */
export function admittedRefs(projects: "all" | readonly ProjectEntry[], now: Date): AdmittedRefs {
  const standing =
    projects === "all"
      ? [{ refs: undefined }]
      : projects.filter(({ until }) => until === undefined || Date.parse(until) > now.getTime());
  if (standing.length === 0) return { kind: "none" };
  const refs = [...new Set(standing.flatMap(({ refs = [] }) => refs))];
  const below = (folder: string) =>
    refs.filter((ref) => ref.startsWith(folder)).map((ref) => ref.slice(folder.length));
  return {
    kind: "some",
    everyBranch: standing.some((entry) => entry.refs === undefined),
    branches: below("refs/heads/"),
    tags: below("refs/tags/"),
  };
}

const nothing: Filter = { ignore: ["/.*/"] };

/**
 * Filters that let exactly these refs start a job. CircleCI starts jobs on every branch and on no
 * tag unless a filter says otherwise, and compares a pattern with the whole name, by the rules of
 * java.util.regex.
 *
 * @see https://circleci.com/docs/guides/orchestrate/workflows/
 */
export function filtersOf(refs: AdmittedRefs): Filters {
  if (refs.kind === "none") return { branches: nothing };
  const { everyBranch, branches, tags } = refs;
  const ofTags = tags.length === 0 ? {} : { tags: { only: tags.map(filterText) } };
  if (everyBranch) return ofTags;
  const ofBranches = branches.length === 0 ? nothing : { only: branches.map(filterText) };
  return { branches: ofBranches, ...ofTags };
}

/** A branch or tag as a filter; `*` at its end stands for any rest. */
function filterText(name: string): string {
  if (name === "*") return "/.*/";
  if (name.endsWith("*")) return `/^${escaped(name.slice(0, -1))}.*$/`;
  // CircleCI would take `<<` for the beginning of a parameter, also in a filter.
  return name.includes("<<") ? `/^${escaped(name)}$/` : name;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}/]/g, "\\$&").replaceAll("<", "[<]");
}
