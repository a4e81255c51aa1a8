import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type HttpAnswer,
  type RecordedCall,
  type Sandbox,
  startSandbox,
} from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { lambdaTrust } from "../iam/documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
});
afterEach(() => sandbox.close());

const creation = (call: RecordedCall): boolean => call.operation === "CreateRole";
const create = () =>
  iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: lambdaTrust }));
const get = () => iam.send(new GetRoleCommand({ RoleName: "r" }));

describe("a fault", () => {
  it("before a call leaves the account as it was", async () => {
    sandbox.faults.add({
      when: creation,
      at: "before",
      how: { error: "Throttling", httpStatus: 400 },
    });
    expect(await refusal(create(), "Throttling")).toBe("Rate exceeded");
    await refusal(get(), "NoSuchEntityException");
    expect(sandbox.calls[0]).toMatchObject({ error: "Throttling", happened: false });
  });

  it("after a call loses the answer, not the change", async () => {
    sandbox.faults.add({
      when: creation,
      at: "after",
      how: { error: "ServiceFailure", httpStatus: 500 },
    });
    await refusal(create(), "ServiceFailureException");
    expect((await get()).Role?.RoleName).toBe("r");
    expect(sandbox.calls[0]).toMatchObject({ error: "ServiceFailure", happened: true });
  });

  it.each([
    ["before", "NoSuchEntityException"],
    ["after", null],
  ] as const)("can reset the connection %s a call", async (at, missing) => {
    sandbox.faults.add({ when: creation, at, how: "connection-reset" });
    await expect(create()).rejects.toThrow();
    expect(sandbox.calls[0]?.error).toBe("connection-reset");
    if (missing === null) expect((await get()).Role?.RoleName).toBe("r");
    else await refusal(get(), missing);
  });

  it("can answer in the place of AWS, or make something else of what AWS answers", async () => {
    const garbled = (answer: HttpAnswer): HttpAnswer => ({ ...answer, body: "<html></html>" });
    sandbox.faults.add({ when: creation, at: "before", how: { garbled }, times: 1 });
    expect((await create()).Role).toBeUndefined();
    await refusal(get(), "NoSuchEntityException");
    sandbox.faults.add({ when: creation, at: "after", how: { garbled } });
    expect((await create()).Role).toBeUndefined();
    expect((await get()).Role?.RoleName).toBe("r");
    expect(sandbox.calls.map(({ happened }) => happened)).toEqual([false, false, true, true]);
  });

  it("hits as many calls as the test says, and none after it is cleared", async () => {
    const how = { error: "Throttling", httpStatus: 400 };
    sandbox.faults.add({ when: () => true, at: "before", how, times: 2 });
    await refusal(get(), "Throttling");
    await refusal(get(), "Throttling");
    await refusal(get(), "NoSuchEntityException");
    sandbox.faults.add({ when: () => true, at: "before", how });
    await refusal(get(), "Throttling");
    sandbox.faults.clear();
    await refusal(get(), "NoSuchEntityException");
  });

  it("does not hit calls that it does not match", async () => {
    sandbox.faults.add({ when: creation, at: "before", how: "connection-reset" });
    await refusal(get(), "NoSuchEntityException");
  });
});

describe("the record of calls", () => {
  it("has who called what, in order, and which calls change something", async () => {
    await create();
    await get();
    await refusal(iam.send(new DeleteRoleCommand({ RoleName: "x" })), "NoSuchEntityException");
    expect(
      sandbox.calls.map(({ operation, mutating, error }) => [operation, mutating, error]),
    ).toEqual([
      ["CreateRole", true, null],
      ["GetRole", false, null],
      ["DeleteRole", true, "NoSuchEntity"],
    ]);
    expect(sandbox.calls[0]).toMatchObject({
      service: "iam",
      caller: "arn:aws:iam::123456789012:user/administrator",
      input: { RoleName: "r" },
    });
  });
});

describe("the clock", () => {
  it("starts at the given time, moves with real time and can be moved", async () => {
    const started = await startSandbox({ now: new Date("2030-01-01T00:00:00Z") });
    expect(started.clock.now().toISOString()).toMatch(/^2030-01-01T00:00:0/);
    started.clock.advance(86_400_000);
    expect(started.clock.now().toISOString()).toMatch(/^2030-01-02T00:00:0/);
    started.clock.set(new Date("2031-05-05T00:00:00Z"));
    expect(started.clock.now().toISOString()).toMatch(/^2031-05-05T00:00:0/);
    await started.close();
  });
});
