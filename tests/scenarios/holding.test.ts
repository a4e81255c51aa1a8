import { CreateRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteParameterCommand, LabelParameterVersionCommand } from "@aws-sdk/client-ssm";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test, vi } from "vitest";
import {
  blog,
  guide,
  guideFor,
  guideWith,
  organization,
  roleName,
  shop,
  shopMain,
  shopMainAndDev,
} from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, startScenario } from "./harness.ts";

const wider = guideFor(shopMainAndDev);
const widest = guideFor(shopMainAndDev, { id: blog });

async function applied(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  return account;
}

function expectHeld(run: Run, version: number, appliedVersion: number | null): void {
  expect(run.environment).toMatchObject({ outcome: "held", version, appliedVersion });
  expect(run.iamWrites).toEqual([]);
}

const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

describe("an edit that admits more", () => {
  test("is held with the example request, and reported once", async () => {
    const account = await applied();
    await account.put(wider);
    const held = await account.run();
    expectHeld(held, 2, 1);
    expect(held.environment.widenings).toEqual([
      expect.objectContaining({
        source: "desired",
        resource: "trust-policy",
        disposition: "held",
        actor: null,
        openedAt: null,
        closedAt: null,
      }),
    ]);
    const [widening] = held.environment.widenings;
    expect(JSON.stringify(widening?.admitted)).toContain("vcs-ref/refs/heads/dev");
    expect(kindsOf(held)).toEqual(["trust-widening-held"]);
    expect(held.report.alerts[0]?.text).toContain("refs/heads/dev");
    expect(held.report.alerts[0]?.text).toContain("--labels approved");
    expect(await account.status()).toMatchObject({ appliedVersion: 1, heldVersion: 2 });
    const again = await account.run();
    expectHeld(again, 2, 1);
    expect(again.report.alerts).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("is applied once its version is labelled, and the label is taken off", async () => {
    const account = await applied();
    const version = await account.put(wider);
    await account.run();
    await account.approve(version);
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(run.environment.widenings).toMatchObject([{ disposition: "applied" }]);
    expect(kindsOf(run)).toContain("trust-widening-applied");
    expect(run.parameterWrites.filter((name) => name.startsWith("/environments/"))).toEqual([
      "/environments/production",
    ]);
    expect(run.calls.map(({ operation }) => operation)).toContain("UnlabelParameterVersion");
    expect(await account.status()).toMatchObject({ appliedVersion: 2, heldVersion: null });
    expectIdle(await account.run());
  });

  test("is held while the approval is on another version", async () => {
    const account = await applied();
    const second = await account.put(wider);
    await account.run();
    await account.approve(second);
    const third = await account.put(widest);
    const run = await account.run();
    expectHeld(run, third, 1);
    expect(kindsOf(run)).toEqual(["trust-widening-held"]);
    expect(JSON.stringify(run.environment.widenings[0]?.admitted)).not.toBe("null");
    await account.approve(third);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: third });
    expectIdle(await account.run());
  });

  test("needs its own approval after an earlier one was used", async () => {
    const account = await applied();
    await account.approve(await account.put(wider));
    await account.run();
    const third = await account.put(widest);
    expectHeld(await account.run(), third, 2);
  });

  test("is applied once however often it is approved", async () => {
    const account = await applied();
    const version = await account.put(wider);
    await account.run();
    await account.approve(version);
    await account.approve(version);
    expect((await account.run()).environment.appliedVersion).toBe(version);
    await account.approve(version);
    const again = await account.run();
    expect(again.iamWrites).toEqual([]);
    expect(again.environment.outcome).toBe("in-sync");
    expect(kindsOf(again)).toEqual([]);
  });

  test("loses a label that comes after its version was applied: it has nothing to release", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.approve(1);
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(run.environment.outcome).toBe("in-sync");
    expect(run.calls.map(({ operation }) => operation)).toContain("UnlabelParameterVersion");
    expect(run.published).toEqual([]);
    expectIdle(await account.run());
  });

  test("is not released by a label of another name", async () => {
    const account = await applied();
    const version = await account.put(wider);
    await account.ssm.send(
      new LabelParameterVersionCommand({
        Name: `${prefix}/environments/production`,
        ParameterVersion: version,
        Labels: ["Approved", "approved-by-me"],
      }),
    );
    expectHeld(await account.run(), version, 1);
  });

  test("is released by a label that names no version, for it goes to the newest", async () => {
    const account = await applied();
    const version = await account.put(wider);
    const Name = `${prefix}/environments/production`;
    await account.ssm.send(new LabelParameterVersionCommand({ Name, Labels: ["approved"] }));
    expect((await account.run()).environment.appliedVersion).toBe(version);
  });

  test("cannot switch off its own guard in the same go", async () => {
    const account = await applied();
    const version = await account.put(guideWith({ ...wider, onWiden: "apply" }));
    expectHeld(await account.run(), version, 1);
  });

  test("is held where it lowers the guard alone, and after approval the guard is lower", async () => {
    const account = await applied();
    const second = await account.put(guideWith({ onWiden: "apply" }));
    const held = await account.run();
    expectHeld(held, second, 1);
    expect(held.report.alerts[0]?.text).toContain("onWiden");
    await account.approve(second);
    expect((await account.run()).environment.appliedVersion).toBe(second);
    const third = await account.put(guideWith({ ...wider, onWiden: "apply" }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: third });
    expect(run.environment.widenings).toMatchObject([{ disposition: "applied" }]);
    expect(kindsOf(run)).toContain("trust-widening-applied");
  });

  test("is applied together with the guard that it raises, where the guard before let it", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onWiden: "apply" }));
    await account.run();
    const second = await account.put(guideWith({ ...wider, onWiden: "hold" }));
    expect((await account.run()).environment.appliedVersion).toBe(second);
    const third = await account.put(widest);
    expectHeld(await account.run(), third, second);
  });

  test("cannot pass while an edit that is held would let it", async () => {
    const account = await applied();
    await account.put(guideWith({ onWiden: "apply" }));
    await account.run();
    const third = await account.put(guideWith({ ...wider, onWiden: "apply" }));
    expectHeld(await account.run(), third, 1);
  });

  test("does not keep drift from the applied version from being corrected", async () => {
    const account = await applied();
    await account.put(wider);
    await account.run();
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: roleName,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
        }),
      }),
    );
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(run.environment.outcome).toBe("held");
    expect(run.environment.widenings.map(({ disposition }) => disposition).toSorted()).toEqual([
      "held",
      "reverted",
    ]);
    expect(kindsOf(run)).toEqual(["trust-widened"]);
  });
});

describe("an edit that admits no more", () => {
  test("is applied at once", async () => {
    const account = await startScenario();
    await account.put(wider);
    await account.run();
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(run.environment.widenings).toEqual([]);
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expectIdle(await account.run());
  });

  test("is applied while a wider one is held, which is then forgotten", async () => {
    const account = await startScenario();
    await account.put(wider);
    await account.run();
    await account.put(widest);
    expectHeld(await account.run(), 2, 1);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(await account.status()).toMatchObject({ heldVersion: null, appliedVersion: 3 });
    expectIdle(await account.run());
  });

  test("may leave targets out and shorten sessions without approval", async () => {
    const account = await startScenario();
    await account.put(guideWith({ role: { maxSessionSeconds: 7200 } }));
    await account.run();
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"] } }));
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateRole", "CreatePolicyVersion", "DeletePolicyVersion"]);
    expect(run.environment).toMatchObject({ appliedVersion: 2, widenings: [] });
  });

  test("of two in one second only the last is looked at", async () => {
    const account = await startScenario();
    await account.put(guideWith({ role: { maxSessionSeconds: 7200 } }));
    await account.run();
    await account.put(widest);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(run.iamWrites).toEqual(["UpdateRole"]);
    expect(kindsOf(run)).not.toContain("trust-widening-held");
  });
});

describe("a first document", () => {
  test("speaks for itself where there is no role yet", async () => {
    const account = await startScenario();
    await account.put(guideWith({ trust: { projects: "all" } }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
  });

  test("is held where it admits more than the role that is there", async () => {
    const account = await startScenario();
    await account.iam.send(
      new CreateRoleCommand({
        RoleName: roleName,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
    await account.put(guide);
    const held = await account.run();
    expectHeld(held, 1, null);
    expect(held.report.alerts[0]?.text).toContain("the role as it is does not");
    await account.approve(1);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
    expectIdle(await account.run());
  });
});

describe("what was applied stays the measure", () => {
  test("where the parameter is deleted and re-created", async () => {
    const account = await applied();
    await account.remove();
    await account.put(wider);
    expectHeld(await account.run(), 1, 1);
    await account.put(guide);
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 2 });
    expectIdle(await account.run());
  });

  test("where it is re-created word for word: only its time is another", async () => {
    const account = await applied();
    await account.remove();
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 1 });
    expect([run.iamWrites, run.published]).toEqual([[], []]);
    expectIdle(await account.run());
  });

  test("where the status is gone", async () => {
    const account = await applied();
    await account.put(wider);
    await account.ssm.send(new DeleteParameterCommand({ Name: `${prefix}/status/production` }));
    expectHeld(await account.run(), 2, 1);
  });

  test("where a hundred edits have pushed it out of Parameter Store's reach", async () => {
    const account = await applied();
    for (let version = 2; version <= 101; version += 1) {
      await account.put(guideFor({ ...shopMain, refs: [`refs/heads/b${version}`] }));
    }
    const last = await account.put(wider);
    const held = await account.run();
    expectHeld(held, last, 1);
    expect(held.environment.errors).toEqual([]);
    expect(JSON.stringify(held.environment.widenings[0]?.admitted)).toContain("refs/heads/dev");
    const narrow = await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: narrow });
    expectIdle(await account.run());
  });
});

test("the end of a temporary entry is not a widening, and its statement goes with the next run", async () => {
  const account = await startScenario();
  const now = Date.now();
  const until = new Date(now + 60_000).toISOString().replace(/\.\d+Z$/, "Z");
  await account.put(guideFor(shopMain, { id: blog, until }));
  await account.run();
  expectIdle(await account.run());
  vi.useFakeTimers({ toFake: ["Date"], now: now + 120_000 });
  try {
    account.sandbox.clock.set(new Date(now + 120_000));
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(run.environment).toMatchObject({ outcome: "reconciled", widenings: [] });
    expect(run.report.alerts).toEqual([]);
    expect(JSON.stringify((await account.state()).roles[roleName]?.trust)).not.toContain(blog);
    expectIdle(await account.run());
  } finally {
    vi.useRealTimers();
  }
});

test("a job of the named project gets in, and one of another project or branch does not", async () => {
  const account = await applied();
  const sts = new STSClient({ endpoint: account.sandbox.endpoint, region: "us-east-1" });
  const assume = async (projectId: string, ref: string): Promise<string> => {
    const token = await account.sandbox.circleci.issueToken({
      organizationId: organization,
      projectId,
      origin: "github.com/acme/shop",
      ref,
    });
    const asked = {
      RoleArn: `arn:aws:iam::123456789012:role/${roleName}`,
      RoleSessionName: "build",
      WebIdentityToken: token,
    };
    return sts.send(new AssumeRoleWithWebIdentityCommand(asked)).then(
      (answer) => answer.AssumedRoleUser?.Arn ?? "",
      (thrown: Error) => thrown.name,
    );
  };
  expect(await assume(shop, "refs/heads/main")).toBe(
    `arn:aws:sts::123456789012:assumed-role/${roleName}/build`,
  );
  expect(await assume(shop, "refs/heads/dev")).toContain("AccessDenied");
  expect(await assume(blog, "refs/heads/main")).toContain("AccessDenied");
  const forged = "x/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main";
  expect(await assume(shop, forged)).toContain("AccessDenied");
});
