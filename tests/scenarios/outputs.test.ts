import { CreateServiceCommand } from "@aws-sdk/client-apprunner";
import {
  DeletePolicyCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { guide, guideAs, guideWith, roleName, type Written } from "./documents.ts";
import { expectIdle, prefix, startScenario } from "./harness.ts";
import {
  applied,
  deploy,
  evil,
  forge,
  jobIn,
  kindsOf,
  makeServiceAnew,
  outputs,
  parameter,
  policyArn,
  reading,
  roleArn,
  silent,
  tampered,
} from "./job-outputs.ts";

describe("jobs that may read their outputs", () => {
  test("deploy to a service that was re-created without a change of their pipeline", async () => {
    const account = await applied();
    expect(await deploy(account)).toBe(account.targets.serviceArn);
    const serviceArn = await makeServiceAnew(account);
    await expect(deploy(account)).rejects.toThrow();
    await account.run(account.eventOf("AppRunner Service Operation Status Change"));
    expect(serviceArn).not.toBe(account.targets.serviceArn);
    expect(await deploy(account)).toBe(serviceArn);
    expectIdle(await account.run());
  });

  test("find the variables of step 5, as the status has them, and nothing else", async () => {
    const account = await applied();
    const text = await outputs(account);
    expect(JSON.parse(text ?? "")).toEqual((await account.status())?.outputs);
    expect(Object.keys(JSON.parse(text ?? ""))).toEqual([
      "AWS_ROLE_ARN",
      "AWS_REGION",
      "AWS_ECR_REGISTRY",
      "AWS_APP_RUNNER_SERVICE_ARN",
      "AWS_AMPLIFY_APP_ID",
    ]);
  });

  test("read that one parameter, and neither its history nor anything beside it", async () => {
    const account = await applied();
    await account.put(
      guideAs("Staging", { policy: { name: "CircleCI-S", readOutputs: true } }),
      "s",
    );
    await account.run();
    const { ssm } = await jobIn(account);
    const denied = { name: "AccessDeniedException" };
    for (const Name of [`${prefix}/outputs/s`, `${prefix}/status/production`]) {
      await expect(ssm.send(new GetParameterCommand({ Name }))).rejects.toMatchObject(denied);
    }
    const history = ssm.send(new GetParameterHistoryCommand({ Name: parameter }));
    await expect(history).rejects.toMatchObject(denied);
    const path = ssm.send(new GetParametersByPathCommand({ Path: `${prefix}/outputs` }));
    await expect(path).rejects.toMatchObject(denied);
    const write = { Name: parameter, Value: evil, Overwrite: true };
    await expect(ssm.send(new PutParameterCommand(write))).rejects.toMatchObject(denied);
  });

  test("are let do so only once somebody has approved it", async () => {
    const account = await applied(guide);
    const version = await account.put(reading);
    const held = await account.run();
    expect(held.environment.outcome).toBe("held");
    expect(kindsOf(held)).toEqual(["permissions-widening-held"]);
    expect(held.environment.widenings[0]?.admitted).toMatchObject({
      action: "ssm:GetParameter",
      resource: `arn:aws:ssm:us-east-1:123456789012:parameter${parameter}`,
    });
    expect(await outputs(account)).toBeNull();
    await account.approve(version);
    await account.run();
    expect(await deploy(account)).toBe(account.targets.serviceArn);
    expectIdle(await account.run());
  });

  test("may not any more when the document says so: policy first, then the parameter", async () => {
    const account = await applied();
    await account.put(silent);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(kindsOf(run)).not.toContain("permissions-widening-held");
    const writes = run.calls.filter(({ mutating }) => mutating);
    const at = (operation: string) => writes.findIndex((call) => call.operation === operation);
    expect(at("CreatePolicyVersion")).toBeLessThan(at("DeleteParameter"));
    expect(await outputs(account)).toBeNull();
    expectIdle(await account.run());
  });
});

test("outputs that could not be deleted go with the next run, which alerts nobody", async () => {
  const account = await applied();
  await account.put(silent);
  account.sandbox.faults.add({
    when: ({ operation }) => operation === "DeleteParameter",
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
  expect(run.report.errors.map(({ code }) => code)).toEqual(["AccessDeniedException"]);
  expect(await outputs(account)).not.toBeNull();
  account.sandbox.faults.clear();
  expect((await account.run()).report.alerts).toEqual([]);
  expect(await outputs(account)).toBeNull();
  expectIdle(await account.run());
});

test("outputs are written after the policy, and only when they change", async () => {
  const account = await startScenario();
  await account.put(reading);
  const first = await account.run();
  const writes = first.calls.filter(({ mutating }) => mutating);
  const attached = writes.findIndex(({ operation }) => operation === "AttachRolePolicy");
  const put = writes.findIndex(({ input }) => input["Name"] === parameter);
  expect(attached).toBeGreaterThanOrEqual(0);
  expect(put).toBeGreaterThan(attached);
  expect(first.parameterWrites.filter((name) => name === "/outputs/production")).toHaveLength(1);
  for (let time = 0; time < 3; time += 1) expectIdle(await account.run());
});

async function withServices(count: number) {
  const account = await startScenario();
  const services = Array.from({ length: count }, (_, at) => `service-${10 + at}-${"x".repeat(29)}`);
  for (const ServiceName of services) {
    await account.appRunner.send(
      new CreateServiceCommand({
        ServiceName,
        SourceConfiguration: {
          ImageRepository: { ImageIdentifier: "demo:latest", ImageRepositoryType: "ECR" },
        },
      }),
    );
  }
  return { account, services };
}

test("a document whose outputs fit into no parameter is invalid, and says by how much", async () => {
  const { account, services } = await withServices(44);
  await account.put(guideWith({ policy: { readOutputs: true }, deploy: { appRunner: services } }));
  const { environment, iamWrites } = await account.run();
  expect(environment.outcome).toBe("invalid");
  expect(environment.errors[0]?.message).toMatch(
    /at policy\.readOutputs: .* \d+ bytes, \d+ more than a parameter holds/,
  );
  expect(iamWrites).toEqual([]);
  await account.put(guideWith({ policy: { readOutputs: false }, deploy: { appRunner: services } }));
  expect((await account.run()).environment.outcome).toBe("reconciled");
});

test("longer outputs than a standard parameter holds are kept whole", async () => {
  const { account, services } = await withServices(24);
  await account.put(guideWith({ policy: { readOutputs: true }, deploy: { appRunner: services } }));
  expect((await account.run()).report.errors).toEqual([]);
  const text = (await outputs(account)) ?? "";
  expect(Buffer.byteLength(text)).toBeGreaterThan(4096);
  expect(Object.keys(JSON.parse(text))).toHaveLength(27);
  expectIdle(await account.run());
});

test("an own write of outputs wakes no run: its event concerns nobody", async () => {
  const account = await applied();
  await account.watch();
  await makeServiceAnew(account);
  await account.run();
  const own = account.events.filter(
    ({ source, detail }) => source === "aws.ssm" && detail["name"] === parameter,
  );
  expect(own.length).toBeGreaterThan(0);
  for (const event of own) {
    const run = await account.run(event);
    expect(run.calls).toEqual([]);
    expect(run.report.ignored).toBeDefined();
  }
});

describe("outputs never say more than the policy grants:", () => {
  test.each(["observe", "suspend"] as const)("in %s they stay as they are", async (mode) => {
    const account = await applied();
    await account.put({ ...reading, mode });
    await account.run();
    const right = await outputs(account);
    await makeServiceAnew(account);
    await account.run();
    expect(await outputs(account)).toBe(right);
    await forge(account);
    expect((await account.run()).report.alerts.map(({ title }) => title)).toEqual([tampered]);
    expect(await outputs(account)).toBe(right);
  });

  test("a dry run writes none", async () => {
    const account = await startScenario();
    await account.put(reading);
    const run = await account.run({ dryRun: true });
    expect(run.parameterWrites).toEqual([]);
  });

  test("a version that is held brings none", async () => {
    const account = await applied();
    const right = await outputs(account);
    await account.put({
      ...reading,
      deploy: { ...reading.deploy, ecr: ["demo-backend", "other"] },
    });
    await account.put({ ...reading, role: { name: "CircleCI-New" }, trust: { projects: "all" } });
    expect((await account.run()).environment.outcome).toBe("held");
    expect(await outputs(account)).toBe(right);
  });

  test("a policy that cannot be written brings none", async () => {
    const account = await applied();
    const right = await outputs(account);
    const serviceArn = await makeServiceAnew(account);
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "CreatePolicyVersion",
      at: "before",
      how: { error: "ServiceFailure", httpStatus: 400 },
    });
    await account.run();
    expect(await outputs(account)).toBe(right);
    account.sandbox.faults.clear();
    await account.run();
    expect(await outputs(account)).toContain(serviceArn);
    expectIdle(await account.run());
  });

  test("targets that cannot be read lose none", async () => {
    const account = await applied();
    const right = await outputs(account);
    account.sandbox.faults.add({
      when: ({ service }) => service === "apprunner" || service === "amplify",
      at: "before",
      how: { error: "ThrottlingException", httpStatus: 400 },
    });
    await account.run();
    expect(await outputs(account)).toBe(right);
  });
});

describe("of a removed environment", () => {
  test("outputs stay, and are looked after, while its role is retained", async () => {
    const account = await applied();
    const right = await outputs(account);
    await account.remove();
    await account.run();
    expect(await outputs(account)).toBe(right);
    await forge(account);
    expect((await account.run()).report.alerts.map(({ title }) => title)).toEqual([tampered]);
    expect(await outputs(account)).toBe(right);
    const again = await account.run();
    expect(again.report.alerts).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("outputs go with its role, before record and status", async () => {
    const account = await applied({ ...reading, onRemove: "delete" });
    await account.remove();
    const run = await account.run();
    const deleted = run.calls.filter(({ operation }) => operation === "DeleteParameter");
    expect(deleted.map(({ input }) => input["Name"])).toEqual([
      parameter,
      `${prefix}/applied/production`,
      `${prefix}/status/production`,
    ]);
    expect(await outputs(account)).toBeNull();
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("record and status stay while outputs cannot be deleted", async () => {
    const account = await applied({ ...reading, onRemove: "delete" });
    await account.remove();
    account.sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "DeleteParameter" && input["Name"] === parameter,
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    await account.run();
    expect(await account.status()).not.toBeNull();
    account.sandbox.faults.clear();
    await account.run();
    expect(await outputs(account)).toBeNull();
    expect(await account.status()).toBeNull();
  });

  test("record and status stay while outputs cannot be read", async () => {
    const account = await applied({ ...reading, onRemove: "delete" });
    await account.remove();
    account.sandbox.faults.add({
      when: ({ input }) => [input["Names"]].flat().includes(parameter),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const run = await account.run();
    expect(run.report.errors.map(({ code }) => code)).toEqual(["AccessDeniedException"]);
    expect(await account.status()).not.toBeNull();
    account.sandbox.faults.clear();
    await account.run();
    expect(await outputs(account)).toBeNull();
    expect(await account.status()).toBeNull();
  });

  test("outputs go when its record is lost and nothing of it is left", async () => {
    const account = await applied();
    await account.remove();
    await account.iam.send(
      new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }),
    );
    await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
    await account.iam.send(new DeletePolicyCommand({ PolicyArn: policyArn }));
    const Name = `${prefix}/applied/production`;
    await account.ssm.send(new DeleteParameterCommand({ Name }));
    await account.run();
    expect(await account.status()).toBeNull();
    expect(await outputs(account)).toBeNull();
  });

  test("outputs go when a person has deleted the role that was retained", async () => {
    const account = await applied();
    await account.remove();
    await account.run();
    await account.iam.send(
      new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }),
    );
    await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
    await account.run();
    expect(await outputs(account)).toBeNull();
  });

  test("outputs go when a person takes the role over", async () => {
    const account = await applied();
    await account.remove();
    await account.run();
    account.sandbox.setTags(roleArn, {});
    await account.run();
    expect(await outputs(account)).toBeNull();
    account.sandbox.setTags(policyArn, {});
    await account.run();
    expect(await account.status()).toBeNull();
  });
});

describe("a quiet run", () => {
  test("of one environment costs what it costs without outputs", async () => {
    const calls = async (document: Written) => {
      const account = await applied(document);
      const run = await account.run();
      expectIdle(run);
      return run.report.calls;
    };
    expect(await calls(reading)).toEqual(await calls(silent));
  });

  test("reads outputs ten by ten where there are many, and none where no job may", async () => {
    const account = await startScenario();
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const name of names) {
      const readOutputs = name !== "f";
      const policy = { name: `CircleCI-${name}-Policy`, readOutputs };
      await account.put(guideAs(name, { policy }), name);
    }
    await account.run();
    for (const name of names) {
      const text = await outputs(account, `${prefix}/outputs/${name}`);
      if (name === "f") expect(text).toBeNull();
      else expect(text).toContain(`CircleCI-${name}-Role`);
    }
    const quiet = await account.run();
    expectIdle(quiet);
    const asked = quiet.calls
      .filter(({ operation }) => operation === "GetParameters")
      .map(({ input }) => [input["Names"]].flat().length);
    // Journal, heartbeat and the record of each, and five outputs.
    expect(asked).toEqual([10, 3]);
  });
});
