import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { EventBridgeEvent, Sandbox, TokenRequest } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { startDiagnosis } from "./account.ts";
import { job, otherOrganization, roleArn } from "./job.ts";

let sandbox: Sandbox;
let diagnosed: Awaited<ReturnType<typeof startDiagnosis>>["diagnosed"];

beforeEach(async () => {
  const account = await startDiagnosis();
  ({ sandbox, diagnosed } = account);
  onTestFinished(() => sandbox.close());
});

const causeOf = async (event: unknown) => (await diagnosed(event)).diagnosis?.cause?.code ?? null;

async function tokenOf(changes: Partial<TokenRequest> = {}): Promise<string> {
  return sandbox.circleci.issueToken({ ...job, ...changes });
}

describe("a token by hand", () => {
  test("that the policy admits now is reported as admitted", async () => {
    const { diagnosis } = await diagnosed({ role: roleArn, token: await tokenOf() });
    expect(diagnosis).toMatchObject({ admitted: true, cause: null, obstacles: [] });
  });

  test("of another branch names the condition and the value", async () => {
    const token = await tokenOf({ ref: "refs/heads/dev" });
    const { diagnosis } = await diagnosed({ role: "Acme-CI", token });
    expect(diagnosis).toMatchObject({ admitted: false, cause: { code: "ref-refused" } });
    expect(diagnosis?.obstacles).toMatchObject([{ part: "condition" }]);
    expect(diagnosis?.message).toContain("refs/heads/dev");
    expect(diagnosis?.next).toContain("trust.projects");
  });

  test("without a branch is reported as V1 or a custom webhook's", async () => {
    const { diagnosis } = await diagnosed({ role: roleArn, token: await tokenOf({ version: 1 }) });
    expect(diagnosis?.next).toContain("CIRCLE_OIDC_TOKEN_V2");
  });

  test("of CircleCI's audit-log stream is reported as rightly refused", async () => {
    const token = await tokenOf({ shape: "audit-log-stream" });
    const { diagnosis } = await diagnosed({ role: roleArn, token });
    expect(diagnosis?.message).toContain("audit-log stream");
    expect(diagnosis?.next).toContain("should be refused");
  });

  test.each([
    [
      "with an audience that the provider does not list",
      { audience: "other" },
      "audience-not-at-provider",
    ],
    [
      "of an organisation that the account does not know",
      { organizationId: otherOrganization },
      "issuer-other-organisation",
    ],
    ["of two hours ago", { issuedAt: new Date(Date.now() - 2 * 3600 * 1000) }, "token-expired"],
  ] as const)("%s", async (_, changes, cause) => {
    expect(await causeOf({ role: roleArn, token: await tokenOf(changes) })).toBe(cause);
  });

  test("for a role that does not exist", async () => {
    expect(await causeOf({ role: "Nobody", token: await tokenOf() })).toBe("role-missing");
  });

  test("appears neither in the answer nor in the log", async () => {
    const logs: string[] = [];
    const token = await tokenOf({ ref: "refs/heads/dev" });
    const report = await diagnosed({ role: roleArn, token }, logs);
    const [, payload = "", signature = ""] = token.split(".");
    for (const text of [JSON.stringify(report), logs.join("\n")]) {
      expect(text).not.toContain(payload);
      expect(text).not.toContain(signature);
    }
    expect(logs.join("\n")).toContain("ref-refused");
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
  expect(diagnosis).toMatchObject({ cause: { code: "ref-refused" }, role: "Acme-CI" });
  expect(diagnosis?.subject).toContain("refs/heads/dev");
});

test.each([
  ["nothing", undefined],
  ["a text", "token"],
  ["a list", []],
  ["no role", { token: "a.b.c" }],
  ["claims without a subject", { role: "r", claims: { iss: "x" } }],
  ["prototype names", { role: "r", claims: { __proto__: null, constructor: 1 } }],
  ["another event", { detail: { eventName: "GetRole", requestParameters: {} } }],
  ["a listing without events", { Events: [] }],
  ["a log file without records", { Records: [] }],
  ["other calls' records", [{ eventName: "GetRole", eventVersion: "1" }, "secret"]],
])("%s is answered with what is allowed, in one sentence", async (_, event) => {
  const report = await diagnosed(event);
  expect(report.diagnosis).toBeNull();
  expect(report.errors).toMatchObject([{ code: "NoQuestion" }]);
  expect(report.errors[0]?.message).toContain("allowed:");
  expect(JSON.stringify(report)).not.toContain("secret");
});
