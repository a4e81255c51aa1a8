import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type EventBridgeEvent,
  type Sandbox,
  startSandbox,
  type TokenRequest,
} from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { deployFunction } from "../stack/deployed.ts";

const { handler } = await import("../../functions/diagnose.ts");

const organization = "11111111-2222-4333-8444-555555555555";
const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const host = `oidc.circleci.com/org/${organization}`;
const roleArn = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";
const user = "????????-????-????-????-????????????";
const job: TokenRequest = {
  organizationId: organization,
  projectId: project,
  origin: "github.com/acme/shop",
  ref: "refs/heads/main",
};

type Logs = string[];

let sandbox: Sandbox;
let environment: Readonly<Record<string, string>>;

beforeEach(async () => {
  sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  ({ environment } = await deployFunction(sandbox, "diagnose"));
  await new IAMClient(clientOptions(sandbox)).send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${host}`,
      ClientIDList: [organization],
    }),
  );
  sandbox.createRole({
    name: "CircleCI-OIDC-Role",
    trust: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { [`${host}:aud`]: organization },
            StringLike: {
              [`${host}:sub`]: `org/${organization}/project/${project}/user/${user}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
            },
          },
        },
      ],
    },
  });
});

async function diagnosed(event: unknown, logs: Logs = []) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const write = (text: string | Uint8Array) => logs.push(String(text)) > 0;
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(write),
    vi.spyOn(console, "info").mockImplementation((...parts) => void logs.push(parts.join(" "))),
  ];
  try {
    return await handler(event, { functionName: "diagnose" } as never);
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

const causeOf = async (event: unknown) => (await diagnosed(event)).diagnosis?.cause;

async function tokenOf(changes: Partial<TokenRequest> = {}): Promise<string> {
  return sandbox.circleci.issueToken({ ...job, ...changes });
}

describe("a token by hand", () => {
  test("that the policy admits now is told to be admitted", async () => {
    expect(await causeOf({ role: roleArn, token: await tokenOf() })).toBe("admitted");
  });

  test("of another branch names the condition and the value", async () => {
    const token = await tokenOf({ ref: "refs/heads/dev" });
    const { diagnosis } = await diagnosed({ role: "CircleCI-OIDC-Role", token });
    expect(diagnosis).toMatchObject({ cause: "condition-refused" });
    expect(diagnosis?.obstacles).toMatchObject([{ part: "condition" }]);
    expect(diagnosis?.message).toContain("refs/heads/dev");
    expect(diagnosis?.next).toContain("trust.projects");
  });

  test("without a branch is told to be V1 or a custom webhook's", async () => {
    const { diagnosis } = await diagnosed({ role: roleArn, token: await tokenOf({ version: 1 }) });
    expect(diagnosis?.next).toContain("CIRCLE_OIDC_TOKEN_V2");
  });

  test("of CircleCI's audit-log stream is told to be rightly refused", async () => {
    const token = await tokenOf({ shape: "audit-log-stream" });
    const { diagnosis } = await diagnosed({ role: roleArn, token });
    expect(diagnosis?.next).toContain("should be refused");
  });

  test.each([
    [
      "with an audience that the provider does not list",
      { audience: "other" },
      "audience-not-listed",
    ],
    [
      "of an organisation that the account does not know",
      { organizationId: "66666666-7777-4888-8999-aaaaaaaaaaaa" },
      "provider-missing",
    ],
    ["of two hours ago", { issuedAt: new Date(Date.now() - 2 * 3600 * 1000) }, "token-expired"],
  ] as const)("%s", async (_, changes, cause) => {
    expect(await causeOf({ role: roleArn, token: await tokenOf(changes) })).toBe(cause);
  });

  test("for a role that does not exist", async () => {
    expect(await causeOf({ role: "Nobody", token: await tokenOf() })).toBe("role-missing");
  });

  test("appears neither in the answer nor in the log", async () => {
    const logs: Logs = [];
    const token = await tokenOf({ ref: "refs/heads/dev" });
    const report = await diagnosed({ role: roleArn, token }, logs);
    const [, payload = "", signature = ""] = token.split(".");
    for (const text of [JSON.stringify(report), logs.join("\n")]) {
      expect(text).not.toContain(payload);
      expect(text).not.toContain(signature);
    }
    expect(logs.join("\n")).toContain("condition-refused");
  });
});

test("a refused call is diagnosed from its own CloudTrail event", async () => {
  const events: EventBridgeEvent[] = [];
  const { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } = await import(
    "@aws-sdk/client-cloudtrail"
  );
  const trail = new CloudTrailClient(clientOptions(sandbox));
  await trail.send(new CreateTrailCommand({ Name: "all", S3BucketName: "bucket-of-trails" }));
  await trail.send(new StartLoggingCommand({ Name: "all" }));
  sandbox.events.onEvent((event) => events.push(event), { readOnlyToo: true });
  const call = new AssumeRoleWithWebIdentityCommand({
    RoleArn: roleArn,
    RoleSessionName: "job",
    WebIdentityToken: await tokenOf({ ref: "refs/heads/dev" }),
  });
  await expect(new STSClient(clientOptions(sandbox)).send(call)).rejects.toThrow("Not authorized");
  const event = events.find(({ detail }) => detail["eventName"] === "AssumeRoleWithWebIdentity");
  const { diagnosis } = await diagnosed(event);
  expect(diagnosis).toMatchObject({ cause: "condition-refused", role: "CircleCI-OIDC-Role" });
  expect(diagnosis?.subject).toContain("refs/heads/dev");
});

test.each([
  ["nothing", undefined],
  ["a text", "token"],
  ["a list", []],
  ["no role", { token: "a.b.c" }],
  ["a token that is none", { role: "r", token: "secret" }],
  ["claims without a subject", { role: "r", claims: { iss: "x" } }],
  ["prototype names", { role: "r", claims: { __proto__: null, constructor: 1 } }],
  ["another event", { detail: { eventName: "GetRole", requestParameters: {} } }],
])("%s is answered with what is allowed, in one sentence", async (_, event) => {
  const report = await diagnosed(event);
  expect(report.diagnosis).toBeNull();
  expect(report.errors).toMatchObject([{ code: "NoQuestion" }]);
  expect(report.errors[0]?.message).toContain("allowed:");
  expect(JSON.stringify(report)).not.toContain("secret");
});
