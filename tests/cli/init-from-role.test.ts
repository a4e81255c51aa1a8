import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { compareTrust } from "../../shared/compare/index.ts";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import {
  guide,
  guideAs,
  organization,
  policyName,
  roleName,
  shop,
} from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { account, arn, createRole, issuer, policy, trusting } from "./made-role.ts";
import { documentIn, init, initJson } from "./run-init.ts";

/** Trust policy and deploy policy of the guide, with the ids of the account filled in. */
const guideTrust = trusting({ StringEquals: { [`${issuer}:aud`]: organization } });
const guidePolicy = (appId: string) =>
  policy(
    {
      Sid: "ECRAuthToken",
      Effect: "Allow",
      Action: "ecr:GetAuthorizationToken",
      Resource: "*",
    },
    {
      Sid: "ECRPushImages",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "ecr:PutImage",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
      ],
      Resource: arn("ecr", "repository/demo-backend"),
    },
    {
      Sid: "AppRunnerDeploy",
      Effect: "Allow",
      Action: ["apprunner:StartDeployment", "apprunner:DescribeService"],
      Resource: arn("apprunner", "service/demo-backend/*"),
    },
    {
      Sid: "AmplifyDeploy",
      Effect: "Allow",
      Action: ["amplify:StartJob", "amplify:GetJob"],
      Resource: arn("amplify", `apps/${appId}/*`),
    },
  );

async function attach({ iam }: Scenario, RoleName: string, name: string, text: string) {
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: text }));
  const PolicyArn = made.Policy?.Arn ?? "";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
}

async function withGuideRole(): Promise<Scenario> {
  const scenario = await startScenario();
  const role = await createRole(scenario, guideTrust);
  await attach(scenario, role, policyName, guidePolicy(scenario.targets.appId));
  return scenario;
}

const fromRole = ["production", "--from-role", roleName];

describe("init NAME --from-role", () => {
  test("takes the guide's own role over, and says what becomes less", async () => {
    const scenario = await withGuideRole();
    const { code, json } = await initJson(scenario, fromRole);
    expect(code).toBe(3);
    const document = documentIn(json.document);
    expect(document).toMatchObject({
      trust: { projects: "all" },
      role: { name: roleName },
      policy: { name: policyName },
      deploy: {
        ecr: [{ repository: "demo-backend", may: ["push"] }],
        appRunner: [{ service: "demo-backend", may: ["deploy"] }],
        amplify: [{ app: "demo-frontend", branches: [], may: ["release"] }],
      },
    });
    expect(json.comparison).toMatchObject({
      verdict: "narrowed",
      widens: false,
      narrows: true,
      dropped: { token: "audit-log-stream", reachable: true },
    });
    expect(json.permissions).toMatchObject({
      widens: false,
      narrows: true,
      granted: null,
      lost: { action: expect.stringMatching(/^apprunner:/) },
    });
    expect(json.notCarried).toEqual([
      expect.stringMatching(/^Trust policy: statement 1 asks for no subject/),
      expect.stringMatching(/^Policy CircleCI-Deployment-Policy, statement 3 \(AppRunnerDeploy\)/),
    ]);
    expect(json.written).toBeNull();
    // The comparison is the engine's own, of the very role and the very document.
    const written = writeTrustPolicy({
      document,
      account: { id: account, partition: "aws" },
      now: new Date(),
    });
    if (written.kind === "refused") throw new Error(written.problem.message);
    const compared = compareTrust({
      before: [guideTrust],
      after: [JSON.stringify(written.policy)],
    });
    expect(compared.narrowing).toMatchObject({
      kind: "proved",
      witness: { context: json.comparison.dropped.context },
    });
  });

  test("says the same to people, as comments of the document", async () => {
    const scenario = await withGuideRole();
    const { code, out } = await init(scenario, fromRole);
    expect(code).toBe(3);
    expect(documentIn(out).role.name).toBe(roleName);
    expect(out).toContain(`Taken from arn:aws:iam::${account}:role/${roleName}.`);
    expect(out).toContain("#   Fewer may get in: for example CircleCI's audit-log stream");
    expect(out).toContain("#   Jobs may do less: for example apprunner:");
    expect(out).toContain("# Not carried over:");
    expect(out).toContain("# Somebody must approve it first:");
    expect(out).toContain("~ update trust-policy CircleCI-OIDC-Role: the trust policy admits more");
  });

  test("ends with 0 where the document means what the role does", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.remove();
    const from = scenario.sandbox.calls.length;
    const { code, json } = await initJson(scenario, ["again", "--from-role", roleName]);
    expect(scenario.sandbox.calls.slice(from).filter(({ mutating }) => mutating)).toEqual([]);
    expect(json).toMatchObject({
      comparison: { verdict: "equivalent", widens: false, narrows: false },
      permissions: { widens: false, narrows: false, granted: null, lost: null },
      notCarried: [],
    });
    expect(code).toBe(0);
    const { trust, deploy, role } = documentIn(json.document);
    const guides = documentIn(JSON.stringify(guide));
    expect({ trust, deploy, role }).toEqual({
      trust: guides.trust,
      deploy: guides.deploy,
      role: guides.role,
    });
  });

  test("is adopted by the run that follows, which leaves nothing that the document lacks", async () => {
    const scenario = await withGuideRole();
    const inline = policy({
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::b/*",
    });
    await scenario.iam.send(
      new PutRolePolicyCommand({ RoleName: roleName, PolicyName: "s3", PolicyDocument: inline }),
    );
    const said = await init(scenario, [...fromRole, "--write", "--yes"]);
    expect(said.code).toBe(3);
    expect(said.out).toContain("inline policy s3 is deleted from CircleCI-OIDC-Role");
    expect(said.out).toMatch(/Inline policy s3, statement 1 grants s3:GetObject on .*no document/);
    await scenario.approve(1);
    const { environment } = await scenario.run();
    expect(environment).toMatchObject({ outcome: "reconciled", version: 1 });
    expect((await scenario.run()).environment.outcome).toBe("in-sync");
  });

  test("reads a role by its ARN, with path, session, tags and boundary", async () => {
    const scenario = await startScenario();
    const boundary = policy({ Effect: "Allow", Action: "*", Resource: "*" });
    const made = await scenario.iam.send(
      new CreatePolicyCommand({ PolicyName: "ci-boundary", PolicyDocument: boundary }),
    );
    const role = await createRole(
      scenario,
      trusting({
        StringEquals: { [`${issuer}:aud`]: [organization, "sts.amazonaws.com"] },
        StringLike: { [`${issuer}:sub`]: `org/${organization}/project/${shop}/user/*` },
      }),
      {
        RoleName: "Acme-CI",
        Path: "/ci/",
        MaxSessionDuration: 7200,
        PermissionsBoundary: made.Policy?.Arn ?? "",
        Tags: [
          { Key: "team", Value: "platform" },
          { Key: "managed-by", Value: "terraform" },
        ],
      },
    );
    const roleArn = `arn:aws:iam::${account}:role/ci/${role}`;
    const { code, json } = await initJson(scenario, ["production", "--from-role", roleArn]);
    expect(code).toBe(3);
    expect(documentIn(json.document)).toMatchObject({
      circleci: { audiences: ["sts.amazonaws.com"] },
      trust: { projects: [{ id: shop }] },
      role: {
        name: "Acme-CI",
        path: "/ci/",
        maxSessionSeconds: 7200,
        permissionsBoundary: made.Policy?.Arn,
        tags: { team: "platform" },
      },
      policy: { name: "Acme-CI-Deployment-Policy" },
    });
    expect(json.permissions).toEqual({ widens: false, narrows: false, granted: null, lost: null });
    expect(json.notCarried).toEqual([
      expect.stringContaining(
        "Tag managed-by = terraform is not carried over: it says that the role belongs to terraform",
      ),
    ]);
    expect(json.report.environments).toMatchObject([{ outcome: "conflict" }]);
  });

  test("lets options say what no document can read off a role", async () => {
    const scenario = await startScenario();
    const anyProject = `org/${organization}/project/*/user/*/vcs-origin/github.com/acme/*/vcs-ref/refs/heads/main`;
    await createRole(
      scenario,
      trusting({
        StringEquals: { [`${issuer}:aud`]: organization },
        StringLike: { [`${issuer}:sub`]: anyProject },
      }),
    );
    const bare = await init(scenario, fromRole);
    expect(bare).toMatchObject({ code: 2, out: "" });
    expect(bare.err).toContain("Name a project with --project ID");
    expect(bare.err).toContain("names a repository or ref of any project");
    const { code, json } = await initJson(scenario, [
      ...fromRole,
      ...["--project", shop, "--origin", "github.com/acme/shop", "--ref", "refs/heads/main"],
      ...["--ecr", "demo-backend"],
    ]);
    expect(code).toBe(3);
    // It lies within what the role admits, and asks for more permissions than it had.
    expect(json.comparison).toMatchObject({ verdict: "narrowed" });
    expect(json.permissions).toMatchObject({
      widens: true,
      granted: { action: expect.stringMatching(/^ecr:/) },
    });
    expect(json.notCarried).toHaveLength(1);
  });

  test("says that another environment has the role", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const { code, json } = await initJson(scenario, ["again", "--from-role", roleName]);
    expect(code).toBe(0);
    expect(json.report.environments).toMatchObject([{ name: "again", outcome: "conflict" }]);
  });

  test.each<readonly [string, string, string]>([
    ["a role that is not there", "Nobody", "There is no role Nobody in account 123456789012."],
    ["another account's", "arn:aws:iam::999988887777:role/CI", "is a role of account 999988887777"],
    ["another path", `arn:aws:iam::${account}:role/ci/${roleName}`, `The role is arn:aws:iam`],
    ["what is not a role", `arn:aws:iam::${account}:user/ann`, "takes the ARN of a role"],
    ["what is not a name", "a b", "is neither"],
  ])("with %s ends with 2", async (_, role, says) => {
    const scenario = await withGuideRole();
    const said = await init(scenario, ["production", "--from-role", role]);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(says);
  });

  test("of a role that does not trust CircleCI ends with 2 and says so", async () => {
    const scenario = await startScenario();
    const ec2 = {
      Effect: "Allow",
      Principal: { Service: "ec2.amazonaws.com" },
      Action: "sts:AssumeRole",
    };
    await createRole(scenario, policy(ec2));
    const said = await init(scenario, fromRole);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("trusts no organisation of CircleCI");
  });

  test.each([
    ["GetRole", "iam:GetRole"],
    ["ListAttachedRolePolicies", "iam:ListAttachedRolePolicies"],
  ])("ends with 1 and the missing action where %s is refused", async (refused, action) => {
    const scenario = await withGuideRole();
    const message = `User: arn:aws:iam::${account}:user/ann is not authorized to perform: ${action} on resource: role ${roleName}`;
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === refused,
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403, message },
    });
    const { code, json } = await initJson(scenario, fromRole);
    expect({ code, json }).toMatchObject({
      code: 1,
      json: { error: { code: "AccessDenied", where: action } },
    });
  });

  test("decides nothing about permissions where a policy cannot be read", async () => {
    const scenario = await withGuideRole();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "GetPolicyVersion",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const { code, json } = await initJson(scenario, fromRole);
    expect(code).toBe(3);
    expect(json.permissions).toEqual({ widens: null, narrows: null, granted: null, lost: null });
    expect(json.notCarried).toContain(
      "Policy CircleCI-Deployment-Policy could not be read: nothing of it is carried over",
    );
    const { out } = await init(scenario, fromRole);
    expect(out).toContain("# It is not decided whether jobs may do more:".replace("# ", "#   "));
  });

  test("names the Region of the role's targets", async () => {
    const scenario = await startScenario();
    const role = await createRole(
      scenario,
      trusting({
        StringEquals: { [`${issuer}:aud`]: organization },
        StringLike: { [`${issuer}:sub`]: `org/${organization}/project/${shop}/user/*` },
      }),
    );
    const elsewhere = JSON.parse(guidePolicy("d0")).Statement.slice(0, 2);
    elsewhere[1].Resource = `arn:aws:ecr:eu-west-1:${account}:repository/shop`;
    await attach(scenario, role, policyName, policy(...elsewhere));
    const { json } = await initJson(scenario, fromRole);
    expect(documentIn(json.document).deploy).toMatchObject({
      region: "eu-west-1",
      ecr: [{ repository: "shop" }],
    });
    // The repository does not exist, so that a run leaves its statement out.
    expect(json.permissions).toMatchObject({ widens: false, narrows: true });
    expect(json.notCarried).toContainEqual(
      expect.stringContaining(
        "ECR repository shop is named and does not exist, so a run leaves it out until it does",
      ),
    );
  });

  test("counts the boundary that the installation puts on every role", async () => {
    const scenario = await withGuideRole();
    const made = await scenario.iam.send(
      new CreatePolicyCommand({
        PolicyName: "narrow",
        PolicyDocument: policy({ Effect: "Allow", Action: "ecr:*", Resource: "*" }),
      }),
    );
    const environment = {
      ...scenario.sandbox.environment,
      OIDC_PERMISSIONS_BOUNDARY: made.Policy?.Arn ?? "",
    };
    const { json } = await initJson(scenario, fromRole, { environment });
    expect(documentIn(json.document).role.permissionsBoundary).toBeUndefined();
    expect(json.permissions).toMatchObject({ widens: false, narrows: true });
    expect(json.permissions.lost.action).toMatch(/^(apprunner|amplify):/);
    const { out } = await init(scenario, fromRole, { environment });
    expect(out).toContain("permissions boundary arn:aws:iam::123456789012:policy/narrow is put on");
  });

  test("of an environment with another name keeps the names of both apart", async () => {
    const scenario = await startScenario();
    await scenario.put(guideAs("Staging"), "staging");
    await scenario.run();
    const args = [
      "copy",
      "--from-role",
      "CircleCI-Staging-Role",
      "--role",
      "Copy",
      "--policy",
      "C",
    ];
    const { json } = await initJson(scenario, args);
    expect(documentIn(json.document)).toMatchObject({
      role: { name: "Copy" },
      policy: { name: "C" },
    });
    expect(json.report.environments).toMatchObject([{ outcome: "held" }]);
    const { out } = await init(scenario, args);
    expect(out).toContain("role Copy is made, and CircleCI-Staging-Role stays as it is beside it");
  });
});
