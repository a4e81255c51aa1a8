import { afterEach, beforeEach } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import type { CircleciClient } from "../../../shared/edge/circleci/client.ts";
import { CircleciError } from "../../../shared/edge/circleci/error.ts";

export const organizationId = "11111111-2222-4333-8444-555555555555";
export const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const slug = "gh/acme/shop";

export let sandbox: Sandbox;
/** How long the client waited, in milliseconds. */
export let waits: number[];
/** The id of a context. */
export let context: string;

/** Gives each test of the file that calls it a sandbox of its own, in which the project is. */
export function eachInItsOwnSandbox(): void {
  beforeEach(async () => {
    sandbox = await startSandbox();
    waits = [];
    sandbox.circleci.createProject({ slug, id: projectId, organizationId });
    context = sandbox.circleci.createContext({ name: "deploy", organizationId });
  });
  afterEach(() => sandbox.close());
}

export function client(more: Partial<CircleciClient> = {}): CircleciClient {
  return {
    base: sandbox.environment["CIRCLECI_CLI_HOST"] ?? "",
    token: sandbox.circleci.token,
    now: sandbox.clock.now,
    interrupted: new AbortController().signal,
    waited: { ms: 0, until: 0 },
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      sandbox.clock.advance(milliseconds);
    },
    ...more,
  };
}

/** The error that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<CircleciError> {
  const thrown: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof CircleciError)) throw new Error(`no error of CircleCI: ${thrown}`);
  return thrown;
}
