import {
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { isCiUserName } from "../../shared/audit/findings.ts";
import { serializeRecord } from "../../shared/plan/record.ts";
import type { AuditReport } from "../../shared/runs/audit.ts";
import { recordWith } from "../plan/entries.ts";
import { deployFunction } from "../stack/deployed.ts";

const { handler } = await import("../../functions/audit.ts");

const organization = "11111111-2222-4333-8444-555555555555";
const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const host = `oidc.circleci.com/org/${organization}`;
const providerArn = `arn:aws:iam::123456789012:oidc-provider/${host}`;
const jobs = `org/${organization}/project/${project}/user/*`;

const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };

function trusting(condition: object, principal: object | string = { Federated: providerArn }) {
  const Action = typeof principal === "string" ? "sts:*" : "sts:AssumeRoleWithWebIdentity";
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: principal, Action, Condition: condition }],
  };
}

const narrow = trusting({
  StringEquals: { [`${host}:aud`]: organization },
  StringLike: { [`${host}:sub`]: jobs },
});

type Account = {
  readonly sandbox: Sandbox;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  audit(event?: unknown): Promise<AuditReport>;
};

async function startAccount(options: { readonly now?: Date } = {}): Promise<Account> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const settings = clientOptions(sandbox);
  const { environment } = await deployFunction(sandbox, "audit");
  const Name = environment["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1) ?? "";
  await new SNSClient(settings).send(new CreateTopicCommand({ Name }));
  return {
    sandbox,
    iam: new IAMClient(settings),
    ssm: new SSMClient(settings),
    audit: async (event = schedule) => {
      const random = vi.spyOn(Math, "random").mockReturnValue(0);
      const log = vi.spyOn(console, "info").mockReturnValue();
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      try {
        return await handler(event, { functionName: "audit" } as never);
      } finally {
        vi.unstubAllEnvs();
        for (const spy of [random, log]) spy.mockRestore();
      }
    },
  };
}

/** An account with a document that names a role, and the tags of its environment. */
async function startWithRoleNamed(role: string) {
  const account = await startAccount();
  const Value = `circleci: {organizationId: ${organization}}\ntrust: {projects: [{id: ${project}}]}\nrole: {name: ${role}}\ndeploy: {}\n`;
  const Name = "/oidc-reconciler/environments/production";
  await account.ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }));
  const tags = {
    "oidc-reconciler:environment": "production",
    "oidc-reconciler:prefix": "/oidc-reconciler",
  };
  return { account, tags };
}

/** Turns a trail on: of every Region, but for what is said otherwise. */
async function logging(
  account: Account,
  more: Partial<CreateTrailCommandInput> = {},
): Promise<CloudTrailClient> {
  const Name = "all";
  const trail = new CloudTrailClient(clientOptions(account.sandbox));
  await trail.send(
    new CreateTrailCommand({
      Name,
      S3BucketName: "bucket-of-trails",
      IsMultiRegionTrail: true,
      ...more,
    }),
  );
  await trail.send(new StartLoggingCommand({ Name }));
  return trail;
}

const codesOf = (report: AuditReport, subject: string) =>
  report.findings.filter((finding) => finding.subject.includes(subject)).map(({ code }) => code);

describe("a role that trusts CircleCI and that no environment manages", () => {
  test.each([
    ["by audience alone", trusting({ StringEquals: { [`${host}:aud`]: organization } })],
    ["for one project", narrow],
    ["with everybody as principal", trusting({}, "*")],
  ])("is found: %s", async (_, trust) => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Legacy", trust });
    await account.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://${host}`,
        ClientIDList: [organization],
      }),
    );
    expect(codesOf(await account.audit(), "role/Legacy")).toContain("unmanaged-trust");
  });

  test("is found though its provider does not exist: it may tomorrow", async () => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Dangling", trust: narrow });
    expect(codesOf(await account.audit(), "role/Dangling")).toContain("unmanaged-trust");
  });

  test("is found though it carries our tags: nobody's document names it", async () => {
    const account = await startAccount();
    const tags = {
      "oidc-reconciler:environment": "production",
      "oidc-reconciler:prefix": "/oidc-reconciler",
    };
    account.sandbox.createRole({ name: "Tagged", trust: narrow, tags });
    expect(codesOf(await account.audit(), "role/Tagged")).toContain("unmanaged-trust");
  });

  test("is found though it carries the tags of an environment whose document names another", async () => {
    const { account, tags } = await startWithRoleNamed("CircleCI-Kept");
    for (const name of ["CircleCI-Kept", "Beside"])
      account.sandbox.createRole({ name, trust: narrow, tags });
    const report = await account.audit();
    expect(codesOf(report, "role/Beside")).toContain("unmanaged-trust");
    expect(codesOf(report, "role/CircleCI-Kept")).not.toContain("unmanaged-trust");
  });

  test("is not one that trusts others only", async () => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Lambda" });
    const report = await account.audit();
    expect(codesOf(report, "role/Lambda")).toEqual([]);
  });

  // The first two are cloudfox#118: roles that speak of CircleCI and that no token of it can enter.
  const job = `org/${organization}/project/${project}/user/`;
  const everyToken = {
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
  };
  test.each([
    ["a subject of GitHub", trusting({ StringLike: { [`${host}:sub`]: "repo:acme/shop:*" } })],
    ["* under StringEquals", trusting({ StringEquals: { [`${host}:sub`]: `${job}*` } })],
    [
      "conditions that exclude each other",
      trusting({
        StringEquals: { [`${host}:sub`]: `${job}${project}` },
        StringLike: { [`${host}:sub`]: "org/*/file-streaming/*" },
      }),
    ],
    [
      "an issuer that CircleCI has not",
      trusting({}, { Federated: providerArn.replace(/org\/.*/, "org/Acme") }),
    ],
    [
      "a key that is never sent",
      trusting({ StringEquals: { [`${host}:oidc.circleci.com/vcs-ref`]: "refs/heads/main" } }),
    ],
    [
      "an end in the past",
      trusting({ DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
    ],
    [
      "a Deny over it",
      {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", ...everyToken },
          { Effect: "Deny", ...everyToken },
        ],
      },
    ],
  ])("pages nobody where no token of CircleCI can enter: %s", async (_, trust) => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Never", trust });
    const report = await account.audit();
    const found = report.findings.filter(({ subject }) => subject.includes("role/Never"));
    expect(found.map(({ severity }) => severity)).toEqual(found.map(() => "info"));
    expect(found[0]).toMatchObject({
      code: "no-token",
      message: expect.stringContaining("no CircleCI token can assume it: "),
    });
    expect(report.alerts.filter(({ severity }) => severity === "critical")).toEqual([]);
  });

  test("is not one that an environment's document names and whose tags say so", async () => {
    const { account, tags } = await startWithRoleNamed("CircleCI-Kept");
    account.sandbox.createRole({ name: "CircleCI-Kept", trust: narrow, tags });
    expect(codesOf(await account.audit(), "role/CircleCI-Kept")).not.toContain("unmanaged-trust");
  });

  test("is not one that a record names, whatever its status says of its age", async () => {
    const account = await startAccount();
    const place = "/oidc-reconciler/environments/production";
    const Type = "String";
    await account.ssm.send(new PutParameterCommand({ Name: place, Value: "no document", Type }));
    const names = { roles: ["Left"], policies: [], organizations: [] };
    const Value = serializeRecord(recordWith({ names, serial: 1 })) ?? "";
    const Name = "/oidc-reconciler/applied/production";
    // The audit may not ask whether its second version was put back.
    await account.ssm.send(new PutParameterCommand({ Name, Value, Type }));
    await account.ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
    const tags = {
      "oidc-reconciler:environment": "production",
      "oidc-reconciler:prefix": "/oidc-reconciler",
    };
    account.sandbox.createRole({ name: "Left", trust: narrow, tags });
    const report = await account.audit();
    expect(codesOf(report, "role/Left")).not.toContain("unmanaged-trust");
    expect(report.errors).toEqual([]);
  });
});

describe("loose ends", () => {
  test("are named by what they are", async () => {
    const account = await startAccount();
    const trust = trusting({ StringEquals: { [`${host}:aud`]: organization } });
    account.sandbox.createRole({ name: "Legacy", trust });
    const report = await account.audit();
    const messages = report.findings.map(({ message }) => message).join("\n");
    expect(messages).toMatch(/\(no-subject\)/);
    expect(messages).toMatch(/\(audit-log-stream\)/);
    expect(messages).toMatch(/\(any-project\)/);
  });

  test("include CircleCI's root issuer as a provider", async () => {
    const account = await startAccount();
    await account.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: "https://oidc.circleci.com",
        ClientIDList: ["anybody"],
      }),
    );
    const [first] = (await account.audit()).findings;
    expect(first).toMatchObject({ code: "root-issuer", severity: "critical" });
  });
});

describe("what nobody uses", () => {
  test("is a role that was never used since long, and not one made yesterday", async () => {
    const old = await startAccount({ now: new Date("2026-01-01T00:00:00Z") });
    old.sandbox.createRole({ name: "Old", trust: narrow });
    expect(codesOf(await old.audit(), "role/Old")).toContain("unused-role");
    const young = await startAccount();
    young.sandbox.createRole({ name: "Young", trust: narrow });
    expect(codesOf(await young.audit(), "role/Young")).not.toContain("unused-role");
  });

  test("is a CI user's access key, named by its last four characters only", async () => {
    const account = await startAccount();
    await account.iam.send(new CreateUserCommand({ UserName: "circleci-deployer" }));
    await account.iam.send(new CreateUserCommand({ UserName: "alice" }));
    const made = await account.iam.send(
      new CreateAccessKeyCommand({ UserName: "circleci-deployer" }),
    );
    await account.iam.send(new CreateAccessKeyCommand({ UserName: "alice" }));
    const report = await account.audit();
    const keys = report.findings.filter(({ code }) => code === "ci-access-key");
    expect(keys.map(({ subject }) => subject)).toEqual(["user/circleci-deployer"]);
    const id = made.AccessKey?.AccessKeyId ?? "none";
    expect(keys[0]?.message).toContain(id.slice(-4));
    expect(JSON.stringify(report)).not.toContain(id);
  });

  test("is looked for though another user is deleted meanwhile or cannot be read", async () => {
    const account = await startAccount();
    for (const UserName of ["ci-gone", "ci-hidden", "circleci-deployer"]) {
      await account.iam.send(new CreateUserCommand({ UserName }));
      await account.iam.send(new CreateAccessKeyCommand({ UserName }));
    }
    const failing = (user: string, error: string, httpStatus: number) =>
      account.sandbox.faults.add({
        when: ({ operation, input }) =>
          operation === "ListAccessKeys" && input["UserName"] === user,
        at: "before",
        how: { error, httpStatus },
      });
    failing("ci-gone", "NoSuchEntity", 404);
    failing("ci-hidden", "AccessDenied", 403);
    const report = await account.audit();
    const users = report.findings.flatMap(({ code, subject }) =>
      code === "ci-access-key" ? [subject] : [],
    );
    expect(users).toEqual(["user/circleci-deployer"]);
    const unread = report.findings.filter(({ code }) => code === "unreadable");
    expect(unread.map(({ message }) => message)).toEqual([
      expect.stringContaining("iam:ListAccessKeys of ci-hidden"),
    ]);
  });

  test.each([
    "circleci",
    "CircleCI-prod",
    "ci",
    "deploy-bot",
    "buildPipeline",
    "cicd_user",
    "ci-cd",
  ])("%s looks like a CI user", (name) => expect(isCiUserName(name)).toBe(true));
  test.each(["alice", "citrus", "decision", "cindy", "circlet", "administrator", "special"])(
    "%s does not",
    (name) => expect(isCiUserName(name)).toBe(false),
  );
});

describe("the watch", () => {
  const found = ({ findings }: AuditReport) =>
    findings.filter(({ code }) => code === "no-trail").map(({ message }) => message);

  test("is missed where no trail is logging, and not where one logs writes everywhere", async () => {
    const account = await startAccount();
    expect(found(await account.audit())).toEqual([
      expect.stringContaining("no CloudTrail trail is logging"),
    ]);
    await logging(account);
    expect(codesOf(await account.audit(), "account")).toEqual([]);
  });

  test("is missed where the trail is of one Region: what happens elsewhere is not heard", async () => {
    const account = await startAccount();
    await logging(account, { IsMultiRegionTrail: false });
    expect(found(await account.audit())).toEqual([expect.stringContaining("each of one Region")]);
  });

  test("is missed where that trail leaves IAM out", async () => {
    const account = await startAccount();
    await logging(account, { IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false });
    expect(found(await account.audit())).toEqual([
      expect.stringContaining("IAM, a global service"),
    ]);
  });

  test.each([
    ["data events only", { IncludeManagementEvents: false }],
    ["reads only", { ReadWriteType: "ReadOnly" }],
  ] as const)(
    "is missed where the trail logs %s, and reported again if that is new",
    async (_, selector) => {
      const account = await startAccount();
      await account.audit();
      const trail = await logging(account);
      const EventSelectors = [
        { IncludeManagementEvents: true, ReadWriteType: "All" as const, ...selector },
      ];
      await trail.send(new PutEventSelectorsCommand({ TrailName: "all", EventSelectors }));
      const report = await account.audit();
      expect(found(report)).toEqual([expect.stringContaining("takes writes of management events")]);
      expect(report.alerts).toHaveLength(1);
    },
  );

  test("is not said to be missing where a trail's selectors cannot be read, which is reported instead", async () => {
    const account = await startAccount();
    await logging(account);
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "GetEventSelectors",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    expect(codesOf(await account.audit(), "account")).toEqual(["unreadable"]);
  });
});

describe("the alert", () => {
  test("alerts about what is new, once, and again when something more is", async () => {
    const account = await startAccount();
    await logging(account);
    account.sandbox.createRole({ name: "First", trust: narrow });
    const first = await account.audit();
    expect(first.alerts).toMatchObject([{ kind: "unmanaged-trust", severity: "critical" }]);
    expect(account.sandbox.messages.at(-1)?.attributes.get("environment")?.value).toBe("account");
    expect((await account.audit()).alerts).toEqual([]);
    account.sandbox.createRole({ name: "Second", trust: narrow });
    const third = await account.audit();
    expect(third.alerts[0]?.text).toContain("Second");
    expect(third.alerts[0]?.text).not.toContain("First");
  });

  test("that no channel took comes with the next audit", async () => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Legacy", trust: narrow });
    account.sandbox.faults.add({
      when: ({ service }) => service === "sns",
      at: "before",
      how: { error: "KMSDisabled", httpStatus: 400 },
    });
    await expect(account.audit()).rejects.toThrow(/^AlertUndelivered: no channel took: audit: 1 /);
    account.sandbox.faults.clear();
    expect((await account.audit()).alerts[0]?.text).toContain("Legacy admits CircleCI tokens");
    expect((await account.audit()).alerts).toEqual([]);
  });

  test("that no channel took repeats nothing that was reported before", async () => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "First", trust: narrow });
    await account.audit();
    account.sandbox.createRole({ name: "Second", trust: narrow });
    account.sandbox.faults.add({
      when: ({ service }) => service === "sns",
      at: "before",
      how: { error: "KMSDisabled", httpStatus: 400 },
    });
    await expect(account.audit()).rejects.toThrow("AlertUndelivered");
    account.sandbox.faults.clear();
    const [alert] = (await account.audit()).alerts;
    expect(alert?.text).toContain("Second");
    expect(alert?.text).not.toContain("First");
  });

  test("is sent for a role whose name was chosen so that its digest begins like another's", async () => {
    const account = await startAccount();
    await logging(account);
    // The first eight hex digits of the two findings' SHA-256 are the same.
    account.sandbox.createRole({ name: "Deploy-76801", trust: narrow });
    await account.audit();
    account.sandbox.createRole({ name: "Deploy-92751", trust: narrow });
    const report = await account.audit();
    expect(report.alerts[0]?.text).toContain("Deploy-92751 admits CircleCI tokens");
  });

  test("is not sent again for roles that an audit could not read meanwhile", async () => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Legacy", trust: narrow });
    await account.audit();
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "GetAccountAuthorizationDetails",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    await account.audit();
    account.sandbox.faults.clear();
    expect((await account.audit()).alerts).toEqual([]);
  });

  test("is sent once, however much there is to remember", async () => {
    const account = await startAccount();
    await logging(account);
    const trust = trusting({ StringEquals: { [`${host}:aud`]: organization } });
    for (let at = 0; at < 120; at += 1) account.sandbox.createRole({ name: `Legacy-${at}`, trust });
    const first = await account.audit();
    // More than are remembered one by one.
    expect(first.findings.length).toBeGreaterThan(440);
    expect(first.alerts).toHaveLength(1);
    expect((await account.audit()).alerts).toEqual([]);
  }, 120_000);

  test("is neither sent nor remembered in a dry run", async () => {
    const account = await startAccount();
    const report = await account.audit({ dryRun: true });
    expect(report.alerts).toEqual([]);
    expect(report.findings).not.toEqual([]);
    const Name = "/oidc-reconciler/audit";
    await expect(account.ssm.send(new GetParameterCommand({ Name }))).rejects.toThrow(
      expect.objectContaining({ name: "ParameterNotFound" }),
    );
  });

  test("comes though a part of the account could not be read", async () => {
    const account = await startAccount();
    account.sandbox.createRole({ name: "Legacy", trust: narrow });
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "ListUsers" || operation === "DescribeTrails",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const report = await account.audit();
    expect(codesOf(report, "role/Legacy")).toContain("unmanaged-trust");
    expect(report.findings.filter(({ code }) => code === "unreadable")).toHaveLength(2);
    expect(report.alerts).toHaveLength(1);
  });
});
