/** A clock and a way to wait, which tests replace so that minutes pass at once. */
export type Time = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after that many milliseconds, or as soon as the signal is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The machine's own clock. A sleep whose signal is aborted leaves no timer behind. */
export const realTime: Time = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
    }),
};

/** The value, or null where it takes longer than that many milliseconds. */
export async function within<Value>(
  promise: Promise<Value>,
  ms: number,
  time: Time,
): Promise<Value | null> {
  const done = new AbortController();
  try {
    return await Promise.race([promise, time.sleep(ms, done.signal).then(() => null)]);
  } finally {
    done.abort();
  }
}
