import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import {
  bundleBytes,
  bundleFunction,
  functionBytesMax,
  functionNames,
  loadedAtOnce,
} from "../../scripts/bundle.ts";

const kilobyte = 1024;
const metafiles = new Map<string, Metafile>();
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bundles-"));
  for (const name of functionNames) metafiles.set(name, await bundleFunction(name, folder));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function metafileOf(name: string): Metafile {
  const metafile = metafiles.get(name);
  if (metafile === undefined) throw new Error(`There is no bundle of ${name}.`);
  return metafile;
}

/** What a function's bundle answers to a run by hand, by default one that writes nothing. */
async function answerOf(
  name: string,
  sandbox: Sandbox,
  event: object = { dryRun: true },
): Promise<unknown> {
  const variables = { ...sandbox.environment, POWERTOOLS_LOG_LEVEL: "SILENT" };
  for (const [variable, value] of Object.entries(variables)) vi.stubEnv(variable, value);
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "true");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const module: unknown = await import(join(folder, `${name}.mjs`));
  if (typeof module !== "object" || module === null || !("handler" in module)) {
    throw new Error("The bundle has no handler.");
  }
  const { handler } = module;
  if (typeof handler !== "function") throw new Error("The handler is not a function.");
  return handler(event, { functionName: name });
}

async function openSandbox(): Promise<Sandbox> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  return sandbox;
}

describe("the bundles", () => {
  test.each(functionNames)("of %s exports a handler that answers", async (name) => {
    const report = await answerOf(name, await openSandbox());
    expect(report).toMatchObject({ trigger: "manual", environments: [], dryRun: true });
  });

  test.each([
    ["declares", "AccessDeniedException"],
    ["leaves out", "InvalidActivation"],
  ])("name an error of SSM that the client in them %s", async (_, code) => {
    const sandbox = await openSandbox();
    const how = { error: code, httpStatus: 400 };
    sandbox.faults.add({ when: ({ service }) => service === "ssm", at: "before", how });
    const report = await answerOf("reconcile", sandbox);
    expect(report).toMatchObject({ errors: [{ code }] });
  });

  test("of reconcile loads no more at its start than the build allows", () => {
    const { start } = bundleBytes(metafileOf("reconcile"));
    expect(start).toBeGreaterThan(100 * kilobyte);
    expect(start).toBeLessThanOrEqual(functionBytesMax);
  });

  test("load what only alerts and attribution need on demand", () => {
    const later = readdirSync(folder)
      .filter((file) => file.startsWith("reconcile-"))
      .join(" ");
    for (const part of ["sns", "sts", "eventbridge", "cloudtrail", "ecs"])
      expect(later).toContain(part);
    const metafile = metafileOf("reconcile");
    const atOnce = [...loadedAtOnce(metafile)]
      .flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}))
      .join("\n");
    expect(atOnce).not.toMatch(/@aws-sdk\/client-(sns|sts|cloudtrail|ecs|eventbridge)\//);
    expect(atOnce).toMatch(/@aws-sdk\/client-ssm\//);
  });

  test("of audit puts its page into a bucket", async () => {
    const sandbox = await openSandbox();
    await fetch(`${sandbox.endpoint}/shop-reports`, { method: "PUT" });
    vi.stubEnv("OIDC_REPORT_BUCKET", "shop-reports");
    const report = await answerOf("audit", sandbox, {});
    expect(report).toMatchObject({ calls: { "s3:PutObject": 1, "cloudtrail:DescribeTrails": 2 } });
    expect(report).not.toMatchObject({ errors: [{ code: "PageMissing" }] });
  });

  test("of audit loads nothing of the weekly page at its start, and the page has the client of S3", () => {
    const metafile = metafileOf("audit");
    const atOnce = [...loadedAtOnce(metafile)]
      .flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}))
      .join("\n");
    expect(atOnce).not.toMatch(/client-s3|AwsRestXml|shared\/page\//);
    expect(Object.keys(metafile.inputs).join("\n")).toMatch(/client-s3\/.*PutObjectCommand/);
  });

  test("of reconcile holds an engine of under 110 KB", () => {
    // What makes text fit to be shown is among the languages, and decides nothing.
    const engine =
      /^shared\/(language\/(?!visible|without-tokens)|(policy|solve|compare|circleci)\/)/;
    const bytes = Object.values(metafileOf("reconcile").outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([path]) => engine.test(path))
      .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
    expect(bytes).toBeGreaterThan(20 * kilobyte);
    expect(bytes).toBeLessThan(110 * kilobyte);
  });

  test("of reconcile holds nothing of what only explain and the audit decide", () => {
    const inputs = Object.values(metafileOf("reconcile").outputs).flatMap((output) =>
      Object.entries(output.inputs),
    );
    const held = inputs.filter(
      ([path, { bytesInOutput }]) => path.includes("/compare/findings/") && bytesInOutput > 0,
    );
    expect(held).toEqual([]);
  });

  test("carry no chain of credential providers: Lambda hands credentials over", () => {
    const inputs = Object.keys(metafileOf("reconcile").inputs);
    expect(inputs.filter((path) => path.includes("credential-provider-sso"))).toEqual([]);
    expect(inputs.filter((path) => path.includes("credential-provider-env"))).not.toEqual([]);
  });
});
