import { type Arn, parseArn } from "../aws/arn.ts";
import { issuerOf } from "../issuers/issuer.ts";
import type { PrincipalType } from "./document.ts";

/**
 * A caller that policies can tell from the rest: one that is named (or a session of a role that is),
 * all others of an account, or all whom no principal speaks of.
 */
export type Caller = { readonly type: PrincipalType; readonly id: string } & {
  readonly stands: "itself" | "others" | "strangers";
};

/** Is it one OIDC provider, as `aws:FederatedProvider` holds it? */
export function isProviderId(text: string): boolean {
  return issuerOf(text) !== null && !/[*?]/.test(text);
}

/** The parts of an identity's ARN; null for every other principal. */
export function identityOf(id: string): Arn | null {
  const arn = parseArn(id);
  return arn?.service === "iam" || arn?.service === "sts" ? arn : null;
}
