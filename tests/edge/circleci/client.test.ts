import { describe, expect, test } from "vitest";
import { readSwitchesById } from "../../../shared/edge/circleci/settings.ts";
import {
  compareVariables,
  deleteVariable,
  setVariable,
} from "../../../shared/edge/circleci/variables.ts";
import type { VariableTarget } from "../../../shared/projects/index.ts";
import { serverThat } from "../servers.ts";
import {
  client,
  context,
  eachInItsOwnSandbox,
  failureOf,
  organizationId,
  projectId,
  sandbox,
  slug,
  waits,
} from "./sandboxed.ts";

eachInItsOwnSandbox();

const project: VariableTarget = { kind: "project", id: slug };
const targets = (): readonly VariableTarget[] => [project, { kind: "context", id: context }];
const listing = ({ operation }: { readonly operation: string }) => operation.startsWith("List");

const compare = (of = client(), target: VariableTarget = project) =>
  compareVariables(of, target, { AWS_REGION: "us-east-1" }, ["AWS_ACCESS_KEY_ID"]);

describe("variables", () => {
  test("are set, compared and deleted, in a project and in a context", async () => {
    for (const target of targets()) {
      expect(await compare(client(), target)).toEqual(new Map());
      await setVariable(client(), target, "AWS_REGION", "us-east-1");
      await setVariable(client(), target, "AWS_ACCESS_KEY_ID", "AKIA");
      await setVariable(client(), target, "OTHER", "value");
      expect(await compare(client(), target)).toEqual(
        new Map([
          ["AWS_ACCESS_KEY_ID", "present"],
          ["AWS_REGION", "unsure"],
        ]),
      );
      await setVariable(client(), target, "AWS_REGION", "eu-west-3");
      expect((await compare(client(), target)).get("AWS_REGION")).toBe("differs");
      await deleteVariable(client(), target, "AWS_REGION");
      // As where the answer to the first was lost.
      await deleteVariable(client(), target, "AWS_REGION");
      expect(sandbox.circleci.variablesOf(target.id)).toEqual({
        AWS_ACCESS_KEY_ID: "AKIA",
        OTHER: "value",
      });
    }
  });

  test("are read from all pages, also short and empty ones", async () => {
    const variables = Object.fromEntries(
      [..."ABCDEFGH"].map((letter) => [`AWS_${letter}`, "us-east-1"]),
    );
    sandbox.circleci.createProject({ slug, organizationId, variables });
    const full = sandbox.circleci.createContext({ name: "full", organizationId, variables });
    sandbox.setPaging("short-pages");
    for (const target of [project, { kind: "context", id: full } as const]) {
      const found = await compareVariables(client(), target, variables, []);
      expect([...found.keys()].toSorted()).toEqual(Object.keys(variables));
    }
  });

  test("of which nothing is shown are unseen, and of which the end is empty are not", async () => {
    for (const [more, expected] of [
      [{}, "unseen"],
      [{ value: null }, "unseen"],
      [{ value: "" }, "differs"],
    ] as const) {
      const body = JSON.stringify({ items: [{ name: "AWS_REGION", ...more }] });
      const how = { error: "Old", httpStatus: 200, body };
      sandbox.faults.add({ when: listing, at: "before", how, times: 1 });
      expect((await compare()).get("AWS_REGION")).toBe(expected);
    }
  });

  test("of which one of two values is not shown are unseen", async () => {
    const items = [{ value: "xxxxst-1" }, {}].map((more) => ({ name: "AWS_REGION", ...more }));
    for (const each of [items, items.toReversed()]) {
      const how = { error: "Twice", httpStatus: 200, body: JSON.stringify({ items: each }) };
      sandbox.faults.add({ when: listing, at: "before", how, times: 1 });
      expect((await compare()).get("AWS_REGION")).toBe("unseen");
    }
  });

  test.each([
    ["a sign-in page", 200, "<html>"],
    ["a word", 200, "ok"],
    ["a number", 200, "5"],
    ["nothing of JSON", 200, "null"],
    ["an error", 200, '{"message":"You may not write","error":true}'],
    ["an error in words", 200, '{"error":"no"}'],
    ["the promise to do it later", 202, "{}"],
    ["another variable", 201, '{"name":"B","variable":"B"}'],
    ["another place", 200, '{"name":7,"context_id":"99999999-dddd-4eee-8fff-000000000000"}'],
  ])("are not known to be written where the answer is %s", async (_, httpStatus, body) => {
    const how = { error: "Odd", httpStatus, body };
    sandbox.faults.add({ when: ({ mutating }) => mutating, at: "before", how });
    for (const target of targets()) {
      const { failed } = await failureOf(setVariable(client(), target, "A", "b"));
      expect(failed.code).toBe("CircleciAnswerUnreadable");
    }
    expect(waits).toEqual([]);
  });

  test("are written where CircleCI says nothing about it, or that it is done", async () => {
    for (const [httpStatus, body] of [
      [204, ""],
      [200, ""],
      [200, '{"message":"ok","error":null}'],
      [201, '{"message":"ok"}'],
      [201, '{"name":"A","variable":"A","value":"x"}'],
    ] as const) {
      const how = { error: "Words", httpStatus, body };
      sandbox.faults.add({ when: ({ mutating }) => mutating, at: "after", how, times: 2 });
      await setVariable(client(), project, "A", "b");
      await deleteVariable(client(), project, "A");
    }
  });

  test.each([
    [["xxxxst-1", "xxxxst-3"], "differs"],
    [["xxxxst-3", "xxxxst-1"], "differs"],
    [["us-east-1", "xxxxst-1"], "unsure"],
    [["xxxxst-1", "us-east-1"], "unsure"],
  ])("of a name that is listed twice, %j, compare as the worse one", async (values, expected) => {
    const items = values.map((value) => ({ name: "AWS_REGION", value }));
    const how = { error: "Twice", httpStatus: 200, body: JSON.stringify({ items }) };
    sandbox.faults.add({ when: listing, at: "before", how });
    expect((await compare()).get("AWS_REGION")).toBe(expected);
  });

  test("of a name that every object has are not taken for stored ones", async () => {
    await setVariable(client(), project, "constructor", "x");
    expect(await compare()).toEqual(new Map());
  });
});

describe("a busy CircleCI", () => {
  const busy = { error: "Throttled", httpStatus: 429 };

  test.each([
    ["seconds", "7", [7000]],
    ["a date", "Thu, 26 Nov 2026 10:00:09 GMT", [9000]],
    ["nothing", undefined, [1000]],
    ["nonsense", "soon", [1000]],
    ["a fraction", "1.5", [1500]],
    ["less than nothing", "-5", [1000]],
  ])("is waited for as Retry-After asks: %s", async (_, header, expected) => {
    sandbox.clock.set(new Date("2026-11-26T10:00:00.000Z"));
    const headers = header === undefined ? {} : { "retry-after": header };
    sandbox.faults.add({ when: listing, at: "before", how: { ...busy, headers }, times: 1 });
    // The clock moves on while the request is under way.
    const now = () => new Date("2026-11-26T10:00:00.000Z");
    expect(await compare(client({ now }))).toEqual(new Map());
    expect(waits).toEqual(expected);
  });

  test("is waited for by its own rates", async () => {
    sandbox.setRates([{ service: "circleci", operations: "reads", perSecond: 1, burst: 1 }]);
    await compare();
    await compare();
    expect(waits).toEqual([1000]);
  });

  test("is tried five times, longer and longer, and then given up", async () => {
    sandbox.faults.add({ when: listing, at: "before", how: busy });
    const { failed, message } = await failureOf(compare());
    expect(failed).toMatchObject({ code: "CircleciThrottled", status: 429 });
    expect(message).toContain("GET project/gh/acme/shop/envvar (HTTP 429)");
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  test.each([
    ["3600", 3600],
    ["1000000000", 1_000_000_000],
    ["9".repeat(400), 9_007_199_254_741],
  ])(
    "that asks for more than two minutes is left to the person at once: %.12s",
    async (header, seconds) => {
      const how = { ...busy, headers: { "retry-after": header } };
      sandbox.faults.add({ when: listing, at: "before", how });
      const { message } = await failureOf(compare());
      expect(message).toContain(`it asks to come again in ${seconds} seconds`);
      expect(waits).toEqual([]);
    },
  );

  test("is no longer waited for after Ctrl-C", async () => {
    const pressed = new AbortController();
    sandbox.faults.add({ when: listing, at: "before", how: busy });
    const of = client({ interrupted: pressed.signal, wait: async () => pressed.abort() });
    expect((await failureOf(compare(of))).failed.code).toBe("Interrupted");
    expect(sandbox.calls).toHaveLength(1);
  });
});

describe("Ctrl-C", () => {
  test("ends a read at once", async () => {
    const pressed = new AbortController();
    sandbox.faults.add({ when: listing, at: "before", how: "no-response" });
    const limits = { tryMs: 600_000 };
    const call = failureOf(compare(client({ interrupted: pressed.signal, limits })));
    pressed.abort();
    expect((await call).failed.code).toBe("Interrupted");
  });

  test("lets a write that is under way end, and is not followed by another try", async () => {
    const pressed = new AbortController();
    const of = client({ interrupted: pressed.signal });
    const when = ({ mutating }: { readonly mutating: boolean }) => {
      if (mutating) pressed.abort();
      return mutating;
    };
    sandbox.faults.add({ when, at: "before", how: { delayMs: 5 }, times: 1 });
    await setVariable(of, project, "A", "b");
    expect(sandbox.circleci.variablesOf(slug)).toEqual({ A: "b" });
    sandbox.faults.add({ when, at: "before", how: { error: "Down", httpStatus: 503 } });
    const { failed } = await failureOf(setVariable(of, project, "B", "c"));
    expect(failed.code).toBe("Interrupted");
    expect(sandbox.calls).toHaveLength(2);
  });
});

describe("a CircleCI that fails", () => {
  test.each([
    [{ error: "Down", httpStatus: 503 }, "CircleciUnavailable", 503, 4],
    ["connection-reset", "CircleciUnavailable", null, 2],
    [{ error: "Wrong", httpStatus: 400 }, "CircleciRefused", 400, 0],
    [{ error: "Denied", httpStatus: 403 }, "AccessDenied", 403, 0],
    [{ error: "Gone", httpStatus: 404 }, "CircleciNotFound", 404, 0],
    [{ error: "No", httpStatus: 401 }, "LoginExpired", 401, 0],
    [{ error: "Html", httpStatus: 200, body: "<html>" }, "CircleciAnswerUnreadable", null, 0],
    [{ error: "List", httpStatus: 200, body: "[]" }, "CircleciAnswerUnreadable", null, 0],
    [
      { error: "Item", httpStatus: 200, body: '{"items":[{"name":1}]}' },
      "CircleciAnswerUnreadable",
      null,
      0,
    ],
    [
      { error: "Endless", httpStatus: 200, body: '{"items":[],"next_page_token":"again"}' },
      "CircleciAnswerUnreadable",
      null,
      0,
    ],
  ] as const)("with %j ends as %s", async (how, code, status, waited) => {
    sandbox.faults.add({ when: listing, at: "before", how });
    const { failed } = await failureOf(compare());
    expect(failed).toMatchObject({ code, status });
    expect(waits).toHaveLength(waited);
  });

  test("once is asked again, and a write is there once", async () => {
    const writing = ({ mutating }: { readonly mutating: boolean }) => mutating;
    sandbox.faults.add({ when: writing, at: "after", how: "connection-reset", times: 1 });
    await setVariable(client(), project, "A", "b");
    expect(sandbox.circleci.variablesOf(slug)).toEqual({ A: "b" });
    expect(sandbox.calls).toHaveLength(2);
  });

  test("to answer in time is left", async () => {
    sandbox.faults.add({ when: listing, at: "before", how: "no-response" });
    const { failed } = await failureOf(compare(client({ limits: { tryMs: 30, tries: 2 } })));
    expect(failed).toMatchObject({ code: "CircleciUnavailable", detail: "no answer in time" });
  });

  test("to end its pages is left before they fill the memory", async () => {
    let pages = 0;
    const items = Array.from({ length: 4000 }, (_, at) => ({ name: `N${at}`, value: "xxxx" }));
    const paging = await serverThat((_, __, response) => {
      pages += 1;
      response.end(JSON.stringify({ items, next_page_token: `page-${pages}` }));
    });
    const { failed } = await failureOf(compare(client({ base: paging.endpoint })));
    expect(failed).toMatchObject({
      code: "CircleciAnswerUnreadable",
      detail: "it has more than 10000 items",
    });
    expect(pages).toBe(3);
    await paging.close();
  });

  test("to end its answer is left", async () => {
    const endless = await serverThat((_, __, response) => {
      const more = () => {
        if (!response.destroyed) response.write("x".repeat(100_000), more);
      };
      more();
    });
    const { failed } = await failureOf(compare(client({ base: endless.endpoint })));
    expect(failed.code).toBe("CircleciAnswerUnreadable");
    await endless.close();
  });

  test("with megabytes of brackets, each of which takes memory, is left unread", async () => {
    const deep = await serverThat((_, __, response) => response.end("[".repeat(2 * 1024 * 1024)));
    const { failed } = await failureOf(compare(client({ base: deep.endpoint })));
    expect(failed.detail).toBe("it is longer than any answer should be");
    await deep.close();
  });

  test("that leads to another host gets no second request, and the token stays here", async () => {
    const asked: string[] = [];
    const other = await serverThat((_, request, response) => {
      asked.push(request.headers.authorization ?? "");
      response.end("{}");
    });
    const { port } = new URL(other.endpoint);
    const headers = { location: `http://localhost:${port}/api` };
    const how = { error: "Moved", httpStatus: 307, headers, body: "" };
    sandbox.faults.add({ when: listing, at: "before", how });
    const { failed } = await failureOf(compare());
    expect(failed).toMatchObject({ code: "CircleciRefused", status: 307 });
    expect(failed.detail).toContain(`localhost:${port}`);
    expect(asked).toEqual([]);
    await other.close();
  });
});

describe("an error", () => {
  test.each([
    [400, { message: "xxxxabcd is stored" }],
    [400, { error: "xxxxabcd is stored" }],
    [400, { error: { title: "xxxxabcd", detail: "is stored" } }],
    [429, { message: "xxxxabcd is stored" }],
    [503, { message: "xxxxabcd is stored" }],
  ])("about variables repeats nothing that CircleCI said: %i %j", async (httpStatus, body) => {
    const how = { error: "Bad", httpStatus, body: JSON.stringify(body) };
    sandbox.faults.add({ when: () => true, at: "before", how });
    for (const call of [
      () => compare(),
      () => setVariable(client(), project, "A", "b"),
      () => setVariable(client(), { kind: "context", id: context }, "A", "b"),
      () => deleteVariable(client(), project, "A"),
    ]) {
      const { message } = await failureOf(call());
      expect(message).not.toMatch(/stored|abcd/);
      expect(message).not.toContain(sandbox.circleci.token);
    }
  });

  test.each([
    ['{"message":"Permission denied."}', "Permission denied"],
    ['{"error":"busy"}', "busy"],
    ['{"error":{"title":"Forbidden","detail":"Not a member"}}', "Not a member"],
    ['{"error":{"title":"Forbidden"}}', "Forbidden"],
    [`{"message":"a\\u001b[31mb${"c".repeat(300)}"}`, "\\u001b[31mb"],
  ])("about settings says what CircleCI said, in each shape: %.60s", async (body, said) => {
    const when = ({ operation }: { readonly operation: string }) => /Settings/.test(operation);
    sandbox.faults.add({ when, at: "before", how: { error: "No", httpStatus: 403, body } });
    const { faults } = await readSwitchesById(client(), projectId);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(said);
    expect(faults[0]?.length).toBeLessThan(400);
    expect(faults[0]).not.toContain("\u001b");
  });

  test.each([
    ["whole", (token: string) => `no: Bearer ${token}`],
    ["cut off by the length of a message", (token: string) => `${"y".repeat(190)} ${token}`],
    ["in capitals", (token: string) => token.toUpperCase()],
    ["with blanks", (token: string) => [...token].join(" ")],
    ["without its ends", (token: string) => `bad ${token.slice(7, -3)}`],
    ["with marks that nobody sees", (token: string) => [...token].join("\u200b")],
    ["in Base64", (token: string) => Buffer.from(token).toString("base64")],
    ["in Base64, behind a name", (token: string) => Buffer.from(`u:${token}`).toString("base64")],
    ["in digits", (token: string) => Buffer.from(token).toString("hex")],
  ])("that repeats the token %s says nothing of it", async (_, messageOf) => {
    const token = sandbox.circleci.createToken("personal");
    const body = JSON.stringify({ message: messageOf(token) });
    const when = ({ operation }: { readonly operation: string }) => /Settings/.test(operation);
    sandbox.faults.add({ when, at: "before", how: { error: "No", httpStatus: 403, body } });
    const { faults } = await readSwitchesById(client({ token }), projectId);
    expect(faults).toEqual([
      `CircleCI does not allow GET projects/${projectId}/settings (HTTP 403)`,
    ]);
  });

  test("of an answer that leads to a host with the token's name does not name it", async () => {
    const token = sandbox.circleci.createToken("personal").replaceAll("_", "-");
    const headers = { location: `https://${token}.example/` };
    const how = { error: "Moved", httpStatus: 302, headers, body: "" };
    sandbox.faults.add({ when: listing, at: "before", how });
    const { message } = await failureOf(compare(client({ token })));
    expect(message).toBe("CircleCI refused GET project/gh/acme/shop/envvar (HTTP 302)");
  });

  test("of a connection that cannot be made names no header", async () => {
    const { message } = await failureOf(compare(client({ base: "http://127.0.0.1:9" })));
    expect(message).toMatch(/did not answer GET project.*: [A-Za-z_ ]+$/);
    expect(message).not.toContain(sandbox.circleci.token);
  });
});

test("hostile names stay within their part of the path", async () => {
  const hostile: VariableTarget = { kind: "project", id: "gh/acme/a?b=c#d" };
  await failureOf(compare(client(), hostile));
  await failureOf(setVariable(client(), { kind: "context", id: context }, "a/../b", "x"));
  expect(sandbox.calls.map(({ input }) => input)).toMatchObject([
    { provider: "gh", organization: "acme", project: "a?b=c#d" },
    { id: context, name: "a/../b" },
  ]);
});
