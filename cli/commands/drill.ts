import { type Line, line } from "../../shared/report/layout.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { readGround } from "../drill-ground.ts";
import { type Drilled, drilled, untagCommand } from "../drilling.ts";
import { checkNames } from "../environment-names.ts";
import { exitCodes } from "../exit-codes.ts";
import { warn } from "../output.ts";
import { readyAsInstalled } from "../settings.ts";

const timeoutDefault = 1200;
/** A day: what takes longer is not a drill. */
const timeoutMax = 86_400;

export const drill = command({
  name: "drill",
  summary: "Prove that the loop takes off what nobody asked for, and measure how long it takes",
  usage: ["NAME [--timeout SECONDS]"],
  description: [
    "Puts a tag that grants nothing on the environment's role, with your credentials, and waits until the loop has taken it off. A tag that is left at the end, with Ctrl-C too, the drill takes off itself.",
    "The key is oidc-reconciler-drill, with a number behind it where the role has or mentions that one. The loop alerts drift-corrected with severity info.",
  ],
  operands: { name: "NAME", least: 1, most: 1 },
  options: {
    timeout: {
      value: "SECONDS",
      summary: `Wait at most so long, from 1 to ${timeoutMax}; ${timeoutDefault} where it is left out`,
    },
  },
  examples: [
    { line: "oidc-reconciler drill production", does: "Show that production is watched" },
    {
      line: "oidc-reconciler drill production --timeout 300 --json",
      does: "Ask that it takes less than five minutes, in a script",
    },
  ],
  exits: {
    ok: "The loop took the tag off",
    failed: "AWS refused or did not answer",
    usage: "The command line cannot be used, or no run would take the tag off here",
    differs: "The loop did not take the tag off in time, or somebody pressed Ctrl-C before it did",
  },
  run: async ({ operands: [name = ""], value }, io) => {
    checkNames([name]);
    const timeoutSeconds = timeoutOf(value("timeout"));
    const { settings, invocation } = await readyAsInstalled(io);
    const { clients } = invocation;
    const ground = await readGround(clients, settings.installation, name);
    await warn(io, [
      ...ground.earlierTags.map(
        (key) =>
          `${ground.role} still has the tag ${key} of an earlier drill, which nobody took off`,
      ),
      `putting the tag ${ground.key} on ${ground.role}; if this ends in the middle: ${untagCommand(io, ground)}`,
    ]);
    const done = await drilled({ io, clients, ground, timeoutSeconds });
    const { openedAt, closedAt, closedBy } = done;
    return {
      exit: closedBy === "loop" ? exitCodes.ok : exitCodes.differs,
      json: {
        name,
        openedAt: openedAt.toISOString(),
        closedAt: closedAt.toISOString(),
        seconds: secondsOf(done),
        closedBy,
      },
      view: linesOf(done, io.interrupted().aborted),
    };
  },
});

function timeoutOf(text: string | null): number {
  const seconds = text === null ? timeoutDefault : /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= timeoutMax) return seconds;
  throw new CommandError(
    `--timeout is "${text}"; it is a whole number of seconds from 1 to ${timeoutMax}.`,
  );
}

function secondsOf({ openedAt, closedAt }: Drilled): number {
  return Math.round((closedAt.getTime() - openedAt.getTime()) / 1000);
}

function linesOf(done: Drilled, interrupted: boolean): readonly Line[] {
  const after = `${secondsOf(done)} s`;
  if (done.closedBy === "loop") {
    return [line(`The loop took the tag off after ${after}.`, { mark: "✓", tone: "good" })];
  }
  if (interrupted) {
    const text = `Ended after ${after}, before the loop had taken the tag off: the drill took it off itself.`;
    return [line(text, { mark: "!", tone: "warning" })];
  }
  return [
    line(`The loop did not take the tag off within ${after}: the drill took it off itself.`, {
      mark: "✗",
      tone: "bad",
    }),
    line(
      "Look at oidc-reconciler status first: is there a heartbeat, and is the environment ready?",
    ),
  ];
}
