import { expect } from "vitest";
import type { Sandbox, SessionCredentials } from "../../sandbox/index.ts";

/** What an SDK client needs to talk to a sandbox: one try, so that a test sees the first answer. */
export function connection(
  sandbox: Sandbox,
  options: { readonly region?: string; readonly credentials?: SessionCredentials } = {},
): {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
} {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = sandbox.environment;
  return {
    endpoint: sandbox.endpoint,
    region: options.region ?? sandbox.region,
    maxAttempts: 1,
    credentials: options.credentials ?? {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
    },
  };
}

/** Expects a call to be refused with that error, and gives the error's sentence. */
export async function refusal(call: Promise<unknown>, name: string): Promise<string> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error(`${name} was expected, but the call succeeded`);
  expect(error.name).toBe(name);
  return error.message;
}
