import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { type Seeded, seed } from "../../sandbox/seed.ts";

/** Environment variables that a shell has. */
export type Variables = Readonly<Record<string, string>>;

/** What a pipeline deploys. */
export type Deployment = "ECR" | "App Runner" | "Amplify" | "ECS Express";

/** The account in which a page is played, and what its reader has done so far. */
export type Stage = {
  readonly sandbox: Sandbox;
  readonly seeded: Seeded;
  /** Files of the reader's folder. */
  readonly files: Map<string, string>;
  /** What `export` has set. */
  readonly exported: Map<string, string>;
  /** Runs the deployed function; null until the stack is deployed. */
  loop: (() => Promise<unknown>) | null;
  /** Lets time pass; where someone has written something, the stack's rules wake the function. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Looks at the account after each act and each command. */
  watch: () => Promise<unknown>;
  /** The deployments that the page's pipeline makes: those of the guide, until the page changes them. */
  readonly pipeline: Set<Deployment>;
  /** Branches whose jobs deploy. */
  readonly refs: Set<string>;
  /** What the commands last ended with. */
  exit: number;
};

/** When each page begins: outputs show times, and the same ones each time. */
const beginsAt = new Date("2026-11-26T09:00:00Z");
const secondsToWake = 5;

/** Opens the account with the example's deploy targets, at a fixed time and with fixed ids. */
export async function openStage(): Promise<Stage> {
  const sandbox = await startSandbox({ now: beginsAt, millisecondsPerCall: 25, idsFrom: "pages" });
  const seeded = await seed(sandbox);
  let seen = sandbox.calls.length;
  const stage: Stage = {
    sandbox,
    seeded,
    files: new Map(),
    exported: new Map(),
    loop: null,
    pass: async (milliseconds) => {
      const isWritten = sandbox.calls.slice(seen).some(({ mutating }) => mutating);
      if (isWritten) {
        sandbox.clock.advance(secondsToWake * 1000);
        await stage.loop?.();
      }
      seen = sandbox.calls.length;
      sandbox.clock.advance(milliseconds);
    },
    watch: async () => undefined,
    pipeline: new Set(["ECR", "App Runner", "Amplify"]),
    refs: new Set(["refs/heads/main"]),
    exit: 0,
  };
  return stage;
}
