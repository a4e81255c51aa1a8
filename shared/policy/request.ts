import type { PrincipalType } from "./document.ts";

/** Who asks: one caller, named in full. */
export type RequestPrincipal = { readonly type: PrincipalType; readonly id: string };

/**
 * The context of a request: keys in lower case with their values, at least one, none of them empty.
 * A key that is not in the map is absent from the request.
 */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

export type TrustRequest = {
  readonly principal: RequestPrincipal;
  readonly action: string;
  readonly context: RequestContext;
};

/** What AWS STS can be asked about a role. */
export const stsActions = [
  "sts:AssumeRoleWithWebIdentity",
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:TagSession",
  "sts:SetSourceIdentity",
  "sts:SetContext",
] as const;
