import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { type Fault, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { realTime } from "../../shared/edge/time.ts";
import { pageOf } from "../../shared/page/page.ts";
import type { AuditReport } from "../../shared/runs/audit.ts";
import { readPage } from "../../shared/runs/page.ts";
import { settingsOf } from "../../shared/settings.ts";
import { deployFunction } from "../stack/deployed.ts";

const { handler } = await import("../../functions/audit.ts");

const bucket = "shop-reports";
const key = "team/oidc/123456789012-us-east-1.html";
const params = { parameterPrefix: "/team/oidc" };
const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };
/** Somebody's mistake, in the name of the session that put the document: the page says who put it. */
const token = "CCIPAT_4v7kWq2mXt9z";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const everybody = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: {
        Federated:
          "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555",
      },
      Action: "sts:AssumeRoleWithWebIdentity",
    },
  ],
};

type Account = {
  readonly sandbox: Sandbox;
  readonly s3: S3Client;
  readonly environment: Readonly<Record<string, string>>;
  /** The audit as the schedule wakes it, at the time of the account. */
  audit(given?: { readonly event?: unknown; readonly remainingMs?: number }): Promise<AuditReport>;
  /** What `report` would write at that time. */
  page(): Promise<string>;
};

async function startAccount(reportBucket: string): Promise<Account> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  vi.useFakeTimers({ toFake: ["Date"] });
  // CloudTrail is asked twice a second; the sandbox has no such rate.
  vi.spyOn(realTime, "sleep").mockResolvedValue(undefined);
  const settings = clientOptions(sandbox);
  const deployed = await deployFunction(sandbox, "audit", { params: { ...params, reportBucket } });
  const { environment } = deployed;
  const Name = environment["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1) ?? "";
  await new SNSClient(settings).send(new CreateTopicCommand({ Name }));
  const document = {
    circleci: { organizationId: "11111111-2222-4333-8444-555555555555" },
    trust: { projects: [{ id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" }] },
    deploy: { ecr: ["demo-backend"] },
  };
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const editor = sandbox.createRole({
    name: "Editor",
    policies: { all: { Version: "2012-10-17", Statement: [everything] } },
  });
  const credentials = await sandbox.credentialsOf(editor, token);
  await new SSMClient({ ...settings, credentials }).send(
    new PutParameterCommand({
      Name: "/team/oidc/environments/production",
      Value: JSON.stringify(document),
      Type: "String",
    }),
  );
  const within = async <Given>(
    variables: Readonly<Record<string, string>>,
    run: () => Promise<Given>,
  ) => {
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    const logs = (["info", "error"] as const).map((way) =>
      vi.spyOn(console, way).mockReturnValue(),
    );
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    try {
      return await run();
    } finally {
      vi.unstubAllEnvs();
      for (const spy of [random, ...logs]) spy.mockRestore();
    }
  };
  return {
    sandbox,
    environment,
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    audit: ({ event = schedule, remainingMs = 590_000 } = {}) =>
      within(environment, () => {
        const getRemainingTimeInMillis = () => remainingMs;
        return handler(event, { functionName: "audit", getRemainingTimeInMillis } as never);
      }),
    page: () =>
      within({ ...environment, ...sandbox.environment, AWS_SESSION_TOKEN: "" }, async () => {
        const { installation, region } = settingsOf(process.env);
        const read = await readPage({
          ...{ clients: makeClients(region), installation, names: [], madeBy: manifest.version },
          ...{ now: new Date(), time: realTime, signal: AbortSignal.timeout(60_000) },
        });
        if (read.kind !== "made") throw new Error("There is no page.");
        return pageOf(read.data);
      }),
  };
}

async function put({ s3 }: Account): Promise<GetObjectCommandOutput & { readonly text: string }> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return { ...object, text: (await object.Body?.transformToString()) ?? "" };
}

const calledS3 = ({ sandbox }: Account) =>
  sandbox.calls.filter(({ service }) => service === "s3").map(({ operation }) => operation);

test("without a bucket the audit makes no page and calls nothing for one", async () => {
  const account = await startAccount("");
  const report = await account.audit();
  expect(report.errors).toEqual([]);
  expect(Object.keys(report.calls).join(" ")).not.toMatch(/s3:|LookupEvents|GetParameterHistory/);
  expect(calledS3(account)).toEqual([]);
});

async function withBucket(): Promise<Account> {
  const account = await startAccount(bucket);
  await account.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return account;
}

test("with a bucket the audit puts the page of report there, as HTML and without a token", async () => {
  const account = await withBucket();
  const report = await account.audit();
  expect(report.errors).toEqual([]);
  const { ContentType, text } = await put(account);
  expect(ContentType).toBe("text/html; charset=utf-8");
  const page = await account.page();
  expect(text === page).toBe(true);
  expect(text).toContain("(a token)");
  expect(text).not.toContain(token);
  const [call] = account.sandbox.calls.filter(({ operation }) => operation === "PutObject");
  expect(call?.input).toMatchObject({ ExpectedBucketOwner: account.sandbox.account });
});

const refusedBy = (when: Fault["when"], error: string, httpStatus: number): Fault => ({
  ...{ when, at: "before", times: 1, how: { error, httpStatus } },
});
const ofS3: Fault["when"] = ({ service }) => service === "s3";

test.each<[string, (sandbox: Sandbox) => Fault, string]>([
  ["the bucket is gone", () => refusedBy(ofS3, "NoSuchBucket", 404), "NoSuchBucket"],
  ["its policy refuses the audit", () => refusedBy(ofS3, "AccessDenied", 403), "AccessDenied"],
  [
    "the documents cannot be read once more",
    (sandbox) => {
      const isDone = () =>
        sandbox.calls.some(({ input }) => input["Name"] === "/team/oidc/audit" && "Value" in input);
      const when: Fault["when"] = ({ operation }) =>
        operation === "GetParametersByPath" && isDone();
      return refusedBy(when, "AccessDeniedException", 400);
    },
    "reading what it shows",
  ],
])("where %s the audit says so, and all that it found", async (_, faultOf, named) => {
  const account = await withBucket();
  account.sandbox.createRole({ name: "Loose", trust: everybody });
  account.sandbox.faults.add(faultOf(account.sandbox));
  const report = await account.audit();
  expect(report.errors).toMatchObject([{ code: "PageMissing" }]);
  expect(report.errors[0]?.message).toContain(named);
  expect(report.findings).not.toEqual([]);
  expect(report.alerts).toMatchObject([{ kind: "unmanaged-trust" }]);
  expect((await account.audit()).alerts).toEqual([]);
});

test("where too little time is left the audit says so before it reads anything for the page", async () => {
  const account = await withBucket();
  const report = await account.audit({ remainingMs: 170_000 });
  expect(report.errors).toMatchObject([{ code: "PageMissing" }]);
  expect(report.errors[0]?.message).toContain("over 1 environments it may take 180 s");
  expect(Object.keys(report.calls).join(" ")).not.toMatch(/s3:|LookupEvents|GetParameterHistory/);
});

test("a dry run puts no page", async () => {
  const account = await withBucket();
  await account.audit({ event: { dryRun: true } });
  expect(calledS3(account)).toEqual(["CreateBucket"]);
});
