import type { TrustDocument } from "../properties/arbitraries.ts";
import { allow, deny, document, type Edited } from "./shape.ts";

const account = "arn:aws:iam::123456789012";
const other = "arn:aws:iam::210987654321";

const webIdentity = (host: string) => ({
  Principal: { Federated: host.includes(":") ? host : `${account}:oidc-provider/${host}` },
  Action: "sts:AssumeRoleWithWebIdentity",
});

/** Of one provider: its audience as text, and more. */
function token(host: string, audience: string, more: Readonly<Record<string, object>>) {
  const { StringEquals = {}, ...others } = more;
  return allow(webIdentity(host), {
    StringEquals: { [`${host}:aud`]: audience, ...StringEquals },
    ...others,
  });
}

const org = "11111111-2222-4333-8444-555555555555";
const circle = `oidc.circleci.com/org/${org}`;
const circleJob = (pattern: string) =>
  token(circle, org, { StringLike: { [`${circle}:sub`]: `org/${org}/project/${pattern}` } });

const hub = "token.actions.githubusercontent.com";
const hubJob = (...subjects: readonly string[]) =>
  token(hub, "sts.amazonaws.com", { StringLike: { [`${hub}:sub`]: subjects } });

const lab = "gitlab.com";
const labJob = (subject: string) =>
  token(lab, "https://gitlab.com", { StringLike: { [`${lab}:sub`]: subject } });

const terraform = "app.terraform.io";
const run = (operator: string, subject: string) =>
  token(terraform, "aws.workload.identity", { [operator]: { [`${terraform}:sub`]: subject } });

const cluster = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const pod = (operator: string, account: string) =>
  token(cluster, "sts.amazonaws.com", {
    [operator]: { [`${cluster}:sub`]: `system:serviceaccount:${account}` },
  });

type Row = Edited<TrustDocument>;

/** Pages and modules for CircleCI, GitHub Actions, GitLab, Terraform Cloud and EKS. */
const tokens: readonly Row[] = [
  {
    title: "CircleCI: one project becomes every project",
    before: document(circleJob("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/*")),
    after: document(circleJob("*")),
    verdict: "widened",
  },
  {
    title: "CircleCI: the subject is no longer asked for",
    before: document(circleJob("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/*")),
    after: document(token(circle, org, {})),
    verdict: "widened",
  },
  {
    title: "GitHub: a branch becomes the repository",
    before: document(hubJob("repo:acme/shop:ref:refs/heads/main")),
    after: document(hubJob("repo:acme/shop:*")),
    verdict: "widened",
  },
  {
    title: "GitHub: pull requests and an environment leave a list",
    before: document(
      hubJob(
        "repo:acme/infra:ref:refs/heads/stage",
        "repo:acme/infra:pull_request",
        "repo:acme/web:environment:stage",
      ),
    ),
    after: document(hubJob("repo:acme/infra:ref:refs/heads/stage")),
    verdict: "narrowed",
  },
  {
    title: "GitHub: any owner becomes one",
    before: document(hubJob("repo:*/*:ref:refs/heads/deploy")),
    after: document(hubJob("repo:acme/*:ref:refs/heads/deploy")),
    verdict: "narrowed",
  },
  {
    title: "GitHub: ForAllValues, which an absent claim passes, becomes plain",
    before: document(
      allow(webIdentity(hub), {
        "ForAllValues:StringEquals": {
          [`${hub}:aud`]: "sts.amazonaws.com",
          [`${hub}:sub`]: "repo:acme/shop:ref:refs/heads/main",
        },
      }),
    ),
    after: document(
      allow(webIdentity(hub), {
        StringEquals: {
          [`${hub}:aud`]: "sts.amazonaws.com",
          [`${hub}:sub`]: "repo:acme/shop:ref:refs/heads/main",
        },
      }),
    ),
    verdict: "narrowed",
  },
  {
    title: "GitHub: the audience may be missing",
    before: document(hubJob("repo:acme/shop:*")),
    after: document(
      allow(webIdentity(hub), { StringLike: { [`${hub}:sub`]: "repo:acme/shop:*" } }),
    ),
    verdict: "widened",
  },
  {
    title: "GitLab: main becomes every branch",
    before: document(labJob("project_path:acme/shop:ref_type:branch:ref:main")),
    after: document(labJob("project_path:acme/shop:ref_type:branch:ref:*")),
    verdict: "widened",
  },
  {
    title: "Terraform Cloud: every phase becomes plan",
    before: document(run("StringLike", "organization:acme:project:*:workspace:*:run_phase:*")),
    after: document(run("StringLike", "organization:acme:project:*:workspace:*:run_phase:plan")),
    verdict: "narrowed",
  },
  {
    title: "Terraform Cloud: a star under StringEquals comes alive",
    before: document(run("StringEquals", "organization:acme:project:a:workspace:b:run_phase:*")),
    after: document(run("StringLike", "organization:acme:project:a:workspace:b:run_phase:*")),
    verdict: "widened",
  },
  {
    title: "EKS: one service account becomes its namespace",
    before: document(pod("StringEquals", "shop:deploy")),
    after: document(pod("StringLike", "shop:*")),
    verdict: "widened",
  },
];

const cognito = "cognito-identity.amazonaws.com";
const pool = (amr: object) =>
  document(
    allow(
      { Principal: { Federated: cognito }, Action: "sts:AssumeRoleWithWebIdentity" },
      {
        StringEquals: { [`${cognito}:aud`]: "eu-west-1:11111111-2222-4333-8444-555555555555" },
        ...amr,
      },
    ),
  );
const saml = {
  Principal: { Federated: `${account}:saml-provider/Company` },
  Action: ["sts:AssumeRoleWithSAML", "sts:TagSession"],
};
const samlAud = { "SAML:aud": "https://signin.aws.amazon.com/saml" };
const sso = (name: string) =>
  document(
    allow(
      { Principal: { AWS: `${other}:root` }, Action: "sts:AssumeRole" },
      { ArnLike: { "aws:PrincipalArn": `${other}:role/aws-reserved/sso.amazonaws.com/${name}` } },
    ),
  );

/** People: Cognito, SAML, IAM Identity Center. */
const people: readonly Row[] = [
  {
    title: "Cognito: those who have not logged in get in as well",
    before: pool({ "ForAnyValue:StringLike": { [`${cognito}:amr`]: "authenticated" } }),
    after: pool({}),
    verdict: "widened",
  },
  {
    title: "Cognito: the other ones instead",
    before: pool({ "ForAnyValue:StringLike": { [`${cognito}:amr`]: "authenticated" } }),
    after: pool({ "ForAnyValue:StringLike": { [`${cognito}:amr`]: "unauthenticated" } }),
    verdict: "changed",
  },
  {
    title: "SAML: one more audience",
    before: document(allow(saml, { StringEquals: samlAud })),
    after: document(
      allow(saml, {
        StringEquals: { "SAML:aud": [samlAud["SAML:aud"], "https://eu.example.com"] },
      }),
    ),
    verdict: "widened",
  },
  {
    title: "SAML: a session must carry a team",
    before: document(allow(saml, { StringEquals: samlAud })),
    after: document(
      allow(saml, { StringEquals: samlAud, StringLike: { "aws:RequestTag/Team": "*" } }),
    ),
    verdict: "narrowed",
  },
  {
    title: "Identity Center: one permission set becomes all of them",
    before: sso("*/AWSReservedSSO_Admin_*"),
    after: sso("*"),
    verdict: "widened",
  },
];

const assume = (principal: unknown, action: unknown = "sts:AssumeRole") => ({
  Principal: principal,
  Action: action,
});
const vendor = { AWS: `${other}:root` };
const externalId = { StringEquals: { "sts:ExternalId": "f3c1b7d2" } };
const mfa = (operator: string) => ({ [operator]: { "aws:MultiFactorAuthPresent": "true" } });
const ofOrganization = { "aws:PrincipalOrgID": "o-a1b2c3d4e5" };

/** Other accounts, an organisation, and who may do what with a session. */
const accounts: readonly Row[] = [
  {
    title: "a vendor's external id is gone",
    before: document(allow(assume(vendor), externalId)),
    after: document(allow(assume(vendor))),
    verdict: "widened",
  },
  {
    title: "a second factor only where the request says so",
    before: document(allow(assume(vendor), mfa("Bool"))),
    after: document(allow(assume(vendor), mfa("BoolIfExists"))),
    verdict: "widened",
  },
  {
    title: "everybody of an organisation, and no longer by the role's name",
    before: document(
      allow(assume({ AWS: "*" }), {
        StringEquals: ofOrganization,
        StringLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/workflow-*" },
      }),
    ),
    after: document(allow(assume({ AWS: "*" }), { StringEquals: ofOrganization })),
    verdict: "widened",
  },
  {
    title: "the tag of the caller no longer has to be that of the role",
    before: document(
      allow(assume({ AWS: "*" }), {
        StringEquals: { ...ofOrganization, "iam:ResourceTag/zone": "${aws:PrincipalTag/zone}" },
      }),
    ),
    after: document(allow(assume({ AWS: "*" }), { StringEquals: ofOrganization })),
    verdict: "widened",
  },
  {
    title: "who is not of the organisation is denied as well",
    before: document(allow(assume(vendor))),
    after: document(
      allow(assume(vendor)),
      deny(assume("*"), {
        StringNotEquals: ofOrganization,
        BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
      }),
    ),
    verdict: "narrowed",
  },
  {
    title: "a session is named after its user, or begins with that",
    before: document(
      allow(assume(vendor), { StringLike: { "sts:RoleSessionName": "${aws:username}" } }),
    ),
    after: document(
      allow(assume(vendor), { StringLike: { "sts:RoleSessionName": "${aws:username}*" } }),
    ),
    verdict: "widened",
  },
  {
    title: "a team's roles, and of them those of one stage",
    before: document(
      allow(assume(vendor), {
        StringLike: { "sts:RoleSessionName": "team-${aws:PrincipalTag/team}-*" },
      }),
    ),
    after: document(
      allow(assume(vendor), {
        StringLike: { "sts:RoleSessionName": "team-${aws:PrincipalTag/team}-live-*" },
      }),
    ),
    verdict: "narrowed",
  },
  {
    title: "one more tag may be passed on",
    before: document(
      allow(assume(vendor, ["sts:AssumeRole", "sts:TagSession"]), {
        "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "stage"] },
        StringLike: { "aws:RequestTag/team": "*" },
      }),
    ),
    after: document(
      allow(assume(vendor, ["sts:AssumeRole", "sts:TagSession"]), {
        "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "stage", "user"] },
        StringLike: { "aws:RequestTag/team": "*" },
      }),
    ),
    verdict: "widened",
  },
  {
    title: "an office's addresses, and one more block",
    before: document(
      allow(assume(vendor)),
      deny(assume("*"), { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24"] } }),
    ),
    after: document(
      allow(assume(vendor)),
      deny(assume("*"), { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"] } }),
    ),
    verdict: "widened",
  },
  {
    title: "a date on which it ends",
    before: document(allow(assume(vendor))),
    after: document(
      allow(assume(vendor), { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }),
    ),
    verdict: "narrowed",
  },
];

const anchor = "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/11111111";
const anywhere = assume({ Service: "rolesanywhere.amazonaws.com" }, [
  "sts:AssumeRole",
  "sts:TagSession",
  "sts:SetSourceIdentity",
]);

/** Services that act for somebody. */
const services: readonly Row[] = [
  {
    title: "ECS tasks: of this account's clusters alone",
    before: document(allow(assume({ Service: "ecs-tasks.amazonaws.com" }))),
    after: document(
      allow(assume({ Service: "ecs-tasks.amazonaws.com" }), {
        ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*" },
        StringEquals: { "aws:SourceAccount": "123456789012" },
      }),
    ),
    verdict: "narrowed",
  },
  {
    title: "EKS pod identity: sessions lose their tags",
    before: document(
      allow(assume({ Service: "pods.eks.amazonaws.com" }, ["sts:AssumeRole", "sts:TagSession"])),
    ),
    after: document(allow(assume({ Service: "pods.eks.amazonaws.com" }))),
    verdict: "narrowed",
  },
  {
    title: "Roles Anywhere: any certificate of the anchor",
    before: document(
      allow(anywhere, {
        ArnEquals: { "aws:SourceArn": anchor },
        StringEquals: { "aws:PrincipalTag/x509Subject/CN": "deploy" },
      }),
    ),
    after: document(allow(anywhere, { ArnEquals: { "aws:SourceArn": anchor } })),
    verdict: "widened",
  },
];

export const trust: readonly Row[] = [...tokens, ...people, ...accounts, ...services];
