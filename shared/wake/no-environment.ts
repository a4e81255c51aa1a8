import { touchedText } from "./target.ts";
import type { Scope } from "./wake.ts";

/** Why a run that was sent to these places has nothing to do there, in one sentence. */
export function whyNoEnvironment(scopes: readonly Scope[]): string {
  const [first] = scopes;
  if (first === undefined) return "The event affects no environment.";
  if (scopes.length === 1) return `${sentenceOf(first)}.`;
  return `No environment has any of the ${scopes.length} things that the events name. The first: ${withSmallLetter(sentenceOf(first))}.`;
}

function withSmallLetter(sentence: string): string {
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`;
}

function sentenceOf(scope: Scope): string {
  switch (scope.kind) {
    case "every":
      return "There is no environment";
    case "named":
      return `There is no environment ${scope.environments.join(", ")}`;
    case "role":
      return `No environment names the role ${scope.name}`;
    case "policy":
      return `No environment names the policy ${scope.arn}`;
    case "provider":
      return `No environment names the provider ${scope.arn}`;
    case "target":
      return `No environment names the ${touchedText(scope.target)} in ${scope.region}`;
    default:
      return scope satisfies never;
  }
}
