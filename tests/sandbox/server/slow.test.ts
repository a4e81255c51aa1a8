import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RecordedCall, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { lambdaTrust } from "../iam/documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
});
afterEach(async () => {
  iam.destroy();
  await sandbox.close();
});

const creation = (call: RecordedCall): boolean => call.operation === "CreateRole";
const create = (options: { readonly abortSignal?: AbortSignal } = {}) =>
  iam.send(
    new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: lambdaTrust }),
    options,
  );
const get = () => iam.send(new GetRoleCommand({ RoleName: "r" }));

/** Resolves as soon as a call has come to its end inside the account, whatever its caller sees. */
async function settled(index: number): Promise<RecordedCall> {
  for (;;) {
    const call = sandbox.calls[index];
    if (call !== undefined && call.happened !== null) return call;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("no-response", () => {
  it("before a call never answers, and the call does nothing", async () => {
    sandbox.faults.add({ when: creation, at: "before", how: "no-response" });
    const abort = new AbortController();
    const call = create({ abortSignal: abort.signal });
    expect(await settled(0)).toMatchObject({ error: "no-response", happened: false });
    const first = await Promise.race([call, new Promise((end) => setTimeout(end, 60, "silent"))]);
    expect(first).toBe("silent");
    abort.abort();
    await refusal(call, "AbortError");
    await refusal(get(), "NoSuchEntityException");
  });

  it("after a call never answers, and the call did its work", async () => {
    sandbox.faults.add({ when: creation, at: "after", how: "no-response", times: 1 });
    const abort = new AbortController();
    const call = create({ abortSignal: abort.signal });
    expect(await settled(0)).toMatchObject({ error: "no-response", happened: true });
    abort.abort();
    await refusal(call, "AbortError");
    expect((await get()).Role?.RoleName).toBe("r");
  });

  it("ends at once when the account closes", async () => {
    const other = await startSandbox();
    other.faults.add({ when: () => true, at: "before", how: "no-response" });
    const call = fetch(`${other.endpoint}?Action=ListRoles`, { method: "POST" });
    const ended = call.then(
      () => "answered",
      () => "cut",
    );
    while (other.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.close();
    expect(await ended).toBe("cut");
  });
});

describe("a delay", () => {
  it.each(["before", "after"] as const)("%s a call brings the right answer later", async (at) => {
    sandbox.faults.add({ when: creation, at, how: { delayMs: 80 } });
    const began = performance.now();
    expect((await create()).Role?.RoleName).toBe("r");
    expect(performance.now() - began).toBeGreaterThanOrEqual(78);
    expect(sandbox.calls).toHaveLength(1);
    expect(sandbox.calls[0]).toMatchObject({ error: null, happened: true });
  });

  it.each([
    ["before", "NoSuchEntityException"],
    ["after", null],
  ] as const)("%s a call comes on that side of its effect", async (at, missing) => {
    sandbox.faults.add({ when: creation, at, how: { delayMs: 60_000 } });
    const abort = new AbortController();
    const call = create({ abortSignal: abort.signal });
    while (sandbox.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    if (missing === null) expect((await get()).Role?.RoleName).toBe("r");
    else await refusal(get(), missing);
    abort.abort();
    await refusal(call, "AbortError");
  });

  it("ends when the account closes", async () => {
    const other = await startSandbox();
    other.faults.add({ when: () => true, at: "before", how: { delayMs: 60_000 } });
    const call = fetch(`${other.endpoint}?Action=ListRoles`, { method: "POST" });
    const ended = call.then(
      () => "answered",
      () => "cut",
    );
    while (other.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.close();
    expect(await ended).toBe("cut");
    expect(other.calls[0]).toMatchObject({ happened: false });
  });

  it("holds up only its own call", async () => {
    const cloudTrail = new CloudTrailClient(connection(sandbox));
    const lookUp = new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateRole" }],
    });
    await create();
    sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { delayMs: 60_000 },
      times: 1,
    });
    const abort = new AbortController();
    const delayed = cloudTrail.send(lookUp, { abortSignal: abort.signal });
    while (sandbox.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect((await cloudTrail.send(lookUp)).Events).toHaveLength(1);
    abort.abort();
    await refusal(delayed, "AbortError");
    cloudTrail.destroy();
  });
});
