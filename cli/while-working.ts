import type { Clients } from "../shared/edge/clients.ts";
import type { Io } from "./io.ts";

/** So often the line is written again: people see that something happens. */
const everyMs = 500;

/** Shows how far a work is, from its beginning to its end. */
export async function whileWorking<T>(
  io: Io,
  says: (seconds: number) => string,
  work: () => Promise<T>,
): Promise<T> {
  const started = Date.now();
  const show = () => io.progress(says(Math.floor((Date.now() - started) / 1000)));
  show();
  const timer = setInterval(show, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    io.progress(null);
  }
}

/** A work's line: what is done, how many calls it has made, and how long it takes. */
export function callsLine(
  doing: () => string,
  { count }: Pick<Clients, "count">,
): (seconds: number) => string {
  return (seconds) => {
    const calls = [...count.values()].reduce((sum, each) => sum + each, 0);
    return `${doing()}: ${calls} calls of AWS, ${seconds} s`;
  };
}
