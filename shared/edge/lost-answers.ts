import type { MiddlewareStack } from "@smithy/types";
import type { Fault } from "../aws/reading.ts";
import { faultOf } from "./faults.ts";

/** Errors of calls of which a try before the last one may have been carried out. */
const lost = new WeakSet<object>();

/** Remembers of each call whether one of its tries got no answer: the SDK throws what came of the last one. */
export function noteLostAnswers<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
): void {
  const calls = new WeakSet<object>();
  stack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (thrown) {
        if (thrown instanceof Error && calls.has(context)) lost.add(thrown);
        throw thrown;
      }
    },
    { step: "initialize", priority: "high", name: "noteLostCall" },
  );
  stack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (thrown) {
        if (isUnanswered(faultOf("", thrown))) calls.add(context);
        throw thrown;
      }
    },
    // Inside the retry loop, which has high priority in the same step.
    { step: "finalizeRequest", priority: "low", name: "noteLostTry" },
  );
}

/** May a call that threw this have been carried out all the same, by its last try or by one before? */
export function mayBeCarriedOut(thrown: unknown): boolean {
  const wasLost = thrown instanceof Error && lost.has(thrown);
  return wasLost || isUnanswered(faultOf("", thrown));
}

/**
 * Was a try aborted, or did it time out, lose its connection, or get a strange answer or an error of the server
 * itself? Only what was too much for now is sure not to be done.
 */
function isUnanswered({ kind, code }: Fault): boolean {
  return kind === "transient" && !tooMuch.has(code);
}

const tooMuch: ReadonlySet<string> = new Set([
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);
