/**
 * Whose tokens a provider in IAM stands for, and which condition keys STS makes of their claims.
 *
 * Imports no other room. Public: `issuerOf` and `issuerNamed` here, `sendingOf` and `keysOfClaims`
 * (keys.ts), and `readToken` (token.ts), which reads a token out of what people paste.
 */

/** Whose tokens STS reads in a way of their own; `other` is everybody else. */
export type IssuerKind =
  | "circleci"
  | "github"
  | "gitlab"
  | "buildkite"
  | "oracle"
  | "google"
  | "facebook"
  | "amazon"
  | "cognito"
  | "other";

/** Who signs the tokens that a Federated principal stands for. */
export type Issuer = {
  /** Host and path without the scheme, as in the provider's ARN: its condition keys begin so. */
  readonly name: string;
  readonly kind: IssuerKind;
  /** Null for a bare name such as `accounts.google.com`, which says nothing of the partition. */
  readonly partition: string | null;
};

const providerGrammar = /^arn:(aws(?:-[a-z0-9]+)*):iam::\d{12}:oidc-provider\/([^/].*)$/;

/**
 * Reads a Federated principal; null where it is neither an OIDC provider nor one of the names that
 * STS knows by itself (a SAML provider, `*`, anything else).
 */
export function issuerOf(principal: string): Issuer | null {
  const arn = providerGrammar.exec(principal);
  if (arn !== null) return issuerNamed(arn[2] ?? "", arn[1] ?? "");
  return isBareIssuer(principal) ? issuerNamed(principal, null) : null;
}

/** The issuer of a name without a scheme, in a partition if that is known. */
export function issuerNamed(name: string, partition: string | null): Issuer {
  return { name, kind: kindOf(name), partition };
}

/** The `iss` of a token without its scheme, as IAM names the provider. */
export function issuerNameOf(iss: string): string {
  return iss.replace(/^https:\/\//i, "");
}

/**
 * The web identities that STS knows without a provider in the account. Cognito's name is another in
 * GovCloud and in each Region of China.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function isBareIssuer(name: string): boolean {
  const kind = kindOf(name);
  return kind === "google" || kind === "facebook" || kind === "amazon" || kind === "cognito";
}

function kindOf(name: string): IssuerKind {
  for (const [grammar, kind] of kinds) if (grammar.test(name)) return kind;
  return "other";
}

const label = "[A-Za-z0-9_-]+";

/** Names by the Service Authorization Reference, AWS STS, condition keys. */
const kinds: readonly (readonly [RegExp, IssuerKind])[] = [
  [/^oidc\.circleci\.com(?:\/org\/[^/]+)?$/, "circleci"],
  [/^token\.actions\.githubusercontent\.com(?:\/[^/]+)?$/, "github"],
  [new RegExp(`^token\\.actions\\.${label}\\.ghe\\.com$`), "github"],
  [/^github\.com\/enterprises\/[^/]+$/, "github"],
  [/^gitlab\.com$/, "gitlab"],
  [new RegExp(`^agent\\.(?:buildkite\\.com|${label}\\.buildkite\\.(?:dev|site))$`), "buildkite"],
  [new RegExp(`^idcs-${label}\\.identity\\.oraclecloud\\.com$`), "oracle"],
  [/^accounts\.google\.com$/, "google"],
  [/^graph\.facebook\.com$/, "facebook"],
  [/^www\.amazon\.com$/, "amazon"],
  [
    /^cognito-identity(?:-us-gov\.amazonaws\.com|\.amazonaws\.com|\.cn-[a-z]+-\d\.amazonaws\.com\.cn)$/,
    "cognito",
  ],
];
