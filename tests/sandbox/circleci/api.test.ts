import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { type Asked, ask, ofToken, organizationId, projectId, slug } from "./ask.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.circleci.createProject({ slug, id: projectId, organizationId });
});
afterEach(() => sandbox.close());

const by = (token: string): Asked => ({ headers: ofToken(token) });
const variables = `/v2/project/${slug}/envvar`;
const settings = `/v3/projects/${projectId}/settings`;

describe("a token of CircleCI's API", () => {
  const asBearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const asOwnHeader = (token: string) => ({ "Circle-Token": token });
  const asName = (token: string) => ({
    authorization: `Basic ${Buffer.from(`${token}:`).toString("base64")}`,
  });

  it.each([
    ["v2", "Circle-Token", variables, asOwnHeader, 200],
    ["v2", "HTTP Basic", variables, asName, 200],
    ["v2", "Bearer", variables, asBearer, 401],
    ["v3", "Bearer", settings, asBearer, 200],
    ["v3", "Circle-Token", settings, asOwnHeader, 401],
  ])("in %s as %s: %#", async (_, __, path, headers, status) => {
    const { CIRCLE_TOKEN = "" } = sandbox.environment;
    expect((await ask(sandbox, path, { headers: headers(CIRCLE_TOKEN) })).status).toBe(status);
  });

  it.each([
    ["none", () => ({ headers: {} })],
    ["one that nobody made", () => by("CCIPAT_made_up")],
    ["a project's", () => by(sandbox.circleci.createToken("project"))],
  ])("is refused: %s", async (_, asked) => {
    expect(await ask(sandbox, variables, asked())).toMatchObject({
      status: 401,
      body: { message: "You must log in first." },
    });
  });

  it("that may only read cannot write", async () => {
    const asked = by(sandbox.circleci.createToken("personal-read-only"));
    expect((await ask(sandbox, variables, asked)).status).toBe(200);
    const write = { ...asked, method: "POST", body: { name: "A", value: "b" } };
    expect(await ask(sandbox, variables, write)).toMatchObject({
      status: 403,
      body: { message: "Permission denied." },
    });
  });
});

describe("an error", () => {
  it.each([
    ["/v2/project/gh/acme/other/envvar", 404, { message: "Project not found." }],
    [`${variables}/NONE`, 404, { message: "Environment variable not found." }],
    // CircleCI does not say whether a context exists.
    [`/v2/context/${projectId}`, 403, { message: "Forbidden" }],
    ["/v2/nothing", 404, { message: "Not found." }],
    ["/v2/context", 400, { message: "Specify owner-id or owner-slug." }],
    [
      `/v2/context?owner-id=${organizationId}&owner-type=account`,
      400,
      { message: expect.any(String) },
    ],
    [`/v3/projects/${organizationId}/settings`, 404, { error: { detail: "Project not found." } }],
  ])("of %s is %i", async (path, status, body) => {
    expect(await ask(sandbox, path)).toMatchObject({ status, body });
  });

  it("comes of a body that is not JSON", async () => {
    const response = await fetch(`${sandbox.endpoint}/circleci/api${variables}`, {
      method: "POST",
      headers: ofToken(sandbox.circleci.token),
      body: "{",
    });
    expect(response.status).toBe(400);
  });
});

describe("what a test can do", () => {
  const listing = (call: { readonly operation: string }) =>
    call.operation === "ListProjectVariables";

  it("records calls between those of AWS, without a token", async () => {
    await ask(sandbox, variables);
    expect(sandbox.calls).toMatchObject([
      {
        service: "circleci",
        operation: "ListProjectVariables",
        caller: "circleci:personal",
        error: null,
        happened: true,
        mutating: false,
      },
    ]);
    expect(JSON.stringify(sandbox.calls)).not.toContain(sandbox.circleci.token);
  });

  it.each([
    ["the message's shape", {}, { message: "busy" }],
    ["another body", { body: '{"error":"busy"}' }, { error: "busy" }],
    ["a page of a proxy", { body: "<html>" }, "<html>"],
  ])("makes a call fail with %s and a header", async (_, more, body) => {
    const how = { error: "Throttled", httpStatus: 429, message: "busy", ...more };
    const headers = { "retry-after": "7" };
    sandbox.faults.add({ when: listing, at: "before", how: { ...how, headers }, times: 1 });
    const failed = await ask(sandbox, variables);
    expect(failed).toMatchObject({ status: 429, body });
    expect(failed.headers.get("retry-after")).toBe("7");
    expect(sandbox.calls[0]).toMatchObject({ error: "Throttled", happened: false });
    expect((await ask(sandbox, variables)).status).toBe(200);
  });

  it("loses the answer to a write that was done", async () => {
    sandbox.faults.add({ when: ({ mutating }) => mutating, at: "after", how: "connection-reset" });
    const write = { method: "POST", body: { name: "A", value: "b" } };
    await expect(ask(sandbox, variables, write)).rejects.toThrow();
    expect(sandbox.circleci.variablesOf(slug)).toEqual({ A: "b" });
    expect(sandbox.calls[0]).toMatchObject({ error: "connection-reset", happened: true });
  });

  it("sets rates, and says when to come again", async () => {
    sandbox.setRates([{ service: "circleci", operations: "reads", perSecond: 1, burst: 1 }]);
    expect((await ask(sandbox, variables)).status).toBe(200);
    const throttled = await ask(sandbox, variables);
    expect(throttled).toMatchObject({ status: 429, body: { message: "Too many requests." } });
    expect(throttled.headers.get("retry-after")).toBe("1");
    sandbox.clock.advance(1000);
    expect((await ask(sandbox, variables)).status).toBe(200);
  });
});
