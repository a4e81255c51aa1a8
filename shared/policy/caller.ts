import { type Arn, parseArn } from "../aws/arn.ts";
import { issuerOf } from "../issuers/issuer.ts";
import type { PrincipalType } from "./document.ts";

/**
 * A caller that policies can distinguish from the rest: one that is named (or a session of a role that is),
 * all others of an account, or all that no principal names.
 */
export type Caller = { readonly type: PrincipalType; readonly id: string } & {
  readonly standsFor: "itself" | "others" | "strangers";
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
