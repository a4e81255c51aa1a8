import type { PolicyPart } from "../targets/index.ts";

/**
 * The sentences on a policy that IAM would not take for its length: by how much, which part of
 * this very document is the longest, and what would shorten it.
 */

/** What one part of `deploy` takes of the deploy policy. */
export type DeployPart = PolicyPart & { readonly field: string };

const splitTargets = "split the deploy targets over two environments with a role each";

/** Why a policy was not written, and the longest part of the document that asked for it. */
type TooLong = { readonly path: string; readonly message: string };

/** Says why a deploy policy was not written; `parts` may come in any order. */
export function deployTooLong(input: {
  readonly length: number;
  readonly max: number;
  readonly parts: readonly DeployPart[];
}): TooLong {
  const { length, max, parts } = input;
  const excess =
    `The deploy policy would have ${length} characters, ${length - max} more than the ` +
    `${max} that IAM takes.`;
  const [longest] = [...Map.groupBy(parts, ({ field }) => field)]
    .map(([field, all]) => ({ field, all: all.toSorted(longestFirst), length: sumOf(all) }))
    .toSorted(longestFirst);
  const first = longest?.all[0];
  if (longest === undefined || first === undefined) return { path: "deploy", message: excess };
  const [most] = parts.toSorted(longestFirst);
  // Of many small parts none is the longest, and together they are.
  const isAlone = most === first;
  const part = isAlone ? partText(first) : partsText(longest.all.length, first);
  const characters = isAlone ? first.length : longest.length;
  const message = `${excess} The longest part is ${part}, with ${characters} characters. Shorten it by ${first.remedy}, or ${splitTargets}.`;
  return { path: `deploy.${longest.field}`, message };
}

type Sized = { readonly length: number };

const longestFirst = (left: Sized, right: Sized) => right.length - left.length;

function sumOf(parts: readonly Sized[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function partText({ field, says }: DeployPart): string {
  return `deploy.${field}${says}`;
}

function partsText(parts: number, longest: DeployPart): string {
  const { field, plural } = longest;
  return `deploy.${field} (${parts} ${plural}, the longest is ${partText(longest)})`;
}

/** What a trust entry takes of the trust policy, in characters. */
type TrustEntrySize = {
  readonly id: string;
  readonly refs: number;
  readonly length: number;
};

/** Says why a trust policy was not written; `entries` are in the order of the document. */
export function trustTooLong(input: {
  readonly length: number;
  readonly max: number;
  /** May the account have a higher quota than this one? */
  readonly canBeRaised: boolean;
  readonly statements: number;
  /** What the further audiences take over all statements. */
  readonly audiences: number;
  readonly entries: readonly TrustEntrySize[];
}): TooLong {
  const { length, max, canBeRaised, statements, entries } = input;
  const inAll = `${counted(Math.max(entries.length, 1), "entry", "entries")} in ${counted(statements, "statement", "statements")}`;
  const excess =
    `The trust policy would have ${length} characters, ${length - max} more than the ` +
    `${max} that IAM takes ${canBeRaised ? "in this account" : "at most"} (${inAll}).`;
  const remedies = [
    ...(statements > 1 ? ["by one until for several entries"] : []),
    ...(entries.some(({ refs }) => refs > 1) ? ["by a closing * in place of several refs"] : []),
    ...(input.audiences > 0 ? ["by fewer audiences"] : []),
    ...(entries.length > 1
      ? ["by naming fewer projects", "or split the projects over two environments with a role each"]
      : []),
  ];
  const quota = canBeRaised ? "; or have the quota L-C07B4B0D raised, up to 8192" : "";
  const { path, text } = longestTrustPart(input);
  const message = `${excess} The longest part is ${text}. Shorten it ${remedies.join(", ")}${quota}.`;
  return { path, message };
}

function longestTrustPart({ audiences, entries }: Parameters<typeof trustTooLong>[0]): {
  readonly path: string;
  readonly text: string;
} {
  const inEntries = sumOf(entries);
  if (audiences >= inEntries) {
    const path = "circleci.audiences";
    return { path, text: `${path}, with ${audiences} characters` };
  }
  const longest = entries.reduce((most, entry) => (entry.length > most.length ? entry : most));
  const entry = `trust.projects[${entries.indexOf(longest)}]`;
  const place = longest.refs > 0 ? `${entry}.refs` : entry;
  const refs = longest.refs === 0 ? "" : `, ${counted(longest.refs, "ref", "refs")}`;
  const text = `trust.projects, with ${inEntries} characters, in it ${entry} (project ${longest.id}${refs}) with ${longest.length}`;
  return { path: longest.length * 2 > inEntries ? place : "trust.projects", text };
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
