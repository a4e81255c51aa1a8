import type { Installation } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import type { Change } from "../plan/change.ts";
import type { Wake } from "../wake/index.ts";
import type { Channels } from "./announce.ts";
import type { Proposed } from "./control.ts";
import type { Memory } from "./memory.ts";

/** All that one run is given: where it looks, where it speaks, what time it is. */
export type RunInput = {
  readonly clients: Clients;
  readonly wake: Wake;
  readonly installation: Installation;
  readonly channels: Channels;
  readonly runId: string;
  readonly clock: () => Date;
  /** The function's own ARN, which names the account; `null` where a person runs it. */
  readonly functionArn: string | null;
  /** Milliseconds until the function is stopped. */
  readonly remainingMs: () => number;
  /** Did the person who runs it press Ctrl-C? Left out where nobody can. */
  readonly interrupted?: () => boolean;
  /** Runs at work in this process: what they have in the journal is not lost. */
  readonly alive: ReadonlySet<string>;
  /** What this process remembers of its runs; left out, nothing. */
  readonly memory?: Memory;
  /** Puts what a write is about to take away whole into the log. */
  readonly logRemoval: (environment: string, change: Change) => void;
  /** In a dry run by a person: plans this document as if it had been put. */
  readonly proposed?: Proposed;
  /** In a dry run by a person: plans the newest versions as if each had been announced and approved. */
  readonly asIfApproved?: boolean;
  /** How long what closes waits for deploy targets, in milliseconds; left out, a second and a half. */
  readonly targetsGraceMs?: number;
};
