import {
  CloudTrailClient,
  CreateTrailCommand,
  LookupEventsCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type EventBridgeEvent,
  type Sandbox,
  startSandbox,
  type TokenRequest,
} from "../../../sandbox/index.ts";
import { connection } from "../connection.ts";

const organizationId = "11111111-2222-4333-8444-555555555555";
const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const userId = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const provider = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organizationId}`;
const subject = `org/${organizationId}/project/${projectId}/user/${userId}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`;
const RoleArn = "arn:aws:iam::123456789012:role/deploy";
const job: TokenRequest = {
  organizationId,
  projectId,
  userId,
  origin: "github.com/acme/shop",
  ref: "refs/heads/main",
};

let sandbox: Sandbox;
let arrived: EventBridgeEvent[] = [];

beforeEach(async () => {
  sandbox = await startSandbox();
  arrived = [];
  sandbox.events.onEvent((event) => arrived.push(event), { readOnlyToo: true });
  const url = `https://oidc.circleci.com/org/${organizationId}`;
  await new IAMClient(connection(sandbox)).send(
    new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: [organizationId] }),
  );
  const Statement = [
    {
      Effect: "Allow",
      Principal: { Federated: provider },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringLike: { [`oidc.circleci.com/org/${organizationId}:sub`]: "*/refs/heads/other" },
      },
    },
  ];
  sandbox.createRole({ name: "deploy", trust: { Version: "2012-10-17", Statement } });
  const trail = new CloudTrailClient(connection(sandbox));
  await trail.send(
    new CreateTrailCommand({ Name: "all", S3BucketName: "logs", IsMultiRegionTrail: true }),
  );
  await trail.send(new StartLoggingCommand({ Name: "all" }));
});
afterEach(() => sandbox.close());

type Refused = {
  readonly token?: Partial<TokenRequest>;
  readonly text?: (token: string) => string;
  readonly parameters?: Partial<AssumeRoleWithWebIdentityCommandInput>;
};

/** Asks STS as a job does, and gives the record as the history and as the bus have it. */
async function recordOf({ token = {}, text, parameters }: Refused) {
  const made = await sandbox.circleci.issueToken({ ...job, ...token });
  const call = new AssumeRoleWithWebIdentityCommand({
    RoleArn,
    RoleSessionName: "deploy-42",
    WebIdentityToken: text?.(made) ?? made,
    ...parameters,
  });
  await expect(new STSClient(connection(sandbox)).send(call)).rejects.toThrow();
  const { Events } = await new CloudTrailClient(connection(sandbox)).send(
    new LookupEventsCommand({
      LookupAttributes: [
        { AttributeKey: "EventName", AttributeValue: "AssumeRoleWithWebIdentity" },
      ],
    }),
  );
  const history: unknown = JSON.parse(Events?.[0]?.CloudTrailEvent ?? "");
  const event = arrived.find(({ detail }) => detail["eventName"] === "AssumeRoleWithWebIdentity");
  return { history, event, token: made };
}

const hour = 3_600_000;
const refusals: readonly (readonly [string, Refused, string, RegExp])[] = [
  ["a trust policy that does not admit", {}, "AccessDenied", /^An unknown error occurred$/],
  [
    "a role that is not there",
    { parameters: { RoleArn: `${RoleArn}-2` } },
    "AccessDenied",
    /^An unknown error occurred$/,
  ],
  [
    "a token that has expired",
    { token: { issuedAt: new Date(Date.now() - 3 * hour) } },
    "ExpiredTokenException",
    /^Token expired/,
  ],
  [
    "another audience",
    { token: { audience: "other" } },
    "InvalidIdentityTokenException",
    /^Incorrect token audience$/,
  ],
  [
    "a signature of somebody else",
    { text: (token) => token.replace(/[^.]+$/, "Zm9yZ2Vk") },
    "InvalidIdentityTokenException",
    /signature/,
  ],
  [
    "a session's name with blanks",
    { parameters: { RoleSessionName: "build and deploy" } },
    "ValidationError",
    /roleSessionName/,
  ],
  [
    "a session of a minute",
    { parameters: { DurationSeconds: 60 } },
    "ValidationError",
    /durationSeconds/,
  ],
];

describe("a refused AssumeRoleWithWebIdentity", () => {
  it.each(refusals)("is recorded, and is an event: %s", async (_, refused, code, message) => {
    const { history, event, token } = await recordOf(refused);
    const identity = {
      type: "WebIdentityUser",
      userName: subject,
      identityProvider: provider,
      principalId: expect.stringMatching(new RegExp(`^${provider}:(?:${organizationId}|other):`)),
    };
    const { RoleArn: roleArn = RoleArn, RoleSessionName: roleSessionName = "deploy-42" } =
      refused.parameters ?? {};
    expect(history).toMatchObject({
      userIdentity: identity,
      eventSource: "sts.amazonaws.com",
      eventName: "AssumeRoleWithWebIdentity",
      awsRegion: "us-east-1",
      errorCode: code,
      errorMessage: expect.stringMatching(message),
      requestParameters: { roleArn, roleSessionName },
      responseElements: null,
      readOnly: true,
      managementEvent: true,
      recipientAccountId: "123456789012",
    });
    expect(event).toMatchObject({
      source: "aws.sts",
      "detail-type": "AWS API Call via CloudTrail",
      region: "us-east-1",
    });
    expect(event?.detail).toEqual(history);
    for (const part of token.split(".")) expect(JSON.stringify(history)).not.toContain(part);
  });

  it("says nobody's name where the text is not a token", async () => {
    const { history, event } = await recordOf({ text: () => "abcdef" });
    expect(history).toMatchObject({
      userIdentity: { type: "Unknown", principalId: "" },
      errorCode: "InvalidIdentityTokenException",
      requestParameters: { roleArn: RoleArn },
      responseElements: null,
    });
    expect(event?.detail).toEqual(history);
  });
});
