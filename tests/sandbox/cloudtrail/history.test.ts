import {
  CloudTrailClient,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from "@aws-sdk/client-cloudtrail";
import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

const organizationId = "11111111-2222-4333-8444-555555555555";
const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
  ],
});

let sandbox: Sandbox;
let trail: CloudTrailClient;
let iam: IAMClient;
let ssm: SSMClient;

beforeEach(async () => {
  sandbox = await startSandbox({ now: new Date("2026-11-22T10:00:00Z") });
  trail = new CloudTrailClient(connection(sandbox));
  iam = new IAMClient(connection(sandbox));
  ssm = new SSMClient(connection(sandbox));
});
afterEach(async () => {
  for (const client of [trail, iam, ssm]) client.destroy();
  await sandbox.close();
});

const lookup = async (input: LookupEventsCommandInput = {}) =>
  (await trail.send(new LookupEventsCommand(input))).Events ?? [];
const by = (AttributeKey: "EventName" | "ResourceName" | "Username" | "ReadOnly", value: string) =>
  lookup({ LookupAttributes: [{ AttributeKey, AttributeValue: value }] });
const createRole = (RoleName: string) =>
  iam.send(new CreateRoleCommand({ RoleName, Path: "/ci/", AssumeRolePolicyDocument: trust }));
const put = (Name: string, Value = "x") =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));

/** The one record of that name. */
async function record(name: string): Promise<Record<string, unknown>> {
  const events = await by("EventName", name);
  expect(events).toHaveLength(1);
  return JSON.parse(events[0]?.CloudTrailEvent ?? "null");
}

describe("a record", () => {
  test("of a user's write has CloudTrail's shape", async () => {
    await createRole("deployer");
    const [event] = await by("EventName", "CreateRole");
    expect(event).toMatchObject({
      EventName: "CreateRole",
      EventSource: "iam.amazonaws.com",
      ReadOnly: "false",
      Username: "administrator",
    });
    expect(event?.EventTime?.toISOString()).toMatch(/^2026-11-22T10:00:/);
    const whole = await record("CreateRole");
    expect(whole).toMatchObject({
      eventVersion: "1.11",
      userIdentity: {
        type: "IAMUser",
        arn: "arn:aws:iam::123456789012:user/administrator",
        accountId: "123456789012",
        userName: "administrator",
      },
      eventSource: "iam.amazonaws.com",
      eventName: "CreateRole",
      awsRegion: "us-east-1",
      requestParameters: { roleName: "deployer", path: "/ci/", assumeRolePolicyDocument: trust },
      responseElements: {
        role: { roleName: "deployer", arn: "arn:aws:iam::123456789012:role/ci/deployer" },
      },
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: "123456789012",
      eventCategory: "Management",
    });
    expect(whole["eventTime"]).toMatch(/^2026-11-22T10:00:\d\dZ$/);
    expect(whole["userIdentity"]).not.toHaveProperty("sessionContext");
    expect(whole).not.toHaveProperty("errorCode");
    const answer = JSON.stringify(whole["responseElements"]);
    expect(answer).toMatch(/"createDate":"Nov 22, 2026 10:00:\d\d AM"/);
  });

  test("of a session names the role with its path as the issuer", async () => {
    const roleArn = sandbox.createRole({
      name: "fixer",
      path: "/ops/",
      policies: {
        all: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
        },
      },
    });
    const credentials = await sandbox.credentialsOf(roleArn, "run-1");
    const session = new SSMClient(connection(sandbox, { credentials }));
    await session.send(new PutParameterCommand({ Name: "/x", Value: "x", Type: "String" }));
    session.destroy();
    expect(await record("PutParameter")).toMatchObject({
      userIdentity: {
        type: "AssumedRole",
        arn: "arn:aws:sts::123456789012:assumed-role/fixer/run-1",
        accessKeyId: credentials.accessKeyId,
        sessionContext: {
          sessionIssuer: { type: "Role", arn: roleArn, userName: "fixer" },
          attributes: { mfaAuthenticated: "false" },
        },
      },
    });
    expect(await by("Username", "run-1")).toHaveLength(1);
  });

  test("of a call that failed has its error and no answer", async () => {
    await createRole("twice");
    const again = createRole("twice");
    await refusal(again, "EntityAlreadyExistsException");
    const [newest] = await by("EventName", "CreateRole");
    const whole = JSON.parse(newest?.CloudTrailEvent ?? "null");
    expect(whole).toMatchObject({
      errorCode: "EntityAlreadyExistsException",
      responseElements: null,
    });
    expect(whole.errorMessage).toContain("twice");
  });

  test("exists for a call whose answer was lost, but not for one that was cut off before", async () => {
    const when = ({ operation }: { readonly operation: string }) => operation === "PutParameter";
    sandbox.faults.add({ when, at: "before", how: "connection-reset", times: 1 });
    await put("/cut/before").catch(() => null);
    expect(await by("EventName", "PutParameter")).toEqual([]);
    sandbox.faults.add({ when, at: "after", how: "connection-reset", times: 1 });
    await put("/cut/after").catch(() => null);
    expect(await by("ResourceName", "/cut/after")).toHaveLength(1);
  });

  test("does not have a parameter's value", async () => {
    await put("/secret", "hunter2");
    const whole = await record("PutParameter");
    expect(JSON.stringify(whole)).not.toContain("hunter2");
    expect(whole["requestParameters"]).toMatchObject({
      name: "/secret",
      value: "HIDDEN_DUE_TO_SECURITY_REASONS",
    });
  });

  test("of a token that was refused names its subject, and not the reason or the token", async () => {
    const RoleArn = sandbox.createRole({ name: "nobody" });
    const WebIdentityToken = await sandbox.circleci.issueToken({ organizationId, projectId });
    const sts = new STSClient(connection(sandbox));
    await sts
      .send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "job", WebIdentityToken }),
      )
      .catch(() => null);
    sts.destroy();
    const whole = await record("AssumeRoleWithWebIdentity");
    expect(whole).toMatchObject({
      readOnly: true,
      userIdentity: {
        type: "WebIdentityUser",
        identityProvider: `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organizationId}`,
      },
      requestParameters: { roleArn: RoleArn, roleSessionName: "job" },
    });
    expect(whole["errorCode"]).toBeDefined();
    const identity: unknown = whole["userIdentity"];
    expect(identity).toHaveProperty(
      "userName",
      expect.stringMatching(new RegExp(`^org/${organizationId}/project/${projectId}/user/`)),
    );
    expect(JSON.stringify(whole)).not.toContain(WebIdentityToken);
  });
});

describe("the event history", () => {
  test("has the newest first, with reads", async () => {
    await put("/a");
    await ssm.send(new GetParameterCommand({ Name: "/a" }));
    await put("/b");
    const events = await lookup();
    expect(events.map(({ EventName }) => EventName)).toEqual([
      "PutParameter",
      "GetParameter",
      "PutParameter",
    ]);
    expect(await by("ReadOnly", "false")).toHaveLength(2);
  });

  test("has no data calls and no reads of parameters that do not exist", async () => {
    await ssm.send(new GetParameterCommand({ Name: "/none" })).catch(() => null);
    const sns = new SNSClient(connection(sandbox));
    const TopicArn = "arn:aws:sns:us-east-1:123456789012:none";
    await sns.send(new PublishCommand({ TopicArn, Message: "x" })).catch(() => null);
    sns.destroy();
    expect(await lookup()).toEqual([]);
  });

  test("of IAM is in us-east-1, whatever Region the caller signs for", async () => {
    const abroad = new IAMClient(connection(sandbox, { region: "eu-west-1" }));
    await abroad.send(
      new CreateRoleCommand({ RoleName: "global", AssumeRolePolicyDocument: trust }),
    );
    abroad.destroy();
    const there = new CloudTrailClient(connection(sandbox, { region: "eu-west-1" }));
    expect((await there.send(new LookupEventsCommand({}))).Events).toEqual([]);
    there.destroy();
    expect(await by("ResourceName", "global")).toHaveLength(1);
  });

  test("is searched by one attribute, and resources by name and by ARN", async () => {
    await createRole("one");
    await createRole("other");
    await iam.send(new UpdateRoleCommand({ RoleName: "one", Description: "x" }));
    await iam.send(new GetRoleCommand({ RoleName: "one" }));
    const named = await by("ResourceName", "one");
    expect(named.map(({ EventName }) => EventName)).toEqual([
      "GetRole",
      "UpdateRole",
      "CreateRole",
    ]);
    expect(named[1]?.Resources).toEqual([{ ResourceType: "AWS::IAM::Role", ResourceName: "one" }]);
    const byArn = await by("ResourceName", "arn:aws:iam::123456789012:role/ci/other");
    expect(byArn.map(({ EventName }) => EventName)).toEqual(["CreateRole"]);
    expect(await by("ResourceName", "on")).toEqual([]);
    const two = [
      { AttributeKey: "EventName", AttributeValue: "GetRole" } as const,
      { AttributeKey: "ReadOnly", AttributeValue: "true" } as const,
    ];
    await refusal(lookup({ LookupAttributes: two }), "InvalidLookupAttributesException");
  });

  test("is searched by time, and goes back ninety days", async () => {
    await put("/early");
    sandbox.clock.set(new Date("2026-11-22T12:00:00Z"));
    await put("/late");
    const since = { StartTime: new Date("2026-11-22T11:00:00Z") };
    expect(await lookup(since)).toHaveLength(1);
    const until = { EndTime: new Date("2026-11-22T11:00:00Z") };
    expect((await lookup(until))[0]?.Resources?.[0]?.ResourceName).toBe("/early");
    await refusal(
      lookup({ StartTime: until.EndTime, EndTime: new Date("2026-11-22T09:00:00Z") }),
      "InvalidTimeRangeException",
    );
    sandbox.clock.advance(91 * 24 * 60 * 60 * 1000);
    expect(await lookup()).toEqual([]);
  });

  test("has pages of at most fifty, each event once although new ones arrive", async () => {
    for (let i = 0; i < 60; i += 1) await put(`/p${i}`);
    const first = await trail.send(new LookupEventsCommand({}));
    expect(first.Events).toHaveLength(50);
    await put("/between");
    const { NextToken } = first;
    const second = await trail.send(new LookupEventsCommand({ NextToken }));
    const ids = [...(first.Events ?? []), ...(second.Events ?? [])].map(({ EventId }) => EventId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(second.Events?.at(-1)?.Resources?.[0]?.ResourceName).toBe("/p0");
    await refusal(
      lookup({ NextToken, StartTime: new Date("2026-11-22T00:00:00Z") }),
      "InvalidNextTokenException",
    );
  });
});
