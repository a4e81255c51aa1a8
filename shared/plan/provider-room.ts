import type { EnvironmentDocument } from "../document/index.ts";
import { audiencesOf } from "./desired.ts";

/** Why IAM has no room for what a document asks for, and the place in it. */
export type ProviderProblem = { readonly path: string; readonly message: string };

/**
 * What one provider holds; neither can be raised.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const providerAudiencesMax = 100;
export const thumbprintsMax = 5;

type Sharing = { readonly name: string; readonly document: EnvironmentDocument };

/**
 * Does a provider that several environments share hold all that they ask for together? One that is in
 * force keeps its room; the one that comes later is refused.
 *
 * @param others what the provider's other environments have, or will have before this one
 */
export function providerProblem(
  document: EnvironmentDocument,
  others: readonly Sharing[],
): ProviderProblem | null {
  const here = others.filter(
    (other) => other.document.circleci.organizationId === document.circleci.organizationId,
  );
  return (
    problemOf(document, here, {
      path: "circleci.audiences",
      what: "audiences",
      max: providerAudiencesMax,
      of: audiencesOf,
    }) ??
    problemOf(document, here, {
      path: "circleci.thumbprints",
      what: "thumbprints",
      max: thumbprintsMax,
      of: ({ circleci }) => circleci.thumbprints,
    })
  );
}

function problemOf(
  document: EnvironmentDocument,
  others: readonly Sharing[],
  part: {
    readonly path: string;
    readonly what: string;
    readonly max: number;
    readonly of: (document: EnvironmentDocument) => readonly string[];
  },
): ProviderProblem | null {
  const { path, what, max, of } = part;
  const there = new Set(others.flatMap((other) => of(other.document)));
  const added = of(document).filter((value) => !there.has(value));
  const excess = there.size + added.length - max;
  if (excess <= 0) return null;
  const names = [...new Set(others.map(({ name }) => name))].join(", ");
  const fewer = Math.min(excess, added.length);
  return {
    path,
    message: `The provider would have ${there.size + added.length} ${what}, ${excess} more than the ${max} that IAM takes: ${there.size} that ${names} asked for before, and ${added.length} that only this document names. Name ${fewer} fewer here, or take ${fewer} off there; another organisation has a provider of its own.`,
  };
}
