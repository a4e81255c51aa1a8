import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ssm: SSMClient;
let events: EventBridgeEvent[];
beforeEach(async () => {
  sandbox = await startSandbox({ now: new Date("2026-11-22T10:00:00Z") });
  ssm = new SSMClient(connection(sandbox));
  events = [];
  sandbox.events.onEvent((event) => events.push(event));
});
afterEach(async () => {
  vi.useRealTimers();
  ssm.destroy();
  await sandbox.close();
});

const put = (more: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(
    new PutParameterCommand({
      Name: "/a/b",
      Value: "x",
      Type: "String",
      Tier: "Advanced",
      Overwrite: true,
      ...more,
    }),
  );
const expiring = (Timestamp: string): string =>
  JSON.stringify([{ Type: "Expiration", Version: "1.0", Attributes: { Timestamp } }]);
const get = () => ssm.send(new GetParameterCommand({ Name: "/a/b" }));
const shown = async () => {
  const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
  return Parameters?.[0]?.Policies;
};
const operations = () => events.map(({ detail }) => detail["operation"]);

describe("a parameter with an expiration", () => {
  test("is deleted once the clock has passed it, and the bus gets the event then", async () => {
    await put({ Policies: expiring("2026-11-22T11:00:00.000Z") });
    sandbox.clock.advance(59 * 60_000);
    expect((await get()).Parameter?.Value).toBe("x");
    expect(operations()).toEqual(["Create"]);
    sandbox.clock.advance(2 * 60_000);
    expect(operations()).toEqual(["Create", "Delete"]);
    expect(events[1]).toMatchObject({
      "detail-type": "Parameter Store Change",
      source: "aws.ssm",
      detail: { operation: "Delete", name: "/a/b", type: "String" },
    });
    await refusal(get(), "ParameterNotFound");
    expect(await put()).toMatchObject({ Version: 1 });
    expect(operations()).toEqual(["Create", "Delete", "Create"]);
  });

  test("is deleted at the next call of any kind, even if nobody moves the clock", async () => {
    // Real time goes on, which the account's clock follows.
    vi.useFakeTimers({ toFake: ["Date"] });
    const soon = new Date(sandbox.clock.now().getTime() + 30_000);
    await put({ Policies: expiring(soon.toISOString()) });
    vi.setSystemTime(Date.now() + 60_000);
    await refusal(get(), "ParameterNotFound");
    expect(operations()).toEqual(["Create", "Delete"]);
  });

  test("shows its policy, keeps it through an edit, and loses it to an empty one", async () => {
    const text = expiring("2026-11-22T11:00:00Z");
    await put({ Policies: text });
    await put({ Value: "y" });
    expect(await shown()).toEqual([
      {
        PolicyText: text.slice(1, -1),
        PolicyType: "Expiration",
        PolicyStatus: "Pending",
      },
    ]);
    await put({ Policies: "[{}]" });
    expect(await shown()).toEqual([]);
    sandbox.clock.advance(2 * 3_600_000);
    expect((await get()).Parameter?.Version).toBe(3);
  });

  test("must be advanced and have valid policies", async () => {
    const Policies = expiring("2026-11-22T11:00:00Z");
    await refusal(put({ Policies, Tier: "Standard" }), "ValidationException");
    expect(await put({ Policies, Tier: "Intelligent-Tiering" })).toEqual(
      expect.objectContaining({ Version: 1, Tier: "Advanced" }),
    );
    const bad = (text: string) => put({ Policies: text });
    await put({ Policies: expiring("2027-11-01T22:13:48.87+10:30:00") });
    await refusal(bad('[{"Type":"Explosion"}]'), "InvalidPolicyTypeException");
    await refusal(bad("tomorrow"), "InvalidPolicyAttributeException");
    await refusal(bad(expiring("tomorrow")), "InvalidPolicyAttributeException");
    await refusal(bad(expiring("2026-11-22T09:00:00Z")), "InvalidPolicyAttributeException");
    const many = JSON.stringify(
      Array.from({ length: 11 }, () => ({ Type: "NoChangeNotification" })),
    );
    await refusal(bad(many), "PoliciesLimitExceededException");
    expect((await get()).Parameter?.Version).toBe(2);
  });
});

describe("intelligent tiering", () => {
  const tiered = (bytes: number) => put({ Tier: "Intelligent-Tiering", Value: "x".repeat(bytes) });

  test("uses the advanced tier above 4,096 bytes, and stays there", async () => {
    expect(await tiered(4096)).toMatchObject({ Version: 1, Tier: "Standard" });
    expect(await tiered(4097)).toMatchObject({ Version: 2, Tier: "Advanced" });
    expect(await tiered(1)).toMatchObject({ Version: 3, Tier: "Advanced" });
    expect(await tiered(8192)).toMatchObject({ Version: 4, Tier: "Advanced" });
    await refusal(tiered(8193), "ValidationException");
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: "/a/b" }));
    expect(Parameters?.map(({ Tier }) => Tier)).toEqual([
      "Standard",
      "Advanced",
      "Advanced",
      "Advanced",
    ]);
  });
});

describe("a seeded parameter", () => {
  test("is as old as the test says, in every read, and sends no event", async () => {
    const at = new Date("2026-09-01T08:00:00Z");
    expect(sandbox.createParameter({ name: "/a/b", value: "old", at })).toBe(1);
    expect(sandbox.createParameter({ name: "/a/b", value: "newer" })).toBe(2);
    const one = await ssm.send(new GetParameterCommand({ Name: "/a/b:1" }));
    expect(one.Parameter).toMatchObject({ Value: "old", LastModifiedDate: at });
    const several = await ssm.send(new GetParametersCommand({ Names: ["/a/b:1"] }));
    expect(several.Parameters?.[0]?.LastModifiedDate).toEqual(at);
    const listed = await ssm.send(new GetParametersByPathCommand({ Path: "/a" }));
    expect(listed.Parameters?.[0]?.LastModifiedDate?.getTime()).toBeGreaterThan(at.getTime());
    const history = await ssm.send(new GetParameterHistoryCommand({ Name: "/a/b" }));
    expect(history.Parameters?.[0]?.LastModifiedDate).toEqual(at);
    expect(events).toEqual([]);
    expect(await put({ Type: "String" })).toMatchObject({ Version: 3 });
  });

  test("has only the newest hundred versions", async () => {
    for (let i = 0; i < 101; i += 1) sandbox.createParameter({ name: "/a/b", value: `${i}` });
    await refusal(
      ssm.send(new GetParameterCommand({ Name: "/a/b:1" })),
      "ParameterVersionNotFound",
    );
    expect((await get()).Parameter).toMatchObject({ Value: "100", Version: 101 });
  });
});
