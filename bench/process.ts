import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** Starts a program of the bench in a process of its own. */
export function start(
  file: string,
  given: readonly (string | number)[],
  env: NodeJS.ProcessEnv,
): ChildProcess {
  return fork(file, given.map(String), { env });
}

/** The next message of a process that we have written ourselves. */
export async function said<Message>(child: ChildProcess): Promise<Message> {
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, "message"), died]);
  return message;
}

/** What a process is asked for that lives no longer than that. */
export async function withProcess<Result>(
  file: string,
  ask: (child: ChildProcess) => Promise<Result>,
): Promise<Result> {
  const child = start(file, [], process.env);
  try {
    return await ask(child);
  } finally {
    child.kill();
  }
}
