import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { pinned, providerArn } from "./by-hand.ts";
import {
  blog,
  guide,
  guideAs,
  guideFor,
  guideWith,
  organization,
  type Project,
  roleName,
  shopMain,
  type Written,
} from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";
import { everybody, kindsOf, startApplied } from "./holds.ts";

const many = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index));
const branches = (count: number) => many(count, (index) => `refs/heads/b${index}`);
const projects = (count: number): readonly Project[] =>
  many(count, (index) => `aaaaaaaa-bbbb-4ccc-8ddd-${String(index).padStart(12, "0")}`).map(
    (id) => ({ id }),
  );
const repositories = (count: number) => many(count, (index) => `${"backend-".repeat(4)}${index}`);

async function makeRepositories({ ecr }: Scenario, names: readonly string[]): Promise<void> {
  for (const repositoryName of names)
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
}

/** The version that was in force stays, nothing is written, and one alert says why. */
async function expectInvalid(
  run: Run,
  says: readonly (string | RegExp)[],
  name = "production",
): Promise<void> {
  const environment = run.report.environments.find((each) => each.name === name);
  expect(environment).toMatchObject({ outcome: "invalid" });
  expect(environment?.conditions.SpecValid).toMatchObject({ status: false, reason: "Invalid" });
  for (const part of says) expect(environment?.errors[0]?.message).toMatch(part);
  expect(run.iamWrites).toEqual([]);
  // A target that was missing and is there by now is reported as well.
  expect(kindsOf(run).filter((kind) => kind !== "target-missing")).toEqual(["spec-invalid"]);
}

type Row = {
  readonly what: string;
  readonly document: Written;
  readonly says: readonly (string | RegExp)[];
};

const widening = { onWiden: "apply" } as const;

/** By how much, the longest part of this very document, and what would shorten it. */
const rows: readonly Row[] = [
  {
    what: "refs of one project",
    document: guideFor({ id: blog }, { ...shopMain, refs: branches(18) }),
    says: [
      /at trust\.projects\[1\]\.refs: The trust policy would have \d+ characters, \d+ more than the 2048/,
      /in it trust\.projects\[1\] \(project .*, 18 refs\)/,
      "a closing * in place of several refs",
      "L-C07B4B0D",
    ],
  },
  {
    what: "many projects, none of them long",
    document: guideFor(...projects(20)),
    says: [/at trust\.projects: The trust policy/, "by naming fewer projects"],
  },
  {
    what: "entries that end at different times",
    document: guideFor(
      ...projects(5).map((entry, index) => ({ ...entry, until: `203${index}-01-01T00:00:00Z` })),
    ),
    says: [/5 entries in 5 statements/, "by one until for several entries"],
  },
  {
    what: "audiences",
    document: guideWith({
      circleci: {
        organizationId: organization,
        audiences: many(90, (index) => `audience-${index}-of-many`),
      },
    }),
    says: [/at circleci\.audiences: The trust policy/, "by fewer audiences"],
  },
  {
    what: "more than any account takes",
    document: guideFor({ ...shopMain, refs: branches(80) }),
    says: [/more than the 2048 that IAM takes in this account/],
  },
  {
    what: "repositories",
    document: guideWith({ deploy: { ecr: repositories(75), amplify: [{ app: "demo-frontend" }] } }),
    says: [
      /at deploy\.ecr: The deploy policy would have \d+ characters, \d+ more than the 6144/,
      /longest part is deploy\.ecr \(75 entries\)/,
      "split the deploy targets",
    ],
  },
];

describe("a document that IAM has no room for is invalid, and names its longest part", () => {
  test.each(rows)("as an edit: $what", async ({ what, document, says }) => {
    const account = await startApplied(guideWith(widening));
    await makeRepositories(account, what === "repositories" ? repositories(75) : []);
    const before = await account.state();
    await account.put({ ...document, ...widening });
    await expectInvalid(await account.run(), [
      "/oidc-reconciler/environments/production, version 2",
      ...says,
    ]);
    expect(await account.state()).toEqual(before);
    expect(await account.status()).toMatchObject({ appliedVersion: 1 });
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites, again.parameterWrites]).toEqual([
      [],
      [],
      ["/heartbeat"],
    ]);
  });

  test.each(rows)("as a first document: $what", async ({ what, document, says }) => {
    const account = await startScenario();
    await makeRepositories(account, what === "repositories" ? repositories(75) : []);
    await account.put(document);
    await expectInvalid(await account.run(), says);
  });

  test("keeps right what is in force meanwhile", async () => {
    const account = await startApplied();
    await account.put(guideFor(...projects(20)));
    await account.run();
    const PolicyDocument = JSON.stringify(everybody);
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }),
    );
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(run.environment).toMatchObject({ outcome: "invalid" });
    expect(kindsOf(run)).toEqual(["trust-widened"]);
  });

  test("is valid in an account whose quota was raised", async () => {
    const account = await startScenario({ quotas: { AssumeRolePolicySizeQuota: 4096 } });
    await account.put(guideFor(...projects(20)));
    expect((await account.run()).environment.outcome).toBe("reconciled");
    const idle = await account.run();
    expectIdle(idle);
    expect(idle.calls.map(({ operation }) => operation)).not.toContain("GetAccountSummary");
  });

  test("is invalid by IAM's own refusal where nobody may read the quota, and loses nothing", async () => {
    const account = await startApplied(guideWith(widening));
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "GetAccountSummary",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const trust = (await account.state()).roles[roleName]?.trust;
    await account.put({ ...guideFor(...projects(20)), ...widening });
    const run = await account.run();
    expect(run.environment).toMatchObject({
      outcome: "invalid",
      errors: [{ code: "PolicyTooLong" }],
    });
    expect(run.environment.conditions.SpecValid.status).toBe(false);
    expect((await account.state()).roles[roleName]?.trust).toEqual(trust);
    await account.put(guideWith(widening));
    expect((await account.run()).environment.conditions.SpecValid.status).toBe(true);
    expectIdle(await account.run());
  });
});

describe("a version in force whose targets have grown beyond the room", () => {
  const names = repositories(75);
  const growing = guideWith({ deploy: { ecr: names } });

  async function grown(): Promise<Scenario> {
    const account = await startScenario();
    await makeRepositories(account, names.slice(15));
    await account.put(growing);
    await account.run();
    await makeRepositories(account, names.slice(0, 15));
    return account;
  }

  test("is invalid, and its permissions stay as they were", async () => {
    const account = await grown();
    const before = await account.state();
    await expectInvalid(await account.run(), [/at deploy\.ecr/]);
    expect(await account.state()).toEqual(before);
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites]).toEqual([[], []]);
  });

  test("is kept right in all else: a trust opened by hand is reported and closed", async () => {
    const account = await grown();
    const PolicyDocument = JSON.stringify(everybody);
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }),
    );
    const run = await account.run();
    expect(kindsOf(run)).toEqual(expect.arrayContaining(["spec-invalid", "trust-widened"]));
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });

  test("is in sync again once the document names fewer", async () => {
    const account = await grown();
    await account.run();
    await account.put(guideWith({ deploy: { ecr: names.slice(0, 60) } }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expectIdle(await account.run());
  });
});

/** A provider holds 100 audiences and 5 thumbprints, however many environments share it. */
describe("a provider that has no room for another environment", () => {
  const asking = (count: number, name: string) => ({
    circleci: {
      organizationId: organization,
      audiences: many(count, (index) => `${name}${index}`),
    },
  });

  async function shared(first: Written, second: Written): Promise<Scenario> {
    const account = await startScenario({ quotas: { AssumeRolePolicySizeQuota: 8192 } });
    await account.put(guideWith(first));
    await account.run();
    await account.put(guideAs("staging", second), "staging");
    return account;
  }

  test("refuses the one that is not applied, by how much, and says who has the rest", async () => {
    const account = await shared(asking(60, "a"), asking(41, "b"));
    const run = await account.run();
    await expectInvalid(
      run,
      [
        /at circleci\.audiences: The provider would have 102 audiences, 2 more than the 100/,
        /61 that production asked for/,
        "Name 2 fewer here",
      ],
      "staging",
    );
    expect(run.report.environments[0]).toMatchObject({ outcome: "in-sync" });
    expect((await account.state()).providers[providerArn]?.audiences).toHaveLength(61);
  });

  test("takes exactly a hundred", async () => {
    const account = await shared(asking(60, "a"), asking(39, "b"));
    expect((await account.run()).report.environments[1]?.outcome).toBe("reconciled");
    expectIdle(await account.run());
  });

  test("of two that come together takes the first by name", async () => {
    const account = await startScenario({ quotas: { AssumeRolePolicySizeQuota: 8192 } });
    await account.put(guideWith(asking(60, "a")));
    await account.put(guideAs("staging", asking(60, "b")), "staging");
    const { report } = await account.run();
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(["reconciled", "invalid"]);
  });

  test("counts the thumbprints of all, too", async () => {
    const pins = (count: number, digit: string) => ({
      circleci: {
        organizationId: organization,
        thumbprints: many(count, (index) => `${digit}${index}${pinned.slice(2)}`),
      },
    });
    const account = await shared(pins(3, "a"), pins(3, "b"));
    await expectInvalid(
      await account.run(),
      [/at circleci\.thumbprints: The provider would have 6 thumbprints, 1 more than the 5/],
      "staging",
    );
  });
});

test("the guide's document asks nobody for a quota", async () => {
  const account = await startScenario();
  await account.put(guide);
  const { calls } = await account.run();
  expect(calls.map(({ operation }) => operation)).not.toContain("GetAccountSummary");
});
