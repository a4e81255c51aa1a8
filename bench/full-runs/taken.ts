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

type Asked = { readonly calls: number; readonly roundTrips: number };

/** What a run asks of the account; `beforeWrite` is `null` where it writes nothing in IAM. */
export type AccountTaken = Asked & { readonly beforeWrite: Asked | null };

/** What the bench asks the account's process: what was called, or to open a role. */
export type AccountAsked = { readonly ask: "calls" | "open" };
