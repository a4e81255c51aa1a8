/**
 * What IAM takes as a trust policy and what it refuses: one table for the product's parser and for
 * the sandbox, which share no code. BASE is a policy that IAM takes; each row changes one part.
 */

const organization = "11111111-2222-4333-8444-555555555555";
const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const issuer = `oidc.circleci.com/org/${organization}`;

export const provider = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;

const base = {
  Effect: "Allow",
  Principal: { Federated: provider },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: {
    StringEquals: { [`${issuer}:aud`]: organization },
    StringLike: { [`${issuer}:sub`]: `org/${organization}/project/${project}/user/*` },
  },
} as const;

/** BASE with some elements changed; `undefined` takes one away. */
export function baseWith(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ ...base, ...change }] });
}

export type Row = { readonly title: string; readonly text: string };

function row(source: string, change: Readonly<Record<string, unknown>>): Row {
  return { title: `${source}: ${JSON.stringify(change)}`, text: baseWith(change) };
}

// The value of Effect is case-sensitive: User Guide, IAM JSON policy elements: Effect.
const effects = ["allow", "deny", "ALLOW", "Permit", "Allow ", " Deny", "", true, null, ["Allow"]];

// IAM: "Federated principals must be valid domain names or SAML metadata ARNs".
const noProviders = [
  "arn:aws:iam::123456789012:role/eks-cluster",
  "arn:aws:iam::123456789012:user/ci",
  "arn:aws:iam::123456789012:root",
  "arn:aws:sts::123456789012:assumed-role/ci/session",
  "123456789012",
  `arn:aws:iam::123456789:oidc-provider/${issuer}`,
  `arn:aws:iam::1234567890123:oidc-provider/${issuer}`,
  `arn:aws:iam:::oidc-provider/${issuer}`,
  `arn:aws:iam::ACCOUNT_ID:oidc-provider/${issuer}`,
  `arn:aws:iam:us-east-1:123456789012:oidc-provider/${issuer}`,
  `arn:aws:sts::123456789012:oidc-provider/${issuer}`,
  `arn:amazon:iam::123456789012:oidc-provider/${issuer}`,
  `arn:aws:iam::123456789012:oidc-provider/https://${issuer}`,
  `arn:aws:iam::123456789012:oidc-provider/http://${issuer}`,
  `arn:aws:iam::123456789012:oidc-provider//${issuer}`,
  `arn:aws:iam::123456789012:oidc-provider/${issuer}?x=1`,
  `arn:aws:iam::123456789012:oidc-provider/${issuer}#x`,
  "arn:aws:iam::123456789012:oidc-provider/idp.example.com:443/x",
  "arn:aws:iam::123456789012:oidc-provider/",
  "arn:aws:iam::123456789012:oidc-provider",
  `arn:aws:iam::123456789012:oidc-providers/${issuer}`,
  `arn:aws:iam::123456789012:oidc-provider/${issuer}*`,
  "arn:aws:iam::123456789012:oidc-provider/*",
  `arn:aws:iam::123456789012:oidc-provider/${issuer} `,
  `arn:aws:iam::123456789012:oidc-provider/${issuer}\n`,
  "arn:aws:iam::123456789012:saml-provider/",
  "arn:aws:iam::123456789:saml-provider/Acme",
  "arn:aws:iam::123456789012:saml-provider/Acme/Sub",
  issuer,
  `https://${issuer}`,
  "https://accounts.google.com",
  "accounts.google.com ",
  "google",
  "",
  " ",
  null,
  [],
  [provider, "arn:aws:iam::123456789012:role/eks-cluster"],
];

// IAM: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
const keysOfNobody = ["sub", issuer, ":sub", `${issuer}:`, "", " ", " :sub"];

// User Guide, IAM identifiers: of unique ids only a user's and a role's stand for somebody; a canonical
// user id has 64 hexadecimal digits.
const nobodies = [
  { AWS: "AKIAEXAMPLEEXAMPLE12" },
  { AWS: "AGPAEXAMPLEEXAMPLE12" },
  { AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1" },
  { CanonicalUser: "x" },
];

// IAM: "AssumeRole policy may only specify STS AssumeRole actions."
const otherActions = [
  ["sts:AssumeRoleWithWebIdentity", "s3:GetObject"],
  "s3:GetObject",
  "iam:PassRole",
  "s3:*",
  "*:*",
  "st*:AssumeRole",
  "AssumeRoleWithWebIdentity",
  "sts:",
  "",
  [],
];

/** Refused by IAM, with the public report or the page that shows it where there is one. */
export const refused: readonly Row[] = [
  ...effects.map((Effect) => row("hashicorp/terraform#9139", { Effect })),
  { title: "no Effect", text: baseWith({ Effect: undefined }) },
  ...noProviders.map((Federated) =>
    row("terraform-aws-iam#202, pulumi-eks#871", { Principal: { Federated } }),
  ),
  row("a provider among AWS principals", { Principal: { AWS: provider } }),
  ...["ec2", "arn:aws:iam::123456789012:role/x", "123456789012", "*"].map((Service) =>
    row("a service that has no such name", { Principal: { Service } }),
  ),
  ...nobodies.map((Principal) => row("no principal", { Principal })),
  ...keysOfNobody.map((key) =>
    row("a key that is nobody's", { Condition: { StringLike: { [key]: "org/*" } } }),
  ),
  ...otherActions.map((Action) => row("public emulators", { Action })),
  row("public emulators", { Action: undefined, NotAction: "s3:GetObject" }),
];

const partitions = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"];

// User Guide, AWS JSON policy elements: Principal; providers that public policies name.
const providers = [
  "accounts.google.com",
  "graph.facebook.com",
  "www.amazon.com",
  "cognito-identity.amazonaws.com",
  "cognito-identity-us-gov.amazonaws.com",
  "cognito-identity.cn-north-1.amazonaws.com.cn",
  ...partitions.map((partition) => `arn:${partition}:iam::123456789012:oidc-provider/${issuer}`),
  ...partitions.map((partition) => `arn:${partition}:iam::123456789012:saml-provider/Acme_SSO-1.x`),
  "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
  "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/acme",
  "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
  "arn:aws:iam::123456789012:oidc-provider/cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEf",
  // The issuer of Entra's tokens of version 1 ends in a slash, and so does its provider's ARN.
  "arn:aws:iam::123456789012:oidc-provider/sts.windows.net/00000000-0000-0000-0000-000000000001/",
  "arn:aws:iam::123456789012:oidc-provider/acme.eu.auth0.com/",
  "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
  "arn:aws:iam::123456789012:oidc-provider/accounts.google.com",
  "*",
  [provider, "arn:aws:iam::123456789012:saml-provider/Acme"],
];

const roleActions = [
  "sts:*",
  "sts:Assume*",
  "STS:assumerolewithwebidentity",
  "sts:AssumeRoleWith???Identity",
  ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
  ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:SetContext"],
  "sts:AssumeRoleWithSAML",
  // pulumi-aws#4629: no such action, and IAM does not look it up.
  "sts:AssumeRoleWithWebIdendity",
  "*",
];

/** What IAM takes. */
export const taken: readonly Row[] = [
  row("as it is", {}),
  row("the other effect", { Effect: "Deny" }),
  ...providers.map((Federated) => row("a provider", { Principal: { Federated } })),
  ...roleActions.map((Action) => row("actions of a role", { Action })),
  row("actions of a role", { Action: undefined, NotAction: "sts:TagSession" }),
  row("other principals", {
    Principal: { AWS: "123456789012", Service: ["ec2.amazonaws.com"], Federated: provider },
    Action: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
  }),
  row("everybody", { Principal: "*" }),
  row("a canonical user", { Principal: { CanonicalUser: "0a".repeat(32) } }),
  row("a key with two colons", { Condition: { StringLike: { [`${issuer}:sub:x`]: "org/*" } } }),
  row("a key in another case", { Condition: { StringLike: { "AWS:SourceIp": "x" } } }),
];
