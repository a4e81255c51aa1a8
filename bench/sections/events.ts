import { measureEvents } from "../full-runs.ts";
import type { Section } from "../section.ts";

const sizes = [1, 1_000, 5_000] as const;

/** What an event costs, and how soon the door is shut. */
export const events: Section = {
  title: "One event",
  about: `Somebody opens one trust policy among many environments, and its event wakes the function: in a new process, and in
one that has made a run over all environments before. Each call takes 30 ms. *Before* counts what was answered
before the write that shuts the door. Without reading near, a thousand environments cost two hundred pages first.
Round trips are counted by the clock here, so that a new process that computes for 30 ms between two calls has one
more, in the same order of calls at every size; [calls](calls.md) counts them without a clock. Memory is the most
that the process ever had: a new one has what the event takes, and one that has made a full run what that run took.
`,
  columns: ["environments", "calls", "round trips", "calls before", "round trips before", "MB"],
  rows: sizes.flatMap((size) => [`${size}, in a new process`, `${size}, after a full run`]),
  measure: async () =>
    (await measureEvents(sizes)).map(({ calls, roundTrips, beforeWrite, rssMb }) =>
      [
        calls,
        roundTrips,
        beforeWrite?.calls ?? 0,
        beforeWrite?.roundTrips ?? 0,
        Math.round(rssMb),
      ].map(String),
    ),
};
