import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { readFunctions } from "../../shared/edge/targets/lambda.ts";
import type { Time } from "../../shared/edge/time.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
});

test("many functions are asked for at a pace that leaves others their share", async () => {
  const waits: number[] = [];
  const time: Time = {
    now: () => 0,
    sleep: async (ms) => {
      waits.push(ms);
    },
  };
  const clients = makeClients(sandbox.region, {}, time);
  const account = { id: "123456789012", partition: "aws" };
  const names = Array.from({ length: 40 }, (_, index) => `worker-${index}`);
  const look = { clients, region: sandbox.region, account, definitions: new Map() };
  const found = await readFunctions(look, names);
  expect(found.kind === "found" && found.value.get("worker-39")).toEqual({ kind: "absent" });
  expect(clients.count.get("lambda:ListAliases")).toBe(40);
  // Ten at once, and then ten a second.
  expect(waits).toEqual(Array.from({ length: 30 }, (_, index) => (index + 1) * 100));
});
