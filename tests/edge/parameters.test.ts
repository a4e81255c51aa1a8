import { LabelParameterVersionCommand } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { type Clients, makeClients } from "../../shared/edge/clients.ts";
import {
  keyOf,
  readHistory,
  readLabelled,
  readNamed,
  readParameters,
  readVersions,
  writeParameter,
} from "../../shared/edge/parameters.ts";
import type { Time } from "../../shared/edge/time.ts";

const atTheHour = /^2026-11-22T10:00:\d\d\.\d{3}Z$/;

let sandbox: Sandbox;
let clients: Clients;
let slept: number[];

beforeEach(async () => {
  sandbox = await startSandbox({ now: new Date("2026-11-22T10:00:00.123Z") });
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  slept = [];
  const time: Time = {
    now: () => 0,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
  clients = makeClients(sandbox.region, {}, time);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
});

function callsTo(operation: string): number {
  return sandbox.calls.filter((call) => call.operation === operation).length;
}

describe("a read", () => {
  test("says when each version was put", async () => {
    await writeParameter(clients, "/p/one", "first");
    const one = { name: "/p/one", version: 1, value: "first", type: "String" };
    const expected = { ...one, modifiedAt: expect.stringMatching(atTheHour) };
    const [listed] = await readParameters(clients, "/p");
    expect(listed).toMatchObject(expected);
    const [historic] = await readHistory(clients, "/p/one");
    expect(historic?.modifiedAt).toBe(listed?.modifiedAt);
    expect((await readNamed(clients, ["/p/one"])).get("/p/one")).toMatchObject(expected);
    expect((await readVersions(clients, [one])).get(keyOf(one))).toMatchObject(expected);
  });

  test("of a path goes below it, or stays on its level", async () => {
    await writeParameter(clients, "/p/one", "1");
    await writeParameter(clients, "/p/below/two", "2");
    const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name);
    expect(names(await readParameters(clients, "/p"))).toEqual(["/p/below/two", "/p/one"]);
    expect(names(await readParameters(clients, "/p", { recursive: false }))).toEqual(["/p/one"]);
  });

  test("by name asks for ten at a time, for each once, and leaves out what is not there", async () => {
    const names = Array.from({ length: 21 }, (_, index) => `/p/${index}`);
    for (const name of names) await writeParameter(clients, name, `value of ${name}`);
    const found = await readNamed(clients, [...names, "/p/0", "/p/missing"]);
    expect([...found.keys()].toSorted()).toEqual(names.toSorted());
    expect(found.get("/p/20")?.value).toBe("value of /p/20");
    expect(callsTo("GetParameters")).toBe(3);
  });

  const leavesOut = (names: readonly string[], times: number) =>
    sandbox.faults.add({
      when: ({ operation }) => operation === "GetParameters",
      at: "after",
      times,
      how: {
        garbled: (answer) => {
          const { Parameters = [], InvalidParameters = [] } = JSON.parse(answer.body);
          const kept = Parameters.filter(({ Name }: { Name: string }) => !names.includes(Name));
          return { ...answer, body: JSON.stringify({ Parameters: kept, InvalidParameters }) };
        },
      },
    });

  test.each([[["/p/one"]], [["/p/one", "/p/two"]]])(
    "asks by itself for each name of which an answer says nothing: %j",
    async (names) => {
      await writeParameter(clients, "/p/one", "1");
      await writeParameter(clients, "/p/two", "2");
      leavesOut(names, 1);
      const found = await readNamed(clients, ["/p/one", "/p/missing", "/p/two"]);
      expect([...found.keys()].toSorted()).toEqual(["/p/one", "/p/two"]);
      expect(callsTo("GetParameters")).toBe(1 + names.length);
    },
  );

  test("takes a name of which no answer says anything for no answer", async () => {
    await writeParameter(clients, "/p/one", "1");
    leavesOut(["/p/one"], 3);
    await expect(readNamed(clients, ["/p/one", "/p/missing"])).rejects.toThrow(TypeError);
  });

  test.each(["/p/one:approved", "/p/one", "approved"])(
    "understands a label that is not there, listed as %s",
    async (listed) => {
      await writeParameter(clients, "/p/one", "1");
      sandbox.faults.add({
        when: ({ operation }) => operation === "GetParameters",
        at: "after",
        how: {
          garbled: (answer) => ({
            ...answer,
            body: JSON.stringify({ Parameters: [], InvalidParameters: [listed] }),
          }),
        },
      });
      expect((await readLabelled(clients, ["/p/one"], "approved")).size).toBe(0);
      expect((await readLabelled(clients, ["/p/one", "/p/two"], "approved")).size).toBe(0);
    },
  );

  test("by no name asks nothing", async () => {
    expect((await readNamed(clients, [])).size).toBe(0);
    expect(sandbox.calls).toEqual([]);
  });

  test("by label gives the version that carries it", async () => {
    await writeParameter(clients, "/p/one", "first");
    await writeParameter(clients, "/p/one", "second");
    await writeParameter(clients, "/p/two", "other");
    const label = { Name: "/p/one", ParameterVersion: 1, Labels: ["approved"] };
    await clients.ssm.send(new LabelParameterVersionCommand(label));
    const found = await readLabelled(clients, ["/p/one", "/p/two"], "approved");
    expect([...found.values()]).toMatchObject([{ name: "/p/one", version: 1, value: "first" }]);
  });

  test("of a history gives every kept version, the newest first, over all pages", async () => {
    for (let version = 1; version <= 60; version += 1) {
      await writeParameter(clients, "/p/one", `text ${version}`);
    }
    const label = { Name: "/p/one", ParameterVersion: 7, Labels: ["approved"] };
    await clients.ssm.send(new LabelParameterVersionCommand(label));
    const history = await readHistory(clients, "/p/one");
    expect(history.map(({ version }) => version)).toEqual(
      Array.from({ length: 60 }, (_, index) => 60 - index),
    );
    expect(history.find(({ version }) => version === 7)).toEqual({
      version: 7,
      value: "text 7",
      by: "arn:aws:iam::123456789012:user/administrator",
      type: "String",
      modifiedAt: expect.stringMatching(atTheHour),
      labels: ["approved"],
    });
    expect(callsTo("GetParameterHistory")).toBe(2);
  });
});

describe("a write", () => {
  test("gives the version that it made", async () => {
    expect(await writeParameter(clients, "/p/one", "first")).toBe(1);
    expect(await writeParameter(clients, "/p/one", "second")).toBe(2);
  });

  test("takes more than four kilobytes where it may make the parameter advanced", async () => {
    const long = "x".repeat(5_000);
    await expect(writeParameter(clients, "/p/one", long)).rejects.toThrow();
    expect(await writeParameter(clients, "/p/one", long, { tier: "Intelligent-Tiering" })).toBe(1);
  });

  test("waits for its turn from the eleventh on", async () => {
    for (let nth = 1; nth <= 13; nth += 1) await writeParameter(clients, "/p/one", `${nth}`);
    expect(slept).toEqual([500, 1000, 1500]);
  });
});
