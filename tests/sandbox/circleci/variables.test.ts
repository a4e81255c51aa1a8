import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { ask, organizationId, projectId, slug } from "./ask.ts";

let sandbox: Sandbox;
let context: string;
beforeEach(async () => {
  sandbox = await startSandbox({ now: new Date("2026-11-26T10:00:00Z") });
  sandbox.circleci.createProject({ slug, id: projectId, organizationId });
  context = sandbox.circleci.createContext({ name: "deploy", organizationId });
});
afterEach(() => sandbox.close());

describe("a project's variables", () => {
  const path = `/v2/project/${slug}/envvar`;
  const set = (name: string, value: string) =>
    ask(sandbox, path, { method: "POST", body: { name, value } });

  it("are created, overwritten, read and deleted, and always masked", async () => {
    expect(await set("AWS_REGION", "us-east-1")).toMatchObject({
      status: 201,
      body: { name: "AWS_REGION", value: "xxxxst-1" },
    });
    await set("AWS_REGION", "eu-west-3");
    const one = await ask(sandbox, `${path}/AWS_REGION`);
    expect(one.body).toMatchObject({ name: "AWS_REGION", value: "xxxxst-3" });
    expect(sandbox.circleci.variablesOf(slug)).toEqual({ AWS_REGION: "eu-west-3" });
    const deleted = await ask(sandbox, `${path}/AWS_REGION`, { method: "DELETE" });
    expect(deleted).toMatchObject({
      status: 200,
      body: { message: "Environment variable deleted." },
    });
    expect((await ask(sandbox, path)).body).toEqual({ items: [], next_page_token: null });
  });

  it.each([
    ["", "xxxx"],
    ["a", "xxxx"],
    ["ab", "xxxxb"],
    ["abcdefg", "xxxxefg"],
    ["abcdefgh", "xxxxefgh"],
  ])("show never more than half: %j as %j", async (value, masked) => {
    expect((await set("A", value)).body).toMatchObject({ value: masked });
  });

  it("are found under the long name and the escaped slashes of the slug", async () => {
    for (const other of ["github/acme/shop", "gh%2Facme%2Fshop"]) {
      expect((await ask(sandbox, `/v2/project/${other}/envvar`)).status).toBe(200);
    }
  });

  it.each([
    ["1A", "x"],
    ["A-B", "x"],
    ["A", "x".repeat(32_769)],
  ])("refuse a name or a value that CircleCI does not take: %.10s", async (name, value) => {
    expect((await set(name, value)).status).toBe(400);
  });

  it("come in pages, the shortest that may be sent too", async () => {
    for (const name of ["A", "B", "C", "D", "E"]) await set(name, "value");
    sandbox.setPaging("short-pages");
    const seen: unknown[] = [];
    let token: unknown = "";
    for (let page = 0; page < 10 && token !== null; page += 1) {
      const { body } = await ask(
        sandbox,
        `${path}?page-token=${encodeURIComponent(String(token))}`,
      );
      const { items, next_page_token } = Object(body);
      seen.push(...items);
      token = next_page_token;
    }
    expect(token).toBe(null);
    expect(seen).toMatchObject(["A", "B", "C", "D", "E"].map((name) => ({ name })));
    expect((await ask(sandbox, `${path}?page-token=made-up`)).status).toBe(400);
  });
});

describe("a context's variables", () => {
  const path = () => `/v2/context/${context}/environment-variable`;

  it("are put, listed with their end alone, and deleted", async () => {
    const put = await ask(sandbox, `${path()}/AWS_REGION`, {
      method: "PUT",
      body: { value: "us-east-1" },
    });
    expect(put.body).toEqual({
      variable: "AWS_REGION",
      context_id: context,
      created_at: expect.stringMatching(/^2026-11-26T10:00/),
      updated_at: expect.stringMatching(/^2026-11-26T10:00/),
    });
    sandbox.clock.advance(3_600_000);
    await ask(sandbox, `${path()}/AWS_REGION`, { method: "PUT", body: { value: "us-east-2" } });
    expect((await ask(sandbox, path())).body).toMatchObject({
      items: [
        {
          variable: "AWS_REGION",
          truncated_value: "st-2",
          created_at: expect.stringMatching(/T10:00/),
          updated_at: expect.stringMatching(/T11:00/),
        },
      ],
      next_page_token: null,
    });
    await ask(sandbox, `${path()}/AWS_REGION`, { method: "DELETE" });
    expect(sandbox.circleci.variablesOf(context)).toEqual({});
  });

  it("are empty where the request has no value", async () => {
    await ask(sandbox, `${path()}/A`, { method: "PUT", body: { text: "x" } });
    expect(sandbox.circleci.variablesOf(context)).toEqual({ A: "" });
  });

  it("are at most a hundred", async () => {
    const full = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`A${at}`, "x"]));
    context = sandbox.circleci.createContext({ name: "full", organizationId, variables: full });
    const put = (name: string) =>
      ask(sandbox, `${path()}/${name}`, { method: "PUT", body: { value: "y" } });
    expect((await put("ONE_MORE")).status).toBe(400);
    expect((await put("A1")).status).toBe(200);
  });
});
