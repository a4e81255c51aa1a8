import { circleciProviderOf, parseSubject, shapeName } from "../../circleci/tokens.ts";
import type { Witness } from "./witness.ts";

/**
 * A witness as a sentence without a full stop: who could assume the role, and by what example.
 *
 * @param roleName the name of the role, as a reader knows it
 */
export function describeWitness(witness: Witness, roleName: string): string {
  const provider =
    witness.principal.type === "Federated" ? circleciProviderOf(witness.principal.id) : null;
  const subject =
    provider === null ? undefined : contextValue(witness, `${provider.keyPrefix}:sub`);
  if (provider !== null && subject !== undefined && witness.token !== null) {
    const { token } = witness;
    return `${whoseToken(subject)}, with sub = ${subject}${audienceText(witness, provider.keyPrefix)} (${shapeName(token)}), could assume ${roleName}`;
  }
  const context = Object.entries(witness.context).map(
    ([key, values]) => `${key} = ${values.join(", ")}`,
  );
  const when = context.length === 0 ? "" : ` with ${context.join(", ")}`;
  const unlikely = witness.reachable ? "" : " (no known caller makes such a request today)";
  return `${callerName(witness)}${when}, asking for ${witness.action}, could assume ${roleName}${unlikely}`;
}

function contextValue(witness: Witness, key: string): string | undefined {
  const entry = Object.entries(witness.context).find(([name]) => name.toLowerCase() === key);
  return entry?.[1][0];
}

function audienceText(witness: Witness, prefix: string): string {
  const audience = contextValue(witness, `${prefix}:aud`);
  return audience === undefined || prefix.endsWith(audience) ? "" : ` with aud = ${audience}`;
}

function whoseToken(subjectText: string): string {
  const subject = parseSubject(subjectText);
  if (subject === null) return "a token of CircleCI";
  if (subject.kind === "audit-log-stream") {
    return `CircleCI's audit-log stream of organisation ${subject.organizationId}`;
  }
  return `a job of project ${subject.projectId} of organisation ${subject.organizationId}`;
}

function callerName({ principal }: Witness): string {
  switch (principal.type) {
    case "AWS":
      return `the AWS identity ${principal.id}`;
    case "Federated":
      return `anyone who has a token of ${principal.id}`;
    case "Service":
      return `the service ${principal.id}`;
    case "CanonicalUser":
      return `the canonical user ${principal.id}`;
    default:
      return principal.type satisfies never;
  }
}
