import { type Clients, lateClient, makeClients } from "./clients.ts";
import type { Limits } from "./limits.ts";

const lambda = lateClient("lambda", async () => (await import("./sdk/invoke.ts")).LambdaClient);

/** What a function answered, or that it failed, with the error as its runtime wrote it. */
export type Invoked =
  | { readonly kind: "answered"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string };

/**
 * A minute more than a Lambda function can run (15 minutes, Lambda quotas). One try: a second would
 * run the function a second time (Lambda API Reference, Invoke).
 */
const invokeMs = 16 * 60_000;
const limits: Partial<Limits> = { callMs: invokeMs, tryMs: invokeMs, tries: 1 };

/** The clients of one invocation: none of their calls is tried twice or ends early. */
export function invokingClients(region: string): Clients {
  return makeClients(region, limits);
}

/**
 * Invokes a function and waits for its answer.
 *
 * @param signal ends the wait; the function goes on
 */
export async function invokeFunction(
  clients: Clients,
  name: string,
  given: { readonly payload: object; readonly signal: AbortSignal },
): Promise<Invoked> {
  const { InvokeCommand } = await import("./sdk/invoke.ts");
  const client = await lambda(clients);
  const Payload = JSON.stringify(given.payload);
  const command = new InvokeCommand({ FunctionName: name, Payload });
  const answer = await client.send(command, { abortSignal: given.signal });
  const text = answer.Payload?.transformToString() ?? "";
  return { kind: answer.FunctionError === undefined ? "answered" : "failed", text };
}
