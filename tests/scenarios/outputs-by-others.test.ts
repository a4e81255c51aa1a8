import { LabelParameterVersionCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { guide } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import {
  applied,
  deploy,
  drop,
  forge,
  outputs,
  parameter,
  reading,
  tampered,
} from "./job-outputs.ts";

describe("outputs that somebody else", () => {
  const rows: readonly (readonly [string, (account: Scenario) => Promise<unknown>])[] = [
    ["has edited", (account) => forge(account)],
    ["has deleted", drop],
    [
      "has re-created as a secret",
      async (account) => {
        await drop(account);
        await forge(account, { Type: "SecureString" });
      },
    ],
    [
      "has re-created so that only his text fits",
      async (account) => {
        await drop(account);
        await forge(account, { AllowedPattern: ".*arn:of:eve.*" });
      },
    ],
    [
      "has labelled, so that no further version fits",
      async (account) => {
        await forge(account);
        const label = { Name: parameter, ParameterVersion: 1, Labels: ["mine"] };
        await account.ssm.send(new LabelParameterVersionCommand(label));
        for (let time = 0; time < 98; time += 1) await forge(account);
      },
    ],
  ];
  test.each(rows)(
    "%s are corrected by the next run over all, and reported once",
    async (_, spoil) => {
      const account = await applied();
      const right = await outputs(account);
      await spoil(account);
      const run = await account.run();
      expect(run.report.alerts).toMatchObject([
        { kind: "conflict", severity: "critical", environment: "production", title: tampered },
      ]);
      expect(run.report.errors).toEqual([]);
      expect(run.environment.outcome).toBe("in-sync");
      expect(await outputs(account)).toBe(right);
      expect(await deploy(account)).toBe(account.targets.serviceArn);
      expectIdle(await account.run());
    },
  );

  test("had made before us are corrected", async () => {
    const account = await startScenario();
    await forge(account);
    await account.put(reading);
    const run = await account.run();
    expect(run.report.alerts.map(({ title }) => title)).toContain(tampered);
    expect(await deploy(account)).toBe(account.targets.serviceArn);
    expectIdle(await account.run());
  });

  test("has written are reported with who by the event, once, and corrected", async () => {
    const account = await applied();
    await account.watch();
    const right = await outputs(account);
    await forge(account);
    const run = await account.run(account.eventOf("PutParameter"));
    expect(run.report.alerts).toMatchObject([{ title: tampered }]);
    expect(run.report.alerts[0]?.text).toContain("arn:aws:iam::123456789012:user/");
    expect(await outputs(account)).toBe(right);
    expectIdle(await account.run());
  });

  test("has written where no job may read are reported, and taken away", async () => {
    const account = await applied(guide);
    await account.watch();
    await forge(account);
    const run = await account.run(account.eventOf("PutParameter"));
    expect(run.report.alerts).toMatchObject([{ title: tampered }]);
    expect(await outputs(account)).toBeNull();
    expectIdle(await account.run());
  });

  test("has corrected himself accuse nobody where a read is one write old", async () => {
    const account = await applied();
    const right = (await outputs(account)) ?? "";
    await forge(account);
    await forge(account, { Value: right });
    // Where it is asked ahead, and after the documents.
    const fault = { at: "before", how: "stale", times: 2 } as const;
    const isRead = (names: unknown) => [names].flat().includes(parameter);
    account.sandbox.faults.add({ ...fault, when: ({ input }) => isRead(input["Names"]) });
    expectIdle(await account.run());
  });

  test("has spoilt are reported once while nobody can put them right", async () => {
    const account = await applied();
    const right = await outputs(account);
    await forge(account);
    account.sandbox.faults.add({
      when: ({ operation, input }) => operation === "PutParameter" && input["Name"] === parameter,
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const first = await account.run();
    expect(first.report.alerts).toMatchObject([{ title: tampered }]);
    expect(first.report.errors.map(({ code }) => code)).toEqual(["AccessDeniedException"]);
    expect((await account.run()).report.alerts).toEqual([]);
    account.sandbox.faults.clear();
    const last = await account.run();
    expect(last.report.alerts).toEqual([]);
    expect(await outputs(account)).toBe(right);
  });
});
