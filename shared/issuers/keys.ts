import { type Issuer, type IssuerKind, issuerNamed } from "./issuer.ts";

/**
 * Whether STS makes a condition key of a token: with each, with some, with none, or nobody says.
 * What is `unknown` may be there.
 */
export type Sending = "always" | "sometimes" | "never" | "unknown";

/** Where a key's value comes from: the first of these claims that the token has. */
type Source = {
  readonly claims: readonly string[];
  readonly sending: "always" | "sometimes";
  /** STS knows the key in the partition `aws` alone. */
  readonly commercialOnly?: true;
};

const every = (...claims: readonly string[]): Source => ({ claims, sending: "always" });
const some = (...claims: readonly string[]): Source => ({ claims, sending: "sometimes" });

/** A claim of the issuer's own, which STS maps since January 2026 in the commercial Regions. */
const own = (...claims: readonly string[]): Source => ({
  claims,
  sending: "sometimes",
  commercialOnly: true,
});

/** The keys of every OIDC provider. `aud` is the authorized party where the token has one. */
const audience = { aud: every("azp", "aud"), oaud: every("aud"), sub: every("sub") } as const;
const anybody = { ...audience, amr: some("amr"), email: some("email") } as const;

function ownClaims(names: readonly string[]): Readonly<Record<string, Source>> {
  return Object.fromEntries(names.map((name) => [name, own(name)]));
}

/**
 * What STS reads of a token, by issuer. The claims of Facebook's and Amazon's tokens are opaque
 * access tokens to AWS's table; the names are those that their own token inspection gives.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const sources: Readonly<Record<IssuerKind, Readonly<Record<string, Source>>>> = {
  // CircleCI's and GitHub's tokens have neither amr nor email.
  circleci: { ...audience, "oidc.circleci.com/project-id": own("oidc.circleci.com/project-id") },
  github: {
    ...audience,
    ...ownClaims([
      "actor",
      "actor_id",
      "job_workflow_ref",
      "repository",
      "repository_id",
      "workflow",
      "ref",
      "environment",
      "enterprise_id",
    ]),
  },
  gitlab: {
    ...anybody,
    ...ownClaims([
      "namespace_id",
      "project_id",
      "user_id",
      "user_login",
      "user_email",
      "user_access_level",
      "ref_protected",
      "pipeline_source",
      "runner_environment",
    ]),
  },
  buildkite: {
    ...anybody,
    ...ownClaims([
      "organization_slug",
      "organization_id",
      "pipeline_slug",
      "pipeline_id",
      "cluster_name",
      "cluster_id",
      "build_branch",
    ]),
  },
  oracle: { ...anybody, ...ownClaims(["rpst_id"]) },
  google: { ...anybody, "google/organization_number": own("google:organization_number") },
  facebook: { app_id: every("app_id", "aud"), id: every("id", "user_id", "sub") },
  amazon: {
    app_id: every("app_id", "aud"),
    user_id: every("user_id", "sub"),
    sub: every("user_id", "sub"),
  },
  cognito: { aud: every("aud"), oaud: every("aud"), sub: every("sub"), amr: some("amr") },
  other: anybody,
};

/**
 * Does STS make this condition key of the issuer's tokens? Everything that reads or writes CircleCI's
 * project-id asks here, because STS knows it in the partition `aws` only.
 *
 * @param key whole and in any case: `token.actions.githubusercontent.com:ref`. A key of another
 *   issuer is never sent; a key that no issuer has (`aws:`, `sts:`) is `unknown`.
 */
export function sendingOf(issuer: Issuer, key: string): Sending {
  const name = ownName(issuer, key);
  if (name === null) return isIssuersKey(key) ? "never" : "unknown";
  const source = sourceOf(issuer, name);
  if (source !== null) return isKnownIn(issuer, source) ? source.sending : "never";
  if (issuer.kind === "other") return "unknown";
  // The Service Authorization Reference lists it since autumn 2026; the User Guide's table does not.
  if (issuer.kind === "github" && name === "repository_owner_id")
    return isCommercial(issuer) ? "unknown" : "never";
  return "never";
}

/**
 * The condition keys that STS makes of a token's claims, in lower case, with their values.
 *
 * @param claims the decoded token, whatever it holds
 */
export function keysOfClaims(
  issuer: Issuer,
  claims: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const [name, source] of Object.entries(sources[issuer.kind])) {
    if (!isKnownIn(issuer, source)) continue;
    const claim = source.claims.find((candidate) => valuesOf(claims[candidate]).length > 0);
    const values = claim === undefined ? [] : valuesOf(claims[claim]);
    // Of several audiences STS takes one; only amr is a key of several values.
    if (values.length > 0)
      keys.set(
        `${issuer.name.toLowerCase()}:${name}`,
        name === "amr" ? values : values.slice(0, 1),
      );
  }
  return keys;
}

function valuesOf(claim: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.flatMap((value) => {
    if (typeof value === "string") return value === "" ? [] : [value];
    return typeof value === "number" || typeof value === "boolean" ? [String(value)] : [];
  });
}

function ownName(issuer: Issuer, key: string): string | null {
  const prefix = `${issuer.name.toLowerCase()}:`;
  const lower = key.toLowerCase();
  return lower.startsWith(prefix) ? lower.slice(prefix.length) : null;
}

/** Is it a key whose claim certainly has one value, with tokens of any issuer? */
export function isSingleClaim(key: string): boolean {
  return /:(?:aud|sub|oidc\.circleci\.com\/project-id)$/.test(key);
}

/** Keys of AWS's own and of SAML have a word before the colon, those of an issuer a host. */
export function isIssuersKey(key: string): boolean {
  return /^[^:/]*\.[^:]*:/.test(key);
}

/** Does STS make the key, in lower case, of tokens of an issuer whose claims are known? */
export function isKnownClaim(key: string): boolean {
  const issuer = issuerNamed(key.split(":", 1)[0] ?? "", null);
  return issuer.kind !== "other" && sendingOf(issuer, key) !== "never";
}

/** Is the key, in lower case, of an issuer whose claims nobody lists? */
export function isOwnClaim(key: string): boolean {
  return isIssuersKey(key) && issuerNamed(key.split(":", 1)[0] ?? "", null).kind === "other";
}

function sourceOf(issuer: Issuer, name: string): Source | null {
  const known = sources[issuer.kind];
  return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
}

/** A bare name says nothing of the partition: it is read as `aws`, where nearly everybody is. */
function isCommercial(issuer: Issuer): boolean {
  return issuer.partition === null || issuer.partition === "aws";
}

function isKnownIn(issuer: Issuer, source: Source): boolean {
  return source.commercialOnly !== true || isCommercial(issuer);
}
