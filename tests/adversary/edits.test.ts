import { CreateBranchCommand } from "@aws-sdk/client-amplify";
import {
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { organization, roleName, shopMain, shopMainAndDev } from "../scenarios/documents.ts";
import { prefix, type Run, type Scenario } from "../scenarios/harness.ts";
import {
  type Edit,
  hour,
  openApplied,
  policyArn,
  start,
  startFor,
  startWith,
  textOf,
  wait,
} from "./ground.ts";
import { accessOf } from "./oracle.ts";
import { expectNoMore } from "./play.ts";
import { putExpiring } from "./ways.ts";

const all = { ...start, trust: { projects: "all" } };
const allAtOnce = { ...all, onWiden: "apply" };
const wide = startFor(shopMainAndDev);
const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);
const outcomesOf = ({ report }: Run) =>
  Object.fromEntries(report.environments.map(({ name, outcome }) => [name, outcome]));

async function writeAgain({ ssm }: Scenario, document: Edit, times: number): Promise<void> {
  const put = new PutParameterCommand({
    Name: `${prefix}/environments/production`,
    Value: textOf(document),
    Type: "String",
    Overwrite: true,
    Tier: "Intelligent-Tiering",
  });
  for (let time = 0; time < times; time += 1) await ssm.send(put);
}

async function openTrust({ iam }: Scenario): Promise<void> {
  const widened = { RoleName: roleName, PolicyDocument: anybody };
  await iam.send(new UpdateAssumeRolePolicyCommand(widened));
}

describe("the guard is never the edit's own", () => {
  test.each([
    {
      how: "when what was applied falls out of a hundred versions",
      write: async (account: Scenario) => {
        await account.put(textOf(allAtOnce));
        await account.run();
        await writeAgain(account, allAtOnce, 100);
      },
    },
    {
      how: "when the parameter is deleted and re-created",
      write: async (account: Scenario) => {
        await account.remove();
        await account.put(textOf(allAtOnce));
      },
    },
    {
      how: "when the parameter deletes itself",
      write: async (account: Scenario) => {
        await account.remove();
        await putExpiring(account, textOf(start));
        await account.run();
        wait(2 * hour);
        await account.run();
        await account.put(textOf(allAtOnce));
      },
    },
    {
      how: "when the status is gone",
      write: async (account: Scenario) => {
        await account.put(textOf(allAtOnce));
        await account.ssm.send(new DeleteParameterCommand({ Name: `${prefix}/status/production` }));
      },
    },
    {
      how: "when the status does not parse",
      write: async (account: Scenario) => {
        await account.put(textOf(allAtOnce));
        await write(account, "status/production", "no status");
      },
    },
    {
      how: "when a read of the record misses once",
      // Nothing is decided by what could not be read.
      first: "failed",
      write: async (account: Scenario) => {
        await account.put(textOf(allAtOnce));
        account.sandbox.faults.add({
          when: ({ operation, input }) =>
            operation === "GetParameters" && JSON.stringify(input).includes("/applied/"),
          at: "before",
          how: { error: "InternalServerError", httpStatus: 500 },
          // Four tries where it is asked ahead, and four after the documents.
          times: 8,
        });
      },
    },
  ])("$how", async ({ write: written, first = "held" }) => {
    const account = await openApplied();
    const approved = await accessOf(account);
    await written(account);
    for (let time = 0; time < 3; time += 1) {
      const run = await account.run();
      expect(outcomesOf(run)).toEqual({ production: time === 0 ? first : "held" });
      await expectNoMore(account, approved, `run ${time}`);
    }
  });
});

async function write({ ssm }: Scenario, name: string, Value: string): Promise<void> {
  const put = { Name: `${prefix}/${name}`, Value, Type: "String", Overwrite: true } as const;
  await ssm.send(new PutParameterCommand(put));
}

describe("where the record is gone, what closes is written and nothing else", () => {
  test("though the same document in other words is, so that its drift is corrected", async () => {
    const account = await openApplied();
    const approved = await accessOf(account);
    await loseRecord(account);
    await account.put(textOf(startFor({ origin: "github.com/acme/shop" })));
    expect(outcomesOf(await account.run())).toEqual({ production: "in-sync" });
    await expectNoMore(account, approved, "the same document");
  });

  test.each([
    { by: "a lower guard", document: { ...start, onWiden: "apply" } },
    { by: "a longer session", document: startWith("role", { maxSessionSeconds: 43_200 }) },
    { by: "other tags", document: startWith("role", { tags: { team: "admins" } }) },
    { by: "no boundary", document: startWith("role", { permissionsBoundary: undefined }) },
    {
      by: "another boundary",
      document: startWith("role", { permissionsBoundary: policyArn("other-boundary") }),
    },
    {
      by: "another certificate",
      document: startWith("circleci", { thumbprints: ["b".repeat(40)] }),
    },
  ])("and an edit with $by waits", async ({ document }) => {
    const account = await openApplied();
    const approved = await accessOf(account);
    await loseRecord(account);
    await account.put(textOf(document));
    const run = await account.run();
    expect(outcomesOf(run)).toEqual({ production: "held" });
    expect(run.iamWrites).toEqual([]);
    await account.put(textOf(allAtOnce));
    expect(outcomesOf(await account.run())).toEqual({ production: "held" });
    await expectNoMore(account, approved, "an edit without a record");
  });
});

async function loseRecord({ ssm }: Scenario): Promise<void> {
  await ssm.send(new DeleteParameterCommand({ Name: `${prefix}/applied/production` }));
}

describe("a second environment", () => {
  const evil = (more: Edit): Edit => ({
    ...start,
    role: { name: "CircleCI-Evil" },
    policy: { name: "CircleCI-Evil-Policy" },
    trust: { projects: "all" },
    ...more,
  });

  test("waits and is reported, whosever organisation it names", async () => {
    const account = await openApplied();
    const approved = await accessOf(account);
    const theirs = { organizationId: "66666666-7777-4888-8999-aaaaaaaaaaaa" };
    await account.put(textOf(evil({ circleci: theirs })), "evil");
    const run = await account.run();
    expect(outcomesOf(run)).toEqual({ evil: "held", production: "in-sync" });
    expect(kindsOf(run)).toEqual(["trust-widening-held"]);
    await expectNoMore(account, approved, "a first document");
  });

  test.each(["observe", "suspend"])(
    "in %s adds nothing to the provider it shares",
    async (mode) => {
      const account = await openApplied();
      const approved = await accessOf(account);
      const circleci = {
        organizationId: organization,
        audiences: ["evil"],
        thumbprints: ["b".repeat(40)],
      };
      await account.put(textOf(evil({ mode, circleci })), "evil");
      for (let time = 0; time < 2; time += 1) {
        const run = await account.run();
        expect(run.iamWrites).toEqual([]);
        expect(outcomesOf(run)).toMatchObject({ production: "in-sync" });
        await expectNoMore(account, approved, "a first document that is only watched");
      }
    },
  );

  test("that claims the first one's role leaves it with the first one", async () => {
    const account = await openApplied();
    const approved = await accessOf(account);
    await account.put(textOf({ ...all, onWiden: "apply" }), "evil");
    const run = await account.run();
    expect(outcomesOf(run)).toEqual({ evil: "conflict", production: "in-sync" });
    await openTrust(account);
    const next = await account.run();
    expect(kindsOf(next)).toEqual(["trust-widened"]);
    await expectNoMore(account, approved, "a claimed name");
  });
});

describe("a rename", () => {
  test.each(["observe", "suspend"])("in %s leaves no door that nobody mentions", async (mode) => {
    const account = await openApplied();
    const approved = await accessOf(account);
    const renamed = startWith("role", { name: "CircleCI-New" });
    await account.put(textOf({ ...renamed, mode }));
    await account.run();
    await account.put(textOf(renamed));
    const run = await account.run();
    expect(kindsOf(run)).toContain("orphaned");
    await expectNoMore(account, approved, "a rename");
    await openTrust(account);
    expect(kindsOf(await account.run())).toContain("trust-widened");
  });

  test("onto an existing role waits, as a first document does", async () => {
    const account = await openApplied();
    const approved = await accessOf(account);
    await account.put(textOf(startWith("role", { name: "CircleCI-Legacy" })));
    const run = await account.run();
    expect(outcomesOf(run)).toEqual({ production: "held" });
    expect(run.iamWrites).toEqual([]);
    await expectNoMore(account, approved, "a rename onto another team's role");
  });
});

test("an edit of permissions, boundary, session and tags at once waits and is reported", async () => {
  const account = await openApplied();
  const approved = await accessOf(account);
  await account.put(
    textOf({
      ...start,
      role: { name: roleName, maxSessionSeconds: 43_200, tags: { team: "admins" } },
      deploy: { ...start.deploy, ecsExpress: ["web/api"], amplify: [{ app: "demo-frontend" }] },
    }),
  );
  const run = await account.run();
  expect(outcomesOf(run)).toEqual({ production: "held" });
  expect(kindsOf(run)).toEqual(["permissions-widening-held"]);
  await expectNoMore(account, approved, "everything at once");
});

describe("detection is not disarmed", () => {
  test.each([
    { by: "a hundred and one held edits", document: all, times: 101 },
    { by: "an edit that is not a document", document: { nothing: true }, times: 1 },
    {
      by: "an edit that names a role which the function may not read",
      document: startWith("role", { name: "Administrator" }),
      times: 1,
    },
    {
      by: "an edit that names a policy which the function may not read",
      document: startWith("policy", { name: "Administrator" }),
      times: 1,
    },
    {
      by: "an edit that grants less in more words than IAM has room for",
      document: startWith("deploy", {
        amplify: [{ app: "demo-frontend", branches: longNames(45) }],
      }),
      from: startWith("deploy", { amplify: [{ app: "demo-frontend" }] }),
      times: 1,
    },
    {
      by: "an edit that lets fewer in, in more words than IAM has room for",
      document: { ...start, trust: { projects: projects(60) } },
      from: all,
      times: 1,
    },
  ])("by $by", async ({ document, from = start, times }) => {
    const account = await openApplied(from);
    for (const branchName of longNames(45)) {
      const branch = { appId: account.targets.appId, branchName };
      await account.amplify.send(new CreateBranchCommand(branch));
    }
    await writeAgain(account, document, times);
    const reported = await account.run();
    expect(["held", "invalid"]).toContain(reported.environment.outcome);
    expect(reported.report.alerts).toHaveLength(1);
    const approved = await accessOf(account);
    await openTrust(account);
    const inline = { RoleName: roleName, PolicyName: "debug", PolicyDocument: everything };
    await account.iam.send(new PutRolePolicyCommand(inline));
    const run = await account.run();
    expect(kindsOf(run).toSorted()).toEqual(["permissions-widened", "trust-widened"]);
    await expectNoMore(account, approved, "drift behind an edit");
  });
});

const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

function longNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `feature/${"x".repeat(100)}-${index}`);
}

function projects(count: number): readonly Edit[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `aaaaaaaa-bbbb-4ccc-8ddd-${String(index).padStart(12, "0")}`,
  }));
}

test("braces that YAML hides are refused, and freeze nothing", async () => {
  const account = await openApplied();
  const text = textOf(startWith("deploy", { amplify: [{ app: "##x}}" }] }));
  await account.put(text.replace("##", "\\u007b\\u007b"));
  const run = await account.run();
  expect(kindsOf(run)).toEqual(["spec-invalid"]);
  const again = await account.run();
  expect(again.report.alerts).toEqual([]);
  expect(again.report.errors).toEqual([]);
});

describe("what a version took away does not come back", () => {
  const narrowed = {
    ...start,
    role: { ...start.role, permissionsBoundary: undefined },
  };
  const misspelt = {
    ...startFor(shopMain),
    role: { ...start.role, permissionsBoundary: policyArn("CircleCI-Typo") },
  };
  const before = { ...wide, role: narrowed.role };

  test.each([
    {
      by: "the wide document again",
      write: (account: Scenario) => account.put(textOf(before)),
    },
    {
      by: "the parameter re-created under the number that was applied",
      write: async (account: Scenario) => {
        await account.remove();
        await account.put(textOf(before));
      },
    },
  ])("with $by, where the version between never came to its end", async ({ write: again }) => {
    const account = await openApplied(before);
    await account.put(textOf(misspelt));
    await account.run();
    const approved = await accessOf(account);
    await again(account);
    for (let time = 0; time < 2; time += 1) {
      expect(outcomesOf(await account.run())).toEqual({ production: "held" });
      await expectNoMore(account, approved, `run ${time}`);
    }
  });

  test("with the number that was applied, while the version between has begun and failed", async () => {
    const account = await openApplied(before);
    // Its permissions close in a write that AWS refuses.
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "CreatePolicyVersion",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    await account.put(textOf({ ...startFor(shopMain), role: narrowed.role, deploy: less }));
    expect((await account.run()).iamWrites).toContain("UpdateAssumeRolePolicy");
    const approved = await accessOf(account);
    await account.remove();
    await account.put(textOf(before));
    for (let time = 0; time < 2; time += 1) {
      expect(outcomesOf(await account.run())).toEqual({ production: "held" });
      await expectNoMore(account, approved, `run ${time}`);
    }
  });

  const less = { ...start.deploy, appRunner: [] };
});

describe("an approval is of the content that was announced", () => {
  const reviewed = textOf(wide);

  test.each([
    { between: "no run", runs: 0, first: textOf(start) },
    { between: "a run", runs: 1, first: textOf(start) },
    { between: "a run over the same in other words", runs: 1, first: `${textOf(start)}\n` },
  ])("re-created with $between before it", async ({ runs, first }) => {
    const account = await openApplied();
    const approved = await accessOf(account);
    expect(await account.put(reviewed)).toBe(2);
    expect(kindsOf(await account.run())).toEqual(["trust-widening-held"]);
    wait(hour);
    await account.remove();
    await account.put(first);
    for (let time = 0; time < runs; time += 1) await account.run();
    wait(hour);
    expect(await account.put(textOf(all))).toBe(2);
    await account.approve(2);
    const run = await account.run();
    expect(outcomesOf(run)).toEqual({ production: "held" });
    expect(kindsOf(run)).toEqual(["trust-widening-held"]);
    await expectNoMore(account, approved, "a label on another content");
    await account.approve(2);
    expect(outcomesOf(await account.run())).toEqual({ production: "reconciled" });
  });
});

test.each(["observe", "suspend"])("%s by an edit is reported, and Ready is false", async (mode) => {
  const account = await openApplied();
  await account.put(textOf({ ...start, mode }));
  const run = await account.run();
  expect(kindsOf(run)).toEqual(["mode-changed"]);
  expect(run.environment.conditions["Ready"]).toMatchObject({ status: false });
  await openTrust(account);
  expect(kindsOf(await account.run())).toEqual(["trust-widened"]);
});

test("tags alone make nobody's role the loop's to delete", async () => {
  const account = await openApplied();
  await account.iam.send(
    new CreateRoleCommand({ RoleName: "CircleCI-Victim", AssumeRolePolicyDocument: anybody }),
  );
  account.sandbox.setTags("arn:aws:iam::123456789012:role/CircleCI-Victim", {
    "oidc-reconciler:environment": "production",
    "oidc-reconciler:prefix": prefix,
    "oidc-reconciler:home": "us-east-1",
  });
  await account.put(textOf({ ...start, onRemove: "delete" }));
  await account.run();
  const renamed = startWith("role", { name: "CircleCI-New" });
  await account.put(textOf({ ...renamed, onRemove: "delete" }));
  await account.run();
  await account.remove();
  await account.run();
  await account.run();
  expect(Object.keys((await account.state()).roles).toSorted()).toEqual([
    "CircleCI-Legacy",
    "CircleCI-Victim",
  ]);
});

test("a forged memory of targets puts nothing into the policy", async () => {
  const account = await openApplied(startWith("deploy", { ecsExpress: ["gone"] }));
  const approved = await accessOf(account);
  const Name = `${prefix}/applied/production`;
  const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
  const record: object = JSON.parse(Parameter?.Value ?? "{}");
  const service = {
    cluster: "default",
    service: "gone",
    arn: "*",
    taskFamilyArn: "*",
    passRoles: ["arn:aws:iam::123456789012:role/Admin"],
  };
  const targets = { ecr: [], appRunner: [], ecsExpress: [service], amplify: [] };
  await write(account, "applied/production", JSON.stringify({ ...record, targets }));
  await account.run();
  await account.run();
  await expectNoMore(account, approved, "a forged record");
});
