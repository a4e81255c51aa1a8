/** How long each call is on its way, beside the sandbox's own work. */
export const callMs = 30;

/** What a run takes of the process that it runs in. */
export type RunTaken = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most that the process ever had, Node and the bundle included. */
  readonly rssMb: number;
  /** The most that was in the heap when it was looked at, every 20 ms. */
  readonly heapMb: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
};

/** What a run asks of the account. */
export type AccountTaken = { readonly calls: number; readonly roundTrips: number };
