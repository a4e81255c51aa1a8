import type { MiddlewareStack } from "@smithy/types";
import { type Pacer, pacer, yieldingPacer } from "./pace.ts";
import type { Time } from "./time.ts";

/** A run of a few environments waits for nothing; a bulk of statuses leaves others their share. */
const writePace = { burst: 10, perSecond: 2 } as const;

/**
 * Parameter Store takes forty reads a second of the whole account, and jobs read their outputs there.
 * Source: AWS General Reference, "Systems Manager endpoints and quotas".
 */
const readPace = { burst: 20, perSecond: 30 } as const;

/** When the calls of an operation go, and, if one was refused, when it is tried again. */
type Turns = Pacer & { readonly again: Pacer["take"] };

/** The paces of one run's calls. */
export type Paces = {
  /** Of a call of a service in the run's own Region; `null` where nothing limits it. */
  of(service: string, operation: string): Turns | null;
  /** Of writes of parameters, awaited by the writer. */
  readonly writes: Pacer;
};

/** The paces of a run: those of Parameter Store are fixed, those of IAM come with its first refusal. */
export function pacesOf(time: Time): Paces {
  const writes = pacer({ ...writePace, ...time });
  const reads = pacer({ ...readPace, ...time });
  const iam = { reads: yieldingPacer(time), writes: yieldingPacer(time) };
  const isRead = (operation: string) => /^(Get|List)/.test(operation);
  return {
    writes,
    of: (service, operation) => {
      if (service === "iam") return turnsOf(isRead(operation) ? iam.reads : iam.writes);
      if (service !== "ssm") return null;
      if (/^GetParameters?(ByPath)?$/.test(operation)) return turnsOf(reads);
      // The writer has waited already.
      return operation === "PutParameter"
        ? { ...turnsOf(writes), take: () => Promise.resolve() }
        : null;
    },
  };
}

function turnsOf(pace: Pacer): Turns {
  return { ...pace, again: pace.take };
}

const tooFast: ReadonlySet<string> = new Set([
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
]);

/**
 * Makes each call wait for its turn before its own time begins, and each try after one that AWS refused
 * because it came too fast.
 */
export function paceCalls<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  paceOf: (operation: string) => Turns | null,
): void {
  const operationIn = ({ commandName = "" }: { readonly commandName?: string }) =>
    commandName.replace(/Command$/, "");
  stack.add(
    (next, context) => async (args) => {
      await paceOf(operationIn(context))?.take();
      return next(args);
    },
    { step: "initialize", priority: "high", name: "waitForTurn" },
  );
  const refused = new WeakSet<object>();
  stack.add(
    (next, context) => async (args) => {
      const pace = paceOf(operationIn(context));
      if (refused.has(context)) await pace?.again();
      try {
        return await next(args);
      } catch (thrown) {
        if (thrown instanceof Error && tooFast.has(thrown.name)) {
          refused.add(context);
          pace?.refused();
        }
        throw thrown;
      }
    },
    // Inside the retry loop, which has high priority in the same step.
    { step: "finalizeRequest", priority: "low", name: "noteRefusal" },
  );
}
