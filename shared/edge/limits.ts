import {
  type HandlerExecutionContext,
  type HttpHandlerOptions,
  type MiddlewareStack,
  SMITHY_CONTEXT_KEY,
} from "@smithy/types";

/** How long AWS may take, in milliseconds, and how often a call is tried. */
export type Limits = {
  /** One call with all its tries and the pauses between them. */
  readonly callMs: number;
  /** One try, from connecting to the last byte of the answer. */
  readonly tryMs: number;
  readonly connectMs: number;
  /** The first try counts. When to try again, and after which pause, is the SDK's own rule. */
  readonly tries: number;
};

/** Three whole tries fit into a call; a fourth is cut short. */
export const standardLimits: Limits = {
  callMs: 30_000,
  tryMs: 9_000,
  connectMs: 3_000,
  tries: 4,
};

/** The part of an SDK client that limiting needs. */
export type Limitable<Input extends object, Output extends object> = {
  readonly middlewareStack: MiddlewareStack<Input, Output>;
  readonly config: {
    readonly requestHandler: {
      handle(request: unknown, options?: HttpHandlerOptions): Promise<{ response: unknown }>;
    };
  };
};

/**
 * Makes every call of a client end in time, whatever the server does: with an error named
 * `TimeoutError` and a closed connection, so that no abandoned call keeps the process alive.
 *
 * The handler's own settings do not do that (tried with @smithy/node-http-handler 4.14):
 * `requestTimeout` alone only warns; with `throwOnRequestTimeout` it ends at the answer's head, so
 * half an answer hangs forever; `socketTimeout` never fires while a byte arrives now and then.
 */
export function limitCalls<Input extends object, Output extends object>(
  { middlewareStack, config }: Limitable<Input, Output>,
  limits: Limits,
): void {
  const calls = new WeakMap<HandlerExecutionContext, AbortSignal>();
  const tries = new WeakMap<HandlerExecutionContext, AbortSignal>();
  middlewareStack.add(
    (next, context) => (args) =>
      within(limits.callMs, "the call with all its tries", givenSignal(context), (signal) => {
        calls.set(context, signal);
        // The retry loop's pauses listen to this signal.
        context[SMITHY_CONTEXT_KEY] = { ...context[SMITHY_CONTEXT_KEY], abortSignal: signal };
        return next(args);
      }),
    { step: "initialize", priority: "high", name: "limitCall" },
  );
  middlewareStack.add(
    (next, context) => (args) =>
      within(limits.tryMs, "a try", calls.get(context) ?? null, (signal) => {
        tries.set(context, signal);
        return next(args);
      }),
    // Inside the retry loop, which has high priority in the same step.
    { step: "finalizeRequest", priority: "low", name: "limitTry" },
  );
  middlewareStack.add(
    (next, context) => (args) => {
      const abortSignal = tries.get(context);
      if (abortSignal === undefined) return next(args);
      // What the stack itself would do here, but with our signal.
      return config.requestHandler.handle(args.request, { abortSignal });
    },
    { step: "deserialize", priority: "low", name: "handTheSignalOver" },
  );
}

/** The signal that the caller gave to `send`, if any. */
function givenSignal(context: HandlerExecutionContext): AbortSignal | null {
  const given: unknown = context[SMITHY_CONTEXT_KEY]?.["abortSignal"];
  return given instanceof AbortSignal ? given : null;
}

/**
 * Takes its listeners off in the end. `AbortSignal.any` is not used: Node keeps such a signal, and by its
 * listeners the whole answer, until the next full collection of garbage.
 */
async function within<Result>(
  ms: number,
  what: string,
  outer: AbortSignal | null,
  task: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  outer?.throwIfAborted();
  const ending = new AbortController();
  const { signal } = ending;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const endWithOuter = () => ending.abort(outer?.reason);
  const rejectNow = () => reject(signal.reason);
  outer?.addEventListener("abort", endWithOuter);
  signal.addEventListener("abort", rejectNow);
  const timer = setTimeout(() => ending.abort(timeoutError(what, ms)), ms);
  try {
    return await Promise.race([task(signal), aborted]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", endWithOuter);
    signal.removeEventListener("abort", rejectNow);
  }
}

function timeoutError(what: string, ms: number): Error {
  const error = new Error(`${what} took longer than ${ms} ms`);
  error.name = "TimeoutError";
  return error;
}
