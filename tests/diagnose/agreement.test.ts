import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DeleteOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  STSClient,
} from "@aws-sdk/client-sts";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { TokenRequest } from "../../sandbox/index.ts";
import { type CauseCode, checkNames } from "../../shared/diagnose/causes.ts";
import { connection } from "../sandbox/connection.ts";
import { startDiagnosis } from "./account.ts";
import {
  conditions,
  job,
  mask,
  organization,
  otherOrganization,
  otherProject,
  provider,
  roleArn,
  trustWith,
} from "./job.ts";

let account: Awaited<ReturnType<typeof startDiagnosis>>;
beforeEach(async () => {
  account = await startDiagnosis();
  onTestFinished(() => account.sandbox.close());
});

type Call = {
  readonly token?: Partial<TokenRequest>;
  /** In place of a token of the issuer's. */
  readonly text?: string;
  readonly parameters?: Partial<AssumeRoleWithWebIdentityCommandInput>;
  readonly trust?: object;
  /** The answer that STS is made to give. */
  readonly answer?: readonly [code: string, message: string];
};

/** Asks STS as a job does, and gives what CloudTrail kept of it, as LookupEvents answers. */
async function refusedCall(call: Call): Promise<object> {
  const { sandbox } = account;
  if (call.trust !== undefined) {
    sandbox.createRole({ name: "Acme-CI", path: "/ci/", trust: call.trust });
  }
  if (call.answer !== undefined) {
    const [error, message] = call.answer;
    sandbox.faults.add({
      when: ({ operation }) => operation === "AssumeRoleWithWebIdentity",
      at: "before",
      how: { error, message, httpStatus: 400 },
    });
  }
  const input = {
    RoleArn: roleArn,
    RoleSessionName: "acme-42",
    WebIdentityToken: call.text ?? (await sandbox.circleci.issueToken({ ...job, ...call.token })),
    ...call.parameters,
  };
  const command = new AssumeRoleWithWebIdentityCommand(input);
  await expect(new STSClient(connection(sandbox)).send(command)).rejects.toThrow();
  return new CloudTrailClient(connection(sandbox)).send(
    new LookupEventsCommand({
      LookupAttributes: [
        { AttributeKey: "EventName", AttributeValue: "AssumeRoleWithWebIdentity" },
      ],
    }),
  );
}

const hours = (count: number) => new Date(Date.now() + count * 3_600_000);
const sub = (rest: string) => ({
  StringLike: { [`oidc.circleci.com/org/${organization}:sub`]: `org/${organization}/${rest}` },
});

/** Each is refused by the account in the process, and recorded by it. */
const refusals: readonly (readonly [string, Call, CauseCode])[] = [
  ["a text that is not a token", { text: "abcdef" }, "token-unreadable"],
  ["a token of hours ago", { token: { issuedAt: hours(-3) } }, "token-expired"],
  ["a token of tomorrow", { token: { issuedAt: hours(24) } }, "token-not-yet-valid"],
  ["the shared issuer", { token: { shape: "root-issuer" } }, "issuer-root"],
  [
    "another organisation's token",
    { token: { organizationId: otherOrganization } },
    "issuer-other-organisation",
  ],
  ["another audience", { token: { audience: "sts.amazonaws.com" } }, "audience-not-at-provider"],
  [
    "a role under another path",
    { parameters: { RoleArn: roleArn.replace("/ci/", "/") } },
    "role-missing",
  ],
  [
    "a role of another account",
    { parameters: { RoleArn: roleArn.replace("123456789012", "999988887777") } },
    "role-missing",
  ],
  ["an ARN that is not a role's", { parameters: { RoleArn: provider } }, "role-missing"],
  ["another action", { trust: trustWith({}, { Action: "sts:AssumeRole" }) }, "action-refused"],
  [
    "another account's provider",
    {
      trust: trustWith(conditions, {
        Principal: { Federated: provider.replace("123456789012", "999988887777") },
      }),
    },
    "trust-other-provider",
  ],
  [
    "an audience that the role does not want",
    {
      trust: trustWith({
        StringEquals: { [`oidc.circleci.com/org/${organization}:aud`]: "sts.amazonaws.com" },
      }),
    },
    "audience-refused",
  ],
  ["another project", { token: { projectId: otherProject } }, "project-refused"],
  ["another repository", { token: { origin: "github.com/Acme/shop" } }, "origin-refused"],
  ["another branch", { token: { ref: "refs/heads/dev" } }, "ref-refused"],
  ["a token of version 1", { token: { version: 1 } }, "token-version"],
  ["another user", { trust: trustWith(sub(`project/*/user/${otherProject}*`)) }, "user-refused"],
  [
    "an entry that has ended",
    {
      trust: trustWith({
        ...conditions,
        DateLessThan: { "aws:CurrentTime": "2026-01-31T00:00:00Z" },
      }),
    },
    "entry-ended",
  ],
  [
    "a Deny",
    {
      trust: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: "*", Action: "sts:AssumeRoleWithWebIdentity" },
          {
            Effect: "Deny",
            Principal: { Federated: provider },
            Action: "sts:*",
            Condition: sub(`project/*/user/${mask}/vcs-origin/github.com/*`),
          },
        ],
      },
    },
    "denied",
  ],
  [
    "a condition on the session's name",
    { trust: trustWith({ StringLike: { "sts:RoleSessionName": "deploy-*" } }) },
    "condition-refused",
  ],
  ["too long a session", { parameters: { DurationSeconds: 14_400 } }, "session-too-long"],
  [
    "a session of more than twelve hours",
    { parameters: { DurationSeconds: 43_201 } },
    "session-too-long",
  ],
  ["too short a session", { parameters: { DurationSeconds: 60 } }, "session-too-short"],
  [
    "a session's name with blanks",
    { parameters: { RoleSessionName: "build and deploy" } },
    "session-name-invalid",
  ],
  [
    "a session's policy that is not valid",
    { parameters: { Policy: "{}" } },
    "session-policy-invalid",
  ],
  [
    "a session's policy that is not there",
    { parameters: { PolicyArns: [{ arn: "arn:aws:iam::123456789012:policy/Nobody" }] } },
    "session-policy-invalid",
  ],
  [
    "an issuer that does not answer",
    { answer: ["IDPCommunicationError", "Error communicating with identity provider"] },
    "issuer-unreachable",
  ],
  ["an issuer that says no", { answer: ["IDPRejectedClaim", "no"] }, "token-rejected"],
  [
    "policies that are too large",
    { answer: ["PackedPolicyTooLarge", "Packed size of session policies consumes 138%."] },
    "session-policy-too-large",
  ],
  [
    "a Region where STS is off",
    { answer: ["RegionDisabledException", "STS is not activated in this region."] },
    "region-disabled",
  ],
];

describe("what the account refuses, the function names by the record of it", () => {
  test.each(refusals)("%s", async (_, call, code) => {
    const { diagnosis } = await account.diagnosed(await refusedCall(call));
    expect(diagnosis?.cause?.code).toBe(code);
    expect(diagnosis?.admitted).toBe(false);
  });

  test("a provider that is gone, and one that was gone and is back", async () => {
    await account.iam.send(
      new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }),
    );
    const events = await refusedCall({});
    expect((await account.diagnosed(events)).diagnosis?.cause?.code).toBe("provider-missing");
    const later = await startDiagnosis();
    onTestFinished(() => later.sandbox.close());
    expect((await later.diagnosed(events)).diagnosis?.cause?.code).toBe("provider-missing");
  });

  test("a signature that is somebody else's", async () => {
    const token = await account.sandbox.circleci.issueToken(job);
    const [header, payload] = token.split(".");
    const forged = `${header}.${payload}.${Buffer.from("forged").toString("base64url")}`;
    const { diagnosis } = await account.diagnosed(await refusedCall({ text: forged }));
    expect(diagnosis?.cause?.code).toBe("signature-invalid");
  });

  test("and what it admits, by hand: nothing", async () => {
    const { diagnosis } = await account.diagnosed({
      role: roleArn,
      token: await account.sandbox.circleci.issueToken(job),
      roleSessionName: "acme-42",
      durationSeconds: 3600,
    });
    expect(diagnosis).toMatchObject({ admitted: true, cause: null });
    expect(diagnosis?.checks.map(({ check }) => check)).toEqual([...checkNames]);
    // The signature is STS's alone to check.
    const open = diagnosis?.checks.filter(({ ok }) => ok !== true).map(({ check }) => check);
    expect(open).toEqual(["signature"]);
  });
});
