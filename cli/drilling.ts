import { goneSince, nothingSeen, sightAfter } from "../shared/drill/sight.ts";
import type { Clients } from "../shared/edge/clients.ts";
import { faultOf } from "../shared/edge/faults.ts";
import { readRoleTags, tagRole, untagRole } from "../shared/edge/role-tags.ts";
import { failureOf } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";
import type { DrillGround } from "./drill-ground.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** How a drill ended: when the tag was put and when it went, and who took it off. */
export type Drilled = {
  readonly openedAt: Date;
  readonly closedAt: Date;
  readonly closedBy: "loop" | "drill";
};

/** A look every five seconds: IAM's reads are shared by the whole account. */
const everyMs = 5_000;

type Drill = {
  readonly io: Io;
  readonly clients: Clients;
  readonly ground: DrillGround;
  readonly timeoutSeconds: number;
};

/**
 * Puts the tag on the role and waits until the loop has taken it off. Whatever ends the wait, the
 * tag is off at the end: the time, Ctrl-C, or a failure, which is then thrown.
 *
 * @throws CommandError where AWS failed, with how to take the tag off where the drill could not
 */
export async function drilled(drill: Drill): Promise<Drilled> {
  const { io, clients, ground } = drill;
  const { role, key } = ground;
  const interrupted = io.interrupted();
  const value = io.clock().toISOString();
  await tagRole(clients, role, { key, value }).catch(async (thrown: unknown) => {
    const failure = failureOf(thrown, "iam:TagRole");
    // An answer that got lost says nothing: the tag may be there.
    if (faultOf("iam:TagRole", thrown).kind === "transient") await takeOff(drill, failure);
    throw failure;
  });
  const openedAt = io.clock();
  const closedAt = await waitForLoop(drill, { openedAt, value, interrupted }).catch(
    async (thrown: unknown) => {
      const failure = failureOf(thrown, "iam:ListRoleTags");
      await takeOff(drill, failure);
      throw new CommandError(
        `${failure.message} The drill took its tag off again.`,
        failure.details,
      );
    },
  );
  io.progress(null);
  if (closedAt !== null) return { openedAt, closedAt, closedBy: "loop" };
  await takeOff(drill, null);
  return { openedAt, closedAt: io.clock(), closedBy: "drill" };
}

/** When the loop took the tag off; null where the time was over, or somebody pressed Ctrl-C. */
async function waitForLoop(
  { io, clients, ground, timeoutSeconds }: Drill,
  given: { readonly openedAt: Date; readonly value: string; readonly interrupted: AbortSignal },
): Promise<Date | null> {
  const { openedAt, value, interrupted } = given;
  let sight = nothingSeen;
  for (;;) {
    const seconds = Math.floor((io.clock().getTime() - openedAt.getTime()) / 1000);
    if (seconds >= timeoutSeconds || interrupted.aborted) return null;
    io.progress(
      `waiting for the loop to take the tag off: ${seconds} s of at most ${timeoutSeconds} s`,
    );
    await io.wait(Math.min(everyMs, (timeoutSeconds - seconds) * 1000));
    const tags = await readRoleTags(clients, ground.role);
    sight = sightAfter(sight, tags[ground.key] === value, io.clock());
    const closedAt = goneSince(sight);
    if (closedAt !== null) return closedAt;
  }
}

/**
 * Takes the tag off.
 *
 * @param before what went wrong before, which the error then says too
 */
async function takeOff({ clients, ground, io }: Drill, before: CommandError | null): Promise<void> {
  await untagRole(clients, ground.role, ground.key).catch((thrown: unknown) => {
    const { message } = failureOf(thrown, "iam:UntagRole");
    const first = before === null ? "" : `${before.message} `;
    throw new CommandError(
      `${first}The drill could not take its tag off: ${message} Take it off with: ${untagCommand(io, ground)}`,
      { exit: exitCodes.failed, code: "DrillTagLeft", where: ground.role },
    );
  });
}

/** How to take the tag off without the drill. */
export function untagCommand({ environment }: Io, { role, key }: DrillGround): string {
  const profile = environment["AWS_PROFILE"];
  const as = profile ? ` --profile '${profile.replaceAll("'", `'\\''`)}'` : "";
  return `aws iam untag-role --role-name ${role} --tag-keys ${key}${as}`;
}
