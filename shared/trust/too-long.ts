/**
 * The sentences on a policy that IAM would not take for its length: by how much, which part of
 * this very document is the longest, and what would shorten it.
 */

/** What one part of `deploy` takes of the deploy policy, in characters. */
export type DeployPart =
  | {
      readonly field: "ecr" | "appRunner" | "ecsExpress";
      readonly names: number;
      readonly length: number;
    }
  /** `branches` is 0 where every branch is meant. */
  | {
      readonly field: "amplify";
      readonly app: string;
      readonly branches: number;
      readonly length: number;
    };

const splitTargets = "split the deploy targets over two environments with a role each";

/** Says why a deploy policy was not written; `parts` may come in any order. */
export function deployTooLong(input: {
  readonly length: number;
  readonly max: number;
  readonly parts: readonly DeployPart[];
}): string {
  const { length, max, parts } = input;
  const excess =
    `The deploy policy would have ${length} characters, ${length - max} more than the ` +
    `${max} that IAM takes.`;
  const longest = parts.toSorted((left, right) => right.length - left.length)[0];
  if (longest === undefined) return excess;
  return `${excess} The longest part is ${deployPartText(longest)}, with ${longest.length} characters. ${deployRemedy(longest)}`;
}

function deployPartText(part: DeployPart): string {
  switch (part.field) {
    case "amplify":
      return `deploy.amplify, app ${part.app} (${part.branches === 0 ? "every branch" : counted(part.branches, "branch", "branches")})`;
    case "ecr":
    case "appRunner":
    case "ecsExpress":
      return `deploy.${part.field} (${counted(part.names, "entry", "entries")})`;
    default:
      return part satisfies never;
  }
}

function deployRemedy(part: DeployPart): string {
  if (part.field === "amplify" && part.branches > 1) {
    return `Shorten it by naming fewer branches of that app (none means every branch), or ${splitTargets}.`;
  }
  return `Shorten it by naming fewer of them, or ${splitTargets}.`;
}

/** What a trust entry takes of the trust policy, in characters. */
export type TrustEntrySize = {
  readonly id: string;
  readonly refs: number;
  readonly length: number;
};

/** Says why a trust policy was not written; `entries` stand in the order of the document. */
export function trustTooLong(input: {
  readonly length: number;
  readonly max: number;
  readonly statements: number;
  /** What the further audiences take over all statements. */
  readonly audiences: number;
  readonly entries: readonly TrustEntrySize[];
}): string {
  const { length, max, statements, entries } = input;
  const inAll = `${counted(Math.max(entries.length, 1), "entry", "entries")} in ${counted(statements, "statement", "statements")}`;
  const excess =
    `The trust policy would have ${length} characters, ${length - max} more than the ` +
    `${max} that IAM takes at most (${inAll}).`;
  const remedies = [
    ...(statements > 1 ? ["by one until for several entries"] : []),
    ...(entries.some(({ refs }) => refs > 1) ? ["by a closing * in place of several refs"] : []),
    ...(input.audiences > 0 ? ["by fewer audiences"] : []),
    ...(entries.length > 1
      ? ["by naming fewer projects", "or split the projects over two environments with a role each"]
      : []),
  ];
  return `${excess} The longest part is ${trustPartText(input)}. Shorten it ${remedies.join(", ")}.`;
}

function trustPartText({ audiences, entries }: Parameters<typeof trustTooLong>[0]): string {
  const inEntries = entries.reduce((sum, entry) => sum + entry.length, 0);
  if (audiences >= inEntries) return `circleci.audiences, with ${audiences} characters`;
  const longest = entries.reduce((most, entry) => (entry.length > most.length ? entry : most));
  const place = `trust.projects[${entries.indexOf(longest)}]`;
  const refs = longest.refs === 0 ? "" : `, ${counted(longest.refs, "ref", "refs")}`;
  return `trust.projects, with ${inEntries} characters, in it ${place} (project ${longest.id}${refs}) with ${longest.length}`;
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
