import { Amplify } from "@aws-sdk/client-amplify";
import { AppRunner } from "@aws-sdk/client-apprunner";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { ECR } from "@aws-sdk/client-ecr";
import { ECS } from "@aws-sdk/client-ecs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { IAM } from "@aws-sdk/client-iam";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { SNS } from "@aws-sdk/client-sns";
import { SSM } from "@aws-sdk/client-ssm";
import { STS } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { connection } from "../sandbox/connection.ts";
import { deployFunction } from "./deployed.ts";
import type { FunctionName } from "./template.ts";

const region = "eu-central-1";
const account = "123456789012";
const organization = "11111111-2222-4333-8444-555555555555";
const provider = `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com/org/${organization}`;
const policy = `arn:aws:iam::${account}:policy/CircleCI-Deployment-Policy`;
const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess";
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Deny", Principal: { Federated: provider }, Action: "sts:AssumeRoleWithWebIdentity" },
  ],
});
const grants = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" }],
});
const role = { RoleName: "CircleCI-OIDC-Role" };
const policyName = "CircleCI-Deployment-Policy";
const tags = [{ Key: "oidc-reconciler:prefix", Value: "/oidc-reconciler" }];
const production = "/oidc-reconciler/environments/production";
const expressService = `arn:aws:ecs:${region}:${account}:service/default/demo`;
const runnerService = `arn:aws:apprunner:${region}:${account}:service/demo/${"0".repeat(32)}`;
const topic = `arn:aws:sns:${region}:${account}:oidc-reconciler-prod-alerts`;
const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/management`;

let sandbox: Sandbox;
let closeApart: Sandbox["close"];
const deployed = new Map<FunctionName, Aws>();

beforeAll(async () => {
  sandbox = await startSandbox({ region });
  for (const name of ["reconcile", "audit", "diagnose"] as const) {
    const { credentials } = await deployFunction(sandbox, name);
    deployed.set(name, clientsOf(connection(sandbox, { credentials })));
  }
  const apart = await startSandbox({ region });
  const params = { reportBucket: "shop-reports" };
  const { credentials } = await deployFunction(apart, "audit", { params });
  withPage = clientsOf(connection(apart, { credentials }));
  closeApart = apart.close;
});
afterAll(() => Promise.all([sandbox.close(), closeApart()]));

type Aws = ReturnType<typeof clientsOf>;
type Call = (aws: Aws) => Promise<unknown>;

function clientsOf(to: ReturnType<typeof connection>) {
  return {
    iam: new IAM(to),
    ssm: new SSM(to),
    sts: new STS(to),
    ecr: new ECR(to),
    ecs: new ECS(to),
    appRunner: new AppRunner(to),
    lambda: new Lambda(to),
    amplify: new Amplify(to),
    trail: new CloudTrail(to),
    sns: new SNS(to),
    events: new EventBridge(to),
    s3: new S3({ ...to, forcePathStyle: true }),
  };
}

/** The audit of an installation that wants its page in a bucket. */
let withPage: Aws;
const pageKey = `oidc-reconciler/${account}-${region}.html`;
/** What only such an audit may call. */
const pageCalls: readonly (readonly [string, Call])[] = [
  ["LookupEvents", ({ trail }) => trail.lookupEvents({})],
  ["GetParameterHistory of a document", ({ ssm }) => ssm.getParameterHistory({ Name: production })],
  [
    "PutObject of its page",
    ({ s3 }) => s3.putObject({ Bucket: "shop-reports", Key: pageKey, Body: "x" }),
  ],
];

/** Whether IAM let the call through; what the service then made of it does not matter here. */
async function isAllowed(name: FunctionName | Aws, call: Call): Promise<boolean> {
  const aws = typeof name === "string" ? deployed.get(name) : name;
  if (aws === undefined) throw new Error("The function is not deployed.");
  const error: unknown = await call(aws).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const denials = ["AccessDenied", "AccessDeniedException", "AuthorizationErrorException"];
  return !(error instanceof Error && denials.includes(error.name));
}

const ofProvider = { OpenIDConnectProviderArn: provider };
const ofPolicy = { PolicyArn: policy };
const status = "/oidc-reconciler/status/production";
const record = "/oidc-reconciler/applied/production";
const outputs = "/oidc-reconciler/outputs/production";
const journal = "/oidc-reconciler/journal";
const heartbeat = "/oidc-reconciler/heartbeat";
const refusals = "/oidc-reconciler/refusals";
const json = { Value: "{}", Type: "String" } as const;

/** In an order in which each finds what it needs. */
const reconcileCalls: readonly (readonly [string, Call])[] = [
  ["GetCallerIdentity", ({ sts }) => sts.getCallerIdentity({})],
  ["GetAccountAuthorizationDetails", ({ iam }) => iam.getAccountAuthorizationDetails({})],
  ["GetAccountSummary", ({ iam }) => iam.getAccountSummary({})],
  ["ListRoles", ({ iam }) => iam.listRoles({})],
  [
    "CreateOpenIDConnectProvider with tags",
    ({ iam }) =>
      iam.createOpenIDConnectProvider({
        Url: `https://oidc.circleci.com/org/${organization}`,
        ClientIDList: [organization],
        Tags: tags,
      }),
  ],
  ["GetOpenIDConnectProvider", ({ iam }) => iam.getOpenIDConnectProvider(ofProvider)],
  [
    "AddClientIDToOpenIDConnectProvider",
    ({ iam }) => iam.addClientIDToOpenIDConnectProvider({ ...ofProvider, ClientID: "further" }),
  ],
  [
    "RemoveClientIDFromOpenIDConnectProvider",
    ({ iam }) =>
      iam.removeClientIDFromOpenIDConnectProvider({ ...ofProvider, ClientID: "further" }),
  ],
  [
    "UpdateOpenIDConnectProviderThumbprint",
    ({ iam }) =>
      iam.updateOpenIDConnectProviderThumbprint({
        ...ofProvider,
        ThumbprintList: ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
      }),
  ],
  [
    "TagOpenIDConnectProvider",
    ({ iam }) => iam.tagOpenIDConnectProvider({ ...ofProvider, Tags: tags }),
  ],
  [
    "CreateRole with tags",
    ({ iam }) => iam.createRole({ ...role, AssumeRolePolicyDocument: trust, Tags: tags }),
  ],
  ["GetRole", ({ iam }) => iam.getRole(role)],
  ["UpdateRole", ({ iam }) => iam.updateRole({ ...role, MaxSessionDuration: 7_200 })],
  [
    "UpdateAssumeRolePolicy",
    ({ iam }) => iam.updateAssumeRolePolicy({ ...role, PolicyDocument: trust }),
  ],
  ["TagRole", ({ iam }) => iam.tagRole({ ...role, Tags: tags })],
  ["UntagRole", ({ iam }) => iam.untagRole({ ...role, TagKeys: ["team"] })],
  ["ListAttachedRolePolicies", ({ iam }) => iam.listAttachedRolePolicies(role)],
  ["ListRolePolicies", ({ iam }) => iam.listRolePolicies(role)],
  ["GetRolePolicy", ({ iam }) => iam.getRolePolicy({ ...role, PolicyName: "by-hand" })],
  ["DeleteRolePolicy", ({ iam }) => iam.deleteRolePolicy({ ...role, PolicyName: "by-hand" })],
  [
    "CreatePolicy with tags",
    ({ iam }) => iam.createPolicy({ PolicyName: policyName, PolicyDocument: grants, Tags: tags }),
  ],
  [
    "CreatePolicyVersion",
    ({ iam }) =>
      iam.createPolicyVersion({ ...ofPolicy, PolicyDocument: grants, SetAsDefault: true }),
  ],
  ["GetPolicy", ({ iam }) => iam.getPolicy(ofPolicy)],
  [
    "GetPolicyVersion of a policy of AWS",
    ({ iam }) => iam.getPolicyVersion({ PolicyArn: administratorAccess, VersionId: "v1" }),
  ],
  ["ListPolicyVersions", ({ iam }) => iam.listPolicyVersions(ofPolicy)],
  ["TagPolicy", ({ iam }) => iam.tagPolicy({ ...ofPolicy, Tags: tags })],
  ["DeletePolicyVersion", ({ iam }) => iam.deletePolicyVersion({ ...ofPolicy, VersionId: "v1" })],
  ["AttachRolePolicy", ({ iam }) => iam.attachRolePolicy({ ...role, ...ofPolicy })],
  [
    "PutRolePermissionsBoundary",
    ({ iam }) => iam.putRolePermissionsBoundary({ ...role, PermissionsBoundary: policy }),
  ],
  ["DeleteRolePermissionsBoundary", ({ iam }) => iam.deleteRolePermissionsBoundary(role)],
  ["DetachRolePolicy", ({ iam }) => iam.detachRolePolicy({ ...role, ...ofPolicy })],
  [
    "DetachRolePolicy of anybody's policy",
    ({ iam }) => iam.detachRolePolicy({ ...role, PolicyArn: administratorAccess }),
  ],
  ["DeletePolicy", ({ iam }) => iam.deletePolicy(ofPolicy)],
  ["DeleteRole", ({ iam }) => iam.deleteRole(role)],
  ["DeleteOpenIDConnectProvider", ({ iam }) => iam.deleteOpenIDConnectProvider(ofProvider)],
  [
    "GetParametersByPath of the records",
    ({ ssm }) => ssm.getParametersByPath({ Path: "/oidc-reconciler/applied", Recursive: true }),
  ],
  [
    "GetParametersByPath of the documents",
    ({ ssm }) => ssm.getParametersByPath({ Path: "/oidc-reconciler/environments" }),
  ],
  ["GetParameters", ({ ssm }) => ssm.getParameters({ Names: [`${production}:approved`, status] })],
  ["GetParameter of a document", ({ ssm }) => ssm.getParameter({ Name: production })],
  ["PutParameter of a status", ({ ssm }) => ssm.putParameter({ Name: status, ...json })],
  ["PutParameter of a record", ({ ssm }) => ssm.putParameter({ Name: record, ...json })],
  ["PutParameter of the journal", ({ ssm }) => ssm.putParameter({ Name: journal, ...json })],
  ["PutParameter of outputs", ({ ssm }) => ssm.putParameter({ Name: outputs, ...json })],
  ["GetParameters of outputs", ({ ssm }) => ssm.getParameters({ Names: [outputs] })],
  ["DeleteParameter of outputs", ({ ssm }) => ssm.deleteParameter({ Name: outputs })],
  ["GetParameterHistory of a record", ({ ssm }) => ssm.getParameterHistory({ Name: record })],
  ["GetParameterHistory of a document", ({ ssm }) => ssm.getParameterHistory({ Name: production })],
  ["PutParameter of the heartbeat", ({ ssm }) => ssm.putParameter({ Name: heartbeat, ...json })],
  ["DeleteParameter of a status", ({ ssm }) => ssm.deleteParameter({ Name: status })],
  ["DeleteParameter of a record", ({ ssm }) => ssm.deleteParameter({ Name: record })],
  [
    "UnlabelParameterVersion",
    ({ ssm }) =>
      ssm.unlabelParameterVersion({ Name: production, ParameterVersion: 3, Labels: ["approved"] }),
  ],
  ["DescribeRepositories", ({ ecr }) => ecr.describeRepositories({})],
  [
    "DescribeRepositories of one",
    ({ ecr }) => ecr.describeRepositories({ repositoryNames: ["demo-backend"] }),
  ],
  ["ListServices of App Runner", ({ appRunner }) => appRunner.listServices({})],
  [
    "DescribeService of App Runner",
    ({ appRunner }) => appRunner.describeService({ ServiceArn: runnerService }),
  ],
  [
    "DescribeServices",
    ({ ecs }) => ecs.describeServices({ cluster: "default", services: ["demo"] }),
  ],
  ["DescribeTaskDefinition", ({ ecs }) => ecs.describeTaskDefinition({ taskDefinition: "demo:1" })],
  [
    "DescribeExpressGatewayService",
    ({ ecs }) => ecs.describeExpressGatewayService({ serviceArn: expressService }),
  ],
  ["ListAliases of a function", ({ lambda }) => lambda.listAliases({ FunctionName: "demo" })],
  ["ListApps", ({ amplify }) => amplify.listApps({})],
  ["ListBranches", ({ amplify }) => amplify.listBranches({ appId: "d1a2b3c4d5" })],
  ["LookupEvents", ({ trail }) => trail.lookupEvents({})],
  ["Publish", ({ sns }) => sns.publish({ TopicArn: topic, Message: "x" })],
  [
    "PutEvents",
    ({ events }) =>
      events.putEvents({
        Entries: [{ Source: "oidc-reconciler", DetailType: "x", Detail: "{}" }],
      }),
  ],
];

const own = { RoleName: "oidc-reconciler-prod-reconcile" };

describe("under its deployed role, in an account that refuses the rest,", () => {
  test.each(reconcileCalls)("reconcile gets through with %s", async (_, call) => {
    expect(await isAllowed("reconcile", call)).toBe(true);
  });

  test.each<[string, Call]>([
    ["writing a document", ({ ssm }) => ssm.putParameter({ Name: production, ...json })],
    [
      "approving one",
      ({ ssm }) => ssm.labelParameterVersion({ Name: production, Labels: ["approved"] }),
    ],
    ["deleting one", ({ ssm }) => ssm.deleteParameter({ Name: production })],
    ["losing its journal", ({ ssm }) => ssm.deleteParameter({ Name: journal })],
    ["reading other parameters", ({ ssm }) => ssm.getParameters({ Names: ["/shop/database"] })],
    [
      "reading its prefix as a whole",
      ({ ssm }) => ssm.getParametersByPath({ Path: "/oidc-reconciler", Recursive: true }),
    ],
    [
      "reading a status by a call that it does not make",
      ({ ssm }) => ssm.getParameter({ Name: status }),
    ],
    [
      "attaching AdministratorAccess",
      ({ iam }) => iam.attachRolePolicy({ ...role, PolicyArn: administratorAccess }),
    ],
    [
      "opening its own role",
      ({ iam }) => iam.updateAssumeRolePolicy({ ...own, PolicyDocument: trust }),
    ],
    [
      "giving itself a policy",
      ({ iam }) => iam.putRolePolicy({ ...own, PolicyName: "more", PolicyDocument: grants }),
    ],
    [
      "making a role of another name",
      ({ iam }) => iam.createRole({ RoleName: "Admin", AssumeRolePolicyDocument: trust }),
    ],
    ["removing one", ({ iam }) => iam.deleteRole({ RoleName: "Admin" })],
    [
      "taking a policy off one",
      ({ iam }) => iam.detachRolePolicy({ RoleName: "Admin", PolicyArn: administratorAccess }),
    ],
    [
      "tagging one",
      ({ iam }) => iam.tagRole({ RoleName: "Admin", Tags: [{ Key: "team", Value: "mine" }] }),
    ],
    [
      "removing a policy of another name",
      ({ iam }) => iam.deletePolicy({ PolicyArn: `arn:aws:iam::${account}:policy/billing` }),
    ],
    [
      "reading a function's environment variables",
      ({ lambda }) => lambda.getFunctionConfiguration({ FunctionName: "demo" }),
    ],
    ["reading a function's code", ({ lambda }) => lambda.getFunction({ FunctionName: "demo" })],
    ["making a user", ({ iam }) => iam.createUser({ UserName: "mallory" })],
    [
      "registering another issuer",
      ({ iam }) => iam.createOpenIDConnectProvider({ Url: "https://evil.example" }),
    ],
  ])("reconcile is refused %s", async (_, call) => {
    expect(await isAllowed("reconcile", call)).toBe(false);
  });

  test.each<[string, Call]>([
    ["ListUsers", ({ iam }) => iam.listUsers({})],
    ["ListAccessKeys", ({ iam }) => iam.listAccessKeys({ UserName: "circleci" })],
    [
      "GetAccountAuthorizationDetails",
      ({ iam }) => iam.getAccountAuthorizationDetails({ Filter: ["Role"] }),
    ],
    [
      "PutParameter of its memory",
      ({ ssm }) => ssm.putParameter({ Name: "/oidc-reconciler/audit", ...json }),
    ],
    ["DescribeTrails", ({ trail }) => trail.describeTrails({})],
    ["GetTrailStatus", ({ trail }) => trail.getTrailStatus({ Name: trailArn })],
    ["GetEventSelectors", ({ trail }) => trail.getEventSelectors({ TrailName: trailArn })],
  ])("audit gets through with %s", async (_, call) => {
    expect(await isAllowed("audit", call)).toBe(true);
  });

  test.each(pageCalls)(
    "audit gets through with %s only where a bucket is given",
    async (_, call) => {
      expect(await isAllowed(withPage, call)).toBe(true);
      expect(await isAllowed("audit", call)).toBe(false);
    },
  );

  test.each<[string, Call]>([
    [
      "another object",
      ({ s3 }) => s3.putObject({ Bucket: "shop-reports", Key: "index.html", Body: "x" }),
    ],
    [
      "another bucket",
      ({ s3 }) => s3.putObject({ Bucket: "shop-releases", Key: pageKey, Body: "x" }),
    ],
    ["what it put", ({ s3 }) => s3.getObject({ Bucket: "shop-reports", Key: pageKey })],
    ["the history of a secret", ({ ssm }) => ssm.getParameterHistory({ Name: "/shop/database" })],
    [
      "a document by a call that it does not make",
      ({ ssm }) => ssm.getParameter({ Name: production }),
    ],
  ])("audit is refused %s even then", async (_, call) => {
    expect(await isAllowed(withPage, call)).toBe(false);
  });

  test.each<[string, Call]>([
    ["GetRole", ({ iam }) => iam.getRole(role)],
    ["GetOpenIDConnectProvider", ({ iam }) => iam.getOpenIDConnectProvider(ofProvider)],
    [
      "GetParametersByPath of the records",
      ({ ssm }) => ssm.getParametersByPath({ Path: "/oidc-reconciler/applied", Recursive: false }),
    ],
    ["GetParameters of its memory", ({ ssm }) => ssm.getParameters({ Names: [refusals] })],
    [
      "GetParameters of a version of it",
      ({ ssm }) => ssm.getParameters({ Names: [`${refusals}:3`] }),
    ],
    ["PutParameter of its memory", ({ ssm }) => ssm.putParameter({ Name: refusals, ...json })],
    ["Publish", ({ sns }) => sns.publish({ TopicArn: topic, Message: "x" })],
    [
      "PutEvents",
      ({ events }) =>
        events.putEvents({
          Entries: [{ Source: "oidc-reconciler", DetailType: "x", Detail: "{}" }],
        }),
    ],
  ])("diagnose gets through with %s", async (_, call) => {
    expect(await isAllowed("diagnose", call)).toBe(true);
  });

  test.each<[string, Call]>([
    ["a document", ({ ssm }) => ssm.getParameters({ Names: [production] })],
    ["every parameter", ({ ssm }) => ssm.getParametersByPath({ Path: "/oidc-reconciler" })],
    ["every role", ({ iam }) => iam.listRoles({})],
  ])("diagnose is refused a look at %s", async (_, call) => {
    expect(await isAllowed("diagnose", call)).toBe(false);
  });

  test.each(["audit", "diagnose"] as const)("%s is refused every other write", async (name) => {
    const writes: readonly Call[] = [
      ({ iam }) => iam.updateAssumeRolePolicy({ ...role, PolicyDocument: trust }),
      ({ iam }) => iam.createRole({ ...role, AssumeRolePolicyDocument: trust }),
      ({ iam }) => iam.deleteOpenIDConnectProvider(ofProvider),
      ({ ssm }) => ssm.putParameter({ Name: status, ...json }),
      ({ ssm }) => ssm.putParameter({ Name: record, ...json }),
      ({ ssm }) => ssm.putParameter({ Name: journal, ...json }),
      ({ ssm }) => ssm.deleteParameter({ Name: status }),
    ];
    for (const write of writes) expect(await isAllowed(name, write)).toBe(false);
  });
});
