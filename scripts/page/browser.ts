/**
 * Chromium by its DevTools protocol, over the pipe that it reads: nothing is installed for it and no
 * port is open. https://chromedevtools.github.io/devtools-protocol/
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Readable, Writable } from "node:stream";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The Chromium of this machine: `CHROMIUM`, or one on the path; null where there is none. */
export function findChromium(): string | null {
  const given = process.env["CHROMIUM"];
  if (given !== undefined && given !== "") return given;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return found.find((path) => existsSync(path)) ?? null;
}

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
};

/** How a page is opened. */
export type View = {
  readonly width: number;
  readonly theme: "light" | "dark";
  /** Also without the page's own policy, so that only the escaping is between a text and its running. */
  readonly policy: "kept" | "bypassed";
  readonly scripts: "on" | "off";
};

export type Tab = {
  /** Loads a file, ready when all of it is there. */
  readonly open: (path: string, view: View) => Promise<void>;
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** A part of the page from `top` down, as WebP in base64. */
  readonly picture: (part: {
    readonly top: number;
    readonly width: number;
    readonly height: number;
  }) => Promise<string>;
  /** What the page asked the network for, and what it was refused or failed at. */
  readonly seen: { readonly requests: readonly string[]; readonly errors: readonly string[] };
};

export type Browser = { readonly tab: () => Promise<Tab>; readonly close: () => Promise<void> };

const height = 900;

/** Starts Chromium with a profile that goes with it. */
export async function openBrowser(chromium: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "oidc-reconciler-page-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
  const child = spawn(
    chromium,
    [...flags, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const wire = wireOf(child);
  return {
    tab: () => tabOf(wire),
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Wire = {
  readonly send: (method: string, params: object, session?: string) => Promise<unknown>;
  readonly listeners: Set<(message: Message) => void>;
};

function wireOf(child: ChildProcess): Wire {
  const [, , , out, into] = child.stdio;
  if (!(out instanceof Writable) || !(into instanceof Readable)) throw new Error("no pipe");
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Set<(message: Message) => void>();
  let rest = "";
  into.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message: Message = JSON.parse(part);
      const asked = waiting.get(message.id ?? 0);
      if (asked === undefined) for (const listener of listeners) listener(message);
      else if (message.error === undefined) asked.resolve(message.result);
      else asked.reject(new Error(message.error.message));
      waiting.delete(message.id ?? 0);
    }
  });
  let id = 0;
  const send: Wire["send"] = (method, params, session) => {
    id += 1;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(id, asked);
    const target = session === undefined ? {} : { sessionId: session };
    out.write(`${JSON.stringify({ id, method, params, ...target })}\0`);
    return asked.promise;
  };
  child.once("exit", () => {
    for (const asked of waiting.values()) asked.reject(new Error("Chromium has ended"));
  });
  return { send, listeners };
}

async function tabOf({ send, listeners }: Wire): Promise<Tab> {
  const target = textOf(await send("Target.createTarget", { url: "about:blank" }), "targetId");
  const attached = await send("Target.attachToTarget", { targetId: target, flatten: true });
  const session = textOf(attached, "sessionId");
  const say = (method: string, params: object = {}) => send(method, params, session);
  const requests: string[] = [];
  const errors: string[] = [];
  listeners.add(({ method, params }) => {
    if (method === "Network.requestWillBeSent") requests.push(textOf(params, "request", "url"));
    if (method === "Log.entryAdded") errors.push(textOf(params, "entry", "text"));
    if (method === "Runtime.exceptionThrown")
      errors.push(textOf(params, "exceptionDetails", "text"));
  });
  for (const domain of ["Page", "Network", "Log", "Runtime"]) await say(`${domain}.enable`);
  // What a text of strangers calls if it runs.
  const source = "globalThis.fired = 0; globalThis.fire = () => { globalThis.fired += 1; };";
  await say("Page.addScriptToEvaluateOnNewDocument", { source });
  return {
    seen: { requests, errors },
    open: async (path, { width, theme, policy, scripts }) => {
      await say("Emulation.setDeviceMetricsOverride", {
        ...{ width, height, deviceScaleFactor: 1, mobile: false },
      });
      const features = [{ name: "prefers-color-scheme", value: theme }];
      await say("Emulation.setEmulatedMedia", { features });
      await say("Emulation.setScriptExecutionDisabled", { value: scripts === "off" });
      await say("Page.setBypassCSP", { enabled: policy === "bypassed" });
      const loaded = new Promise<void>((resolve) => {
        const listener = ({ method }: Message) => {
          if (method !== "Page.loadEventFired") return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
      await say("Page.navigate", { url: `file://${path}` });
      await loaded;
    },
    evaluate: async (expression) => {
      const answer = await say("Runtime.evaluate", {
        ...{ expression, awaitPromise: true, returnByValue: true },
      });
      const thrown = memberOf(answer, "exceptionDetails");
      if (thrown !== undefined) throw new Error(JSON.stringify(thrown));
      return memberOf(memberOf(answer, "result"), "value");
    },
    picture: async ({ top, ...size }) => {
      const clip = { x: 0, y: top, ...size, scale: 1 };
      const shot = { format: "webp", quality: 82, captureBeyondViewport: true, clip };
      return textOf(await say("Page.captureScreenshot", shot), "data");
    },
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function textOf(value: unknown, ...names: readonly string[]): string {
  const found = names.reduce(memberOf, value);
  return typeof found === "string" ? found : "";
}
