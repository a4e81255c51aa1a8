import { readdirSync } from "node:fs";
import { IAMClient, PutRolePolicyCommand, TagRoleCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, type Seeded, seed } from "../../sandbox/seed.ts";
import { leaves } from "./leaves.ts";
import { type Said, say } from "./shell.ts";

const organization = "11111111-2222-4333-8444-555555555555";
const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const document = `circleci: {organizationId: ${organization}}
trust: {projects: [{id: ${project}, origin: github.com/acme/shop, refs: [refs/heads/main]}]}
deploy: {ecr: [demo-backend]}
`;

/** Secrets that no part of the product made: each is found again by its own letters. */
const planted = {
  /** What CircleCI keeps; the API shows the last four letters. */
  accessKey: "AKIAPLANTEDKEYQZ7Q",
  secretKey: "planted/secret+key/of/a/job/WX9w",
  roleArn: "arn:aws:iam::999999999999:role/planted-PV4v",
  /** What somebody put where it does not belong. */
  circleToken: "CCIPAT_PlantedCircleTokenAbc_0123456789abcdef0123456789abcdef01234567",
  githubToken: "ghp_PlantedGithubTokenOf36LettersAndMor",
};
const maskedRemainders = ["QZ7Q", "WX9w", "PV4v"];

let sandbox: Sandbox;
let seeded: Seeded;
let token: string;

/** Everything that nobody may see again, and pieces of it that are long enough to be sure. */
function secrets(): readonly string[] {
  const { environment, circleci } = sandbox;
  const [header = "", payload = "", signature = ""] = token.split(".");
  return [
    ...Object.values(planted),
    ...maskedRemainders,
    environment["AWS_SECRET_ACCESS_KEY"] ?? "missing",
    circleci.token,
    `${header}.${payload}`,
    payload.slice(20, 80),
    signature,
  ];
}

function expectNoSecret(where: string, text: string): void {
  const found = secrets().filter((secret) => text.includes(secret));
  expect(found, where).toEqual([]);
}

/** Runs a command and looks at all that it prints and writes. */
async function runClean(line: string, more: Parameters<typeof say>[1] = {}): Promise<Said> {
  const written = new Map<string, string>();
  const progress: string[] = [];
  const said = await say(line.split(" "), {
    files: files(),
    environment: process.env,
    written,
    progress,
    ...more,
  });
  const files_ = [...written].flat();
  expectNoSecret(line, [said.out, said.err, ...progress, ...files_].join("\n"));
  return said;
}

const record = () => ({
  eventVersion: "1.09",
  eventID: "0d2a0f2e-0000-4000-8000-000000000001",
  eventSource: "sts.amazonaws.com",
  eventName: "AssumeRoleWithWebIdentity",
  eventTime: "2026-11-26T00:00:00Z",
  awsRegion: "us-east-1",
  errorCode: "AccessDenied",
  errorMessage: `Not authorized: ${token}`,
  userIdentity: {
    type: "WebIdentityUser",
    principalId: `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}:${organization}:${token}`,
    userName: token,
    identityProvider: `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`,
  },
  requestParameters: {
    roleArn: "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role",
    roleSessionName: token.slice(0, 64),
    webIdentityToken: token,
  },
});

/** Files with a secret wherever somebody could have left one. */
const files = () => ({
  token,
  "claims.json": JSON.stringify({ iss: token, sub: token, aud: token, note: planted.githubToken }),
  "record.json": JSON.stringify({ Records: [record()] }),
  "broken.json": `{"Records": [${token}`,
  "question.json": JSON.stringify({ role: "CircleCI-OIDC-Role", token, errorMessage: token }),
  "document.yaml": document,
  "wrong.yaml": `${document}${token}: 1\nrole: {name: ${token}, ${planted.circleToken}: 2, tags: {a: "${planted.githubToken}"}}\n`,
  "trust.json": JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: token },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { "token:sub": token } },
      },
    ],
  }),
});

beforeAll(async () => {
  sandbox = await startSandbox();
  seeded = await seed(sandbox);
  sandbox.circleci.createProject({
    slug: seeded.project,
    id: project,
    organizationId: organization,
    variables: {
      AWS_ACCESS_KEY_ID: planted.accessKey,
      AWS_SECRET_ACCESS_KEY: planted.secretKey,
      AWS_ROLE_ARN: planted.roleArn,
    },
  });
  token = await sandbox.circleci.issueToken({
    organizationId: organization,
    projectId: project,
    origin: "github.com/acme/shop",
    ref: "refs/heads/other",
  });
  const ssm = new SSMClient(clientOptions(sandbox));
  const Name = "/oidc-reconciler/environments/production";
  await ssm.send(new PutParameterCommand({ Name, Value: document, Type: "String" }));
  ssm.destroy();
});

afterAll(() => sandbox.close());

function standInAccount(more: Readonly<Record<string, string>> = {}): void {
  const circleci = { CIRCLE_TOKEN: sandbox.circleci.token };
  const given = { ...sandbox.environment, ...circleci, ...more };
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
}

afterEach(() => {
  vi.unstubAllEnvs();
  sandbox.faults.clear();
});

/** Calls of every command, those that work and those that do not. */
const lines: readonly string[] = [
  "reconcile",
  "plan",
  "plan production --document wrong.yaml",
  "plan production --document token",
  "status",
  "history production",
  "approve production --yes",
  "drill production --timeout 1",
  "audit",
  "validate wrong.yaml",
  "validate token",
  "diagnose record.json",
  "diagnose question.json",
  "diagnose broken.json",
  "diagnose token",
  "trust explain trust.json",
  "trust explain token",
  "trust admits trust.json --token token",
  "trust admits trust.json --token claims.json",
  "trust compare --before trust.json --after token",
  "trust compare --before trust.json --after trust.json",
  "trust replay production --events record.json",
  "trust replay production --events broken.json",
  "trust replay production --trust trust.json --events record.json",
  "doctor production --token token",
  "doctor production --token claims.json",
  "doctor --trust trust.json --provider broken.json --token token",
  "init other --organization TOKEN --project TOKEN --ecr TOKEN",
  `init other --organization ${organization} --project ${project} --ecr demo-backend --out made.yaml`,
  "init other --from-role CircleCI-OIDC-Role",
  "circleci config",
  "circleci env production --project gh/acme/shop",
  "circleci env production --project gh/acme/shop --apply",
  "circleci env production --project gh/acme/shop --apply --remove-static-keys",
  "circleci env production --context 00000000-0000-4000-8000-000000000000",
  "circleci check production --project gh/acme/shop",
  "report --out page.html --data page.json",
  "completion bash",
  "completion TOKEN",
  "TOKEN",
  "plan TOKEN",
  "plan --region TOKEN",
  "plan --prefix TOKEN",
  "plan --TOKEN",
];

describe.each(["", " --json"])("with%s nothing secret is shown by", (form) => {
  const calls = lines.map((line) => `${line}${form}`);

  test.each(calls)("%s", async (line) => {
    standInAccount();
    await runClean(line.replaceAll("TOKEN", token));
  });

  test.each(calls)("%s, where AWS and CircleCI repeat what they were sent", async (line) => {
    standInAccount();
    const said = `${token} ${planted.circleToken} ${sandbox.circleci.token} ${sandbox.environment["AWS_SECRET_ACCESS_KEY"]}`;
    sandbox.faults.add({
      when: () => true,
      at: "before",
      how: { error: "InvalidRequest", httpStatus: 400, message: `no: ${said}` },
    });
    await runClean(line.replaceAll("TOKEN", token));
  });
});

test("a secret in the role's tags and policies is in no output", async () => {
  standInAccount({ OIDC_FIRST_DOCUMENT: "apply" });
  await runClean("reconcile");
  const iam = new IAMClient(clientOptions(sandbox));
  const RoleName = "CircleCI-OIDC-Role";
  const Tags = [{ Key: "note", Value: planted.githubToken }];
  await iam.send(new TagRoleCommand({ RoleName, Tags }));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::a/${token}` }],
  });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "extra", PolicyDocument }));
  iam.destroy();
  for (const line of ["plan", "init other --from-role CircleCI-OIDC-Role", "reconcile", "audit"]) {
    await runClean(line);
  }
});

test("every command is called", () => {
  for (const { path } of leaves) {
    expect(
      lines.some((line) => `${line} `.startsWith(`${path} `)),
      path,
    ).toBe(true);
  }
});

test("no alert or event has a secret, and no core or heap file is left", () => {
  expectNoSecret("messages", JSON.stringify(sandbox.messages));
  const left = readdirSync(".").filter((name) => /^(core|report\..*|.*\.heapsnapshot)/.test(name));
  expect(left).toEqual([]);
});
