import { GetOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { providerArn } from "./by-hand.ts";
import { guide } from "./documents.ts";
import { startScenario } from "./harness.ts";

test("a run reaches an account that no longer listens", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.sandbox.close();
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(run.iamWrites).toContain("CreateRole");
});

test("a run that has to cross a socket does not", async () => {
  const account = await startScenario({ overSocket: true });
  await account.put(guide);
  await account.sandbox.close();
  const { report, calls } = await account.run();
  expect(calls).toEqual([]);
  expect(report.errors).not.toEqual([]);
});

test("a client that was given an endpoint keeps its socket beside a run", async () => {
  const account = await startScenario();
  const iam = new IAMClient({ ...clientOptions(account.sandbox), maxAttempts: 1 });
  const provider = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn });
  await account.put(guide);
  await account.run();
  await account.beside(async () => {
    expect(await iam.send(provider)).toMatchObject({ Tags: expect.any(Array) });
    await account.sandbox.close();
    await expect(iam.send(provider)).rejects.toThrow(/ECONNREFUSED|socket/);
  });
});

test("a caller who gives up gets no answer", async () => {
  const account = await startScenario();
  account.sandbox.faults.add({ when: () => true, at: "before", how: "no-response" });
  const { iam } = account;
  const ending = new AbortController();
  const asked = iam.send(
    new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }),
    { abortSignal: ending.signal },
  );
  ending.abort();
  await expect(asked).rejects.toMatchObject({ name: "AbortError" });
});
