import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, rename, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { visible } from "../shared/language/visible.ts";
import { type Io, layoutOf, type Output, type Terminal } from "./io.ts";
import { secretsIn, withoutSecrets } from "./secrets.ts";

type Source = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Sink = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** What of the process the command uses. */
type Process = {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  readonly versions: { readonly node: string };
  readonly on: (event: Signal, listener: () => void) => unknown;
  readonly exit: (code: number) => unknown;
};

/**
 * Ctrl-C, a runner that gives up, a terminal that is closed; with what a shell says of a program that
 * one of them ended: 128 and the signal's number.
 */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof signals;

type ProcessIo = {
  readonly io: Io;
  /** Something that was printed did not arrive: a full disk. */
  readonly isLost: () => boolean;
};

/** The process's streams, files, clock and signals, as the commands use them. */
export function processIo(process: Process): ProcessIo {
  const { stdin, stdout, stderr, env } = process;
  const canWipe = stderr.isTTY === true && env["TERM"] !== "dumb";
  const shown = canWipe ? progressLine(stderr) : progressLog(stderr);
  const secrets = secretsIn(env);
  let isLost = false;
  /** A pipe whose reader has left, such as `head`, is not a failure; a full disk is. */
  const outputOf = (stream: Sink, name: string): Output => {
    stream.on("error", (fault: NodeJS.ErrnoException) => {
      if (fault.code === "EPIPE" || isLost) return;
      isLost = true;
      stderr.write(`${name} cannot be written: ${fault.message}.\n`);
    });
    return {
      write: (text) => {
        shown.wipe();
        return new Promise((resolve) => stream.write(text, (fault) => resolve(!fault)));
      },
      layout: layoutOf(stream, env),
      secrets,
      height: stream.isTTY ? (stream.rows ?? null) : null,
    };
  };
  const { interrupted, signal } = interrupts(process, shown.wipe);
  const io: Io = {
    stdout: outputOf(stdout, "standard output"),
    stderr: outputOf(stderr, "standard error"),
    stdin,
    openFile: (path) => createReadStream(path),
    writeFile: writeWhole,
    terminal: stdin.isTTY && stderr.isTTY ? terminalOf(stdin, stderr, shown.wipe) : null,
    progress: (text) => shown.show(text === null ? null : withoutSecrets(text, secrets)),
    interrupted,
    wait: (milliseconds, ended) =>
      waitFor(milliseconds, ended === undefined ? signal : AbortSignal.any([signal, ended])),
    environment: env,
    clock: () => new Date(),
    useProfile: (name) => useProfile(env, name),
    nodeVersion: process.versions.node,
  };
  return { io, isLost: () => isLost };
}

/** The SDK reads its own variables; keys among them would be meant for another account. */
function useProfile(env: NodeJS.ProcessEnv, name: string): void {
  for (const key of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
    delete env[key];
  env["AWS_PROFILE"] = name;
}

type Progress = {
  readonly show: (text: string | null) => void;
  /** Makes room for other output. */
  readonly wipe: () => void;
};

/** One line of a terminal that is written over and over; CSI 2K of ECMA-48 wipes it. */
function progressLine(stream: Sink): Progress {
  let isShown = false;
  const wipe = () => {
    if (isShown) stream.write("\r\u001b[2K");
    isShown = false;
  };
  const show = (text: string | null) => {
    wipe();
    if (text === null) return;
    stream.write(visible(text).slice(0, (stream.columns ?? 80) - 1));
    isShown = true;
  };
  return { show, wipe };
}

/** In a log what does not take long has no line, and what does has few. */
const firstLineMs = 10_000;
const nextLineMs = 30_000;

/** Lines of a log, or of a dumb terminal, which shows the codes that wipe as they are. */
function progressLog(stream: Sink): Progress {
  let due = Date.now() + firstLineMs;
  let current: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  const say = () => {
    if (current === null) return;
    const left = due - Date.now();
    if (left <= 0) {
      stream.write(`${visible(current)}\n`);
      due = Date.now() + nextLineMs;
    }
    timer = setTimeout(say, left <= 0 ? nextLineMs : left);
    // A line about a work that is over keeps no process.
    timer.unref();
  };
  const show = (text: string | null) => {
    clearTimeout(timer);
    current = text;
    say();
  };
  return { show, wipe: () => undefined };
}

function interrupts(process: Process, wipe: () => void) {
  const controller = new AbortController();
  let isTaken = false;
  const interrupt = (code: number) => {
    wipe();
    if (isTaken && !controller.signal.aborted) {
      process.stderr.write("Interrupted: ending in order. Press Ctrl-C again to end at once.\n");
      controller.abort();
      return;
    }
    process.stderr.write(isTaken ? "Ended at once.\n" : "Interrupted: nothing was changed.\n");
    process.exit(code);
  };
  process.on("SIGINT", () => interrupt(signals.SIGINT));
  process.on("SIGTERM", () => interrupt(signals.SIGTERM));
  process.on("SIGHUP", () => interrupt(signals.SIGHUP));
  const interrupted = () => {
    isTaken = true;
    return controller.signal;
  };
  return { interrupted, signal: controller.signal };
}

function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

function terminalOf(input: Source, output: Sink, wipe: () => void): Terminal {
  return {
    ask: (question) => {
      wipe();
      const lines = createInterface({ input, output });
      return new Promise((resolve) => {
        let isOver = false;
        const end = (answer: string | null) => {
          if (isOver) return;
          isOver = true;
          // Ctrl-C and the end of input leave the cursor behind the question.
          if (answer === null) output.write("\n");
          lines.close();
          resolve(answer);
        };
        lines.once("SIGINT", () => end(null));
        lines.once("close", () => end(null));
        // A question may have lines of its own, and no line holds what a terminal would obey.
        const shown = question.split("\n").map(visible).join("\n");
        lines.question(shown).then(end, () => end(null));
      });
    },
  };
}

/** A file appears under its name only once it is complete, by link(2) or rename(2). */
async function writeWhole(path: string, text: string, where: "new" | "replace"): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { flag: "wx" });
    if (where === "replace") {
      await rename(draft, path);
      return true;
    }
    await link(draft, path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}
