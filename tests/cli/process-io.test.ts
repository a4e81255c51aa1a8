import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { processIo } from "../../cli/process-io.ts";

/** A process at a terminal, or in a pipe, whose streams a test reads and writes. */
function processAt(place: "terminal" | "pipe", env: NodeJS.ProcessEnv = {}) {
  const isTTY = place === "terminal";
  const stream = () => Object.assign(new PassThrough(), { isTTY, columns: 40, fd: 0 });
  const streams = { stdin: stream(), stdout: stream(), stderr: stream() };
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  const { io } = processIo({
    ...streams,
    env,
    versions: { node: "24.0.0" },
    on: (signal: string, listener: () => void) => listeners.set(signal, listener),
    exit: (code: number) => exits.push(code),
  });
  const interrupt = (signal = "SIGINT") => listeners.get(signal)?.();
  const said = () => String(streams.stderr.read() ?? "");
  return { io, interrupt, exits, said, ...streams };
}

describe("progress", () => {
  test("is one line of a terminal that the next one and any output wipe", async () => {
    const { io, said } = processAt("terminal");
    io.progress("one");
    io.progress("two");
    await io.stdout.write("result");
    expect(said()).toBe("one\r\u001b[2Ktwo\r\u001b[2K");
  });

  test("shows what a terminal would obey", () => {
    const { io, said } = processAt("terminal");
    io.progress("a\u001b[31m\u202eb");
    expect(said()).toBe("a\\u001b[31m\\u202eb");
  });

  test("has no secret of the environment", () => {
    const secret = "marked/secret+key/of+forty/characters/00";
    const { io, said } = processAt("terminal", { AWS_SECRET_ACCESS_KEY: secret });
    io.progress(`a ${secret}`);
    expect(said()).not.toContain("marked");
  });

  test("is cut to the terminal's width, so that it stays one line", () => {
    const { io, said } = processAt("terminal");
    io.progress("x".repeat(100));
    expect(said()).toBe("x".repeat(39));
  });

  test.each([
    ["in a pipe", "pipe", {}],
    ["on a terminal that wipes nothing", "terminal", { TERM: "dumb" }],
  ] as const)("is a line now and then of what takes long %s", (_, place, env) => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { io, said } = processAt(place, env);
    io.progress("short work");
    io.progress(null);
    vi.advanceTimersByTime(9_999);
    io.progress("waiting 120 s");
    expect(said()).toBe("");
    vi.advanceTimersByTime(1);
    expect(said()).toBe("waiting 120 s\n");
    io.progress("still a\u001b[31m");
    vi.advanceTimersByTime(29_999);
    expect(said()).toBe("");
    vi.advanceTimersByTime(1);
    expect(said()).toBe("still a\\u001b[31m\n");
    io.progress(null);
    vi.advanceTimersByTime(60_000);
    expect(said()).toBe("");
    io.progress("the next one, at once");
    expect(said()).toBe("the next one, at once\n");
    io.progress(null);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("Ctrl-C", () => {
  test("ends a command that changes nothing at once, and says so", () => {
    const { interrupt, exits, said } = processAt("terminal");
    interrupt();
    expect(exits).toEqual([130]);
    expect(said()).toBe("Interrupted: nothing was changed.\n");
  });

  test("lets a command that takes it over end in order; the second ends it", () => {
    const { io, interrupt, exits, said } = processAt("terminal");
    const signal = io.interrupted();
    interrupt();
    expect(signal.aborted).toBe(true);
    expect(exits).toEqual([]);
    interrupt();
    expect(exits).toEqual([130]);
    expect(said()).toContain("ending in order");
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("is what %s is taken for", (signal, code) => {
    const { io, interrupt, exits } = processAt("terminal");
    const taken = io.interrupted();
    interrupt(signal);
    expect(taken.aborted).toBe(true);
    expect(exits).toEqual([]);
    interrupt(signal);
    expect(exits).toEqual([code]);
  });

  test("is not all that ends a wait", async () => {
    const { io } = processAt("terminal");
    const over = new AbortController();
    const waited = io.wait(3_600_000, over.signal);
    over.abort();
    await waited;
    await io.wait(3_600_000, over.signal);
  });

  test("ends a wait", async () => {
    const { io, interrupt } = processAt("terminal");
    io.interrupted();
    const waited = io.wait(3_600_000);
    interrupt();
    await waited;
    await io.wait(3_600_000);
  });
});

describe("a question", () => {
  test("goes to standard error, and its answer is a line of standard input", async () => {
    const { io, stdin, said, stdout } = processAt("terminal");
    const answered = io.terminal?.ask("Name? ");
    stdin.write("production\n");
    expect(await answered).toBe("production");
    expect(said()).toContain("Name? ");
    expect(stdout.read()).toBe(null);
  });

  test("leaves nothing behind that would answer or echo the next one", async () => {
    const { io, stdin, said } = processAt("terminal");
    for (const name of ["one", "two", "three"]) {
      const answered = io.terminal?.ask("Name? ");
      stdin.write(`${name}\n`);
      expect(await answered).toBe(name);
    }
    expect(said().match(/Name\? /g)).toHaveLength(3);
    expect(stdin.listenerCount("keypress")).toBe(0);
  });

  test("that the end of input meets has no answer", async () => {
    const { io, stdin } = processAt("terminal");
    const answered = io.terminal?.ask("Name? ");
    stdin.end();
    expect(await answered).toBe(null);
  });

  test("cannot be asked in a pipe", () => {
    expect(processAt("pipe").io.terminal).toBe(null);
  });
});

describe("a file", () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), "oidc-reconciler-io-"));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  }

  test("is new, or stays as it is", async () => {
    const { io } = processAt("pipe");
    const path = join(folder(), "a.yaml");
    expect(await io.writeFile(path, "one", "new")).toBe(true);
    expect(await io.writeFile(path, "two", "new")).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("one");
  });

  test("is replaced whole, and leaves nothing beside it", async () => {
    const { io } = processAt("pipe");
    const at = folder();
    await io.writeFile(join(at, "a.html"), "one", "replace");
    await io.writeFile(join(at, "a.html"), "two", "replace");
    expect(readdirSync(at)).toEqual(["a.html"]);
    expect(readFileSync(join(at, "a.html"), "utf8")).toBe("two");
  });

  test("in a folder that is not there fails, and leaves nothing", async () => {
    const { io } = processAt("pipe");
    const at = folder();
    await expect(io.writeFile(join(at, "b/a"), "x", "new")).rejects.toThrow("ENOENT");
    expect(existsSync(join(at, "b"))).toBe(false);
  });
});
