import type { Reading } from "../aws/reading.ts";
import { compareTrust, mayWiden } from "../compare/index.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { ObservedProvider, ObservedRole } from "./observed.ts";
import { type Owner, ownershipOf } from "./ownership.ts";
import type { Blocked } from "./resource-claims.ts";
import { denyingAudience, statementsOf } from "./statements.ts";

/**
 * The provider that a document would take over: found, written for no environment, and nobody
 * else's. `null` where there is none, or it is ours already: what is added to that one is drift.
 *
 * @param input.written organisations whose providers were written by us
 */
export function providerToAdopt(input: {
  readonly document: EnvironmentDocument;
  readonly observed: Reading<ObservedProvider>;
  readonly written: ReadonlySet<string>;
  readonly owner: Owner;
}): ObservedProvider | null {
  const { document, observed, written, owner } = input;
  if (observed.kind !== "found" || written.has(document.circleci.organizationId)) return null;
  const ownership = ownershipOf(observed.value.tags, { ...owner, environment: null });
  return ownership.kind === "foreign" ? null : observed.value;
}

/** Audiences of a provider that no document asks for. */
export function surplusAudiences(
  { audiences }: ObservedProvider,
  asked: ReadonlySet<string>,
): readonly string[] {
  return audiences.filter((audience) => !asked.has(audience));
}

/**
 * Why a provider is not adopted: taking an audience off it would lock out jobs of roles that other
 * people keep. Empty where nobody asks for any of them.
 *
 * @param input.roles every role of the account
 */
export function audienceInUse(input: {
  readonly document: EnvironmentDocument;
  readonly provider: ObservedProvider;
  readonly surplus: readonly string[];
  readonly roles: readonly ObservedRole[];
}): readonly Blocked[] {
  const { document, provider, surplus, roles } = input;
  // The document's own role gets the document's trust policy, and asks for nothing else then.
  const own = document.role.name.toLowerCase();
  const others = roles.filter(({ name }) => name.toLowerCase() !== own);
  const uses = surplus.flatMap((audience) => {
    const asking = others.filter(({ trustPolicy }) => admits(trustPolicy, provider.arn, audience));
    return asking.length === 0 ? [] : [`${audience} (${named(asking)})`];
  });
  if (uses.length === 0) return [];
  const message = `${provider.arn} lists audiences that no document asks for and that roles of this account accept: ${uses.join(", ")}. It is not adopted, and nothing is changed, so that their jobs keep working. Add the audience to circleci.audiences as long as they need it, or let those roles ask for ${document.circleci.organizationId} instead`;
  return [{ code: "AudienceInUse", resource: "oidc-provider", message }];
}

const namedMax = 5;

function named(roles: readonly ObservedRole[]): string {
  const names = roles.slice(0, namedMax).map(({ arn }) => `role ${arn.split(":role/")[1] ?? arn}`);
  const rest = roles.length - names.length;
  return [...names, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

/**
 * Does a trust policy let in any token of this provider with this audience? One that tests no
 * audience lets in every one, and nobody can say that no job sends it: it counts. So does one about
 * which nothing can be decided.
 */
function admits(trustPolicy: string, providerArn: string, audience: string): boolean {
  if (!mayName(trustPolicy, providerArn)) return false;
  const without = denyingAudience(trustPolicy, providerArn, audience);
  return (
    without === null || mayWiden(compareTrust({ before: [without], after: [trustPolicy] }).widening)
  );
}

/** Does any statement name the provider, or everybody? Most roles of an account do not. */
function mayName(trustPolicy: string, providerArn: string): boolean {
  const statements = statementsOf(trustPolicy);
  if (statements === null) return trustPolicy.includes(providerArn);
  return statements.some(({ Principal, NotPrincipal }) => {
    const text = JSON.stringify(Principal ?? null);
    return NotPrincipal !== undefined || text.includes(providerArn) || text.includes('"*"');
  });
}
