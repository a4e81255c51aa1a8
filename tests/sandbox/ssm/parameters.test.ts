import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ssm: SSMClient;

beforeAll(async () => {
  sandbox = await startSandbox();
  ssm = new SSMClient(connection(sandbox));
});
afterAll(async () => {
  ssm.destroy();
  await sandbox.close();
});

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", ...more }));
const edit = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true, ...more }));
const get = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter;

describe("a parameter", () => {
  test("is read as it was put, with its ARN, version and date", async () => {
    sandbox.clock.set(new Date("2026-11-22T10:00:00Z"));
    expect(await put("/made/one", "a: 1\n")).toMatchObject({ Version: 1, Tier: "Standard" });
    expect(await get("/made/one")).toMatchObject({
      Name: "/made/one",
      Type: "String",
      Value: "a: 1\n",
      Version: 1,
      ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/made/one",
      DataType: "text",
    });
    const date = (await get("/made/one"))?.LastModifiedDate?.toISOString();
    expect(date?.startsWith("2026-11-22T10:00:0")).toBe(true);
  });

  test("is found by its ARN too", async () => {
    await put("/by/arn", "x");
    const arn = "arn:aws:ssm:us-east-1:123456789012:parameter/by/arn";
    expect(await get(arn)).toMatchObject({ Name: "/by/arn", Value: "x" });
    expect(await get(`${arn}:1`)).toMatchObject({ Selector: ":1" });
  });

  test("is not overwritten unless the call asks for it", async () => {
    await put("/kept", "old");
    await refusal(put("/kept", "new"), "ParameterAlreadyExists");
    expect(await get("/kept")).toMatchObject({ Value: "old", Version: 1 });
    expect(await edit("/kept", "new")).toMatchObject({ Version: 2 });
  });

  test("does not exist in another Region or with another case", async () => {
    await put("/here", "x");
    const elsewhere = new SSMClient(connection(sandbox, { region: "eu-west-1" }));
    await refusal(elsewhere.send(new GetParameterCommand({ Name: "/here" })), "ParameterNotFound");
    await refusal(get("/Here"), "ParameterNotFound");
    elsewhere.destroy();
  });

  test("starts again at version 1 when it is re-created", async () => {
    await put("/again", "1");
    await edit("/again", "2");
    await ssm.send(new DeleteParameterCommand({ Name: "/again" }));
    await refusal(get("/again"), "ParameterNotFound");
    expect(await put("/again", "3")).toMatchObject({ Version: 1 });
    await refusal(get("/again:2"), "ParameterVersionNotFound");
  });

  test("that is a SecureString is readable only with decryption", async () => {
    await put("/secret", "hunter2", { Type: "SecureString" });
    expect((await get("/secret"))?.Value).not.toContain("hunter2");
    const plain = new GetParameterCommand({ Name: "/secret", WithDecryption: true });
    expect((await ssm.send(plain)).Parameter?.Value).toBe("hunter2");
  });
});

describe("a version", () => {
  test("is selected by number, the oldest ones too", async () => {
    await put("/numbered", "one");
    await edit("/numbered", "two");
    expect(await get("/numbered:1")).toMatchObject({ Value: "one", Version: 1, Selector: ":1" });
    expect(await get("/numbered:2")).toMatchObject({ Value: "two" });
    await refusal(get("/numbered:3"), "ParameterVersionNotFound");
    await refusal(get("/numbered:nobody"), "ParameterVersionNotFound");
  });

  test("of several parameters comes in one call, with the names that are missing", async () => {
    await put("/several/a", "one");
    await edit("/several/a", "two");
    const Names = ["/several/a:1", "/several/a", "/several/none", "/several/a:9"];
    const answer = await ssm.send(new GetParametersCommand({ Names }));
    expect(answer.Parameters?.map(({ Value }) => Value)).toEqual(["one", "two"]);
    expect(answer.InvalidParameters).toEqual(["/several/none", "/several/a:9"]);
    const eleven = Array.from({ length: 11 }, (_, i) => `/p${i}`);
    const tooMany = ssm.send(new GetParametersCommand({ Names: eleven }));
    await refusal(tooMany, "ValidationException");
  });

  test("is one of the newest hundred, with the oldest first in the history", async () => {
    await put("/hundred", "v1");
    for (let i = 2; i <= 101; i += 1) await edit("/hundred", `v${i}`);
    await refusal(get("/hundred:1"), "ParameterVersionNotFound");
    expect(await get("/hundred:2")).toMatchObject({ Value: "v2" });
    const first = await ssm.send(new GetParameterHistoryCommand({ Name: "/hundred" }));
    expect(first.Parameters).toHaveLength(50);
    expect(first.Parameters?.[0]).toMatchObject({ Version: 2, Value: "v2", Labels: [] });
    const rest = await ssm.send(
      new GetParameterHistoryCommand({ Name: "/hundred", NextToken: first.NextToken }),
    );
    expect(rest.Parameters?.map(({ Version }) => Version)).toEqual(
      Array.from({ length: 50 }, (_, i) => 52 + i),
    );
    expect(rest.NextToken).toBeUndefined();
  });
});

describe("a value", () => {
  test("has at most 4096 bytes in the standard tier and 8192 in the advanced one", async () => {
    await put("/size/fits", "x".repeat(4096));
    await refusal(put("/size/large", "x".repeat(4097)), "ValidationException");
    await refusal(put("/size/bytes", "é".repeat(2049)), "ValidationException");
    await put("/size/advanced", "x".repeat(8192), { Tier: "Advanced" });
    await refusal(put("/size/xl", "x".repeat(8193), { Tier: "Advanced" }), "ValidationException");
    const tiered = await put("/size/auto", "x".repeat(5000), { Tier: "Intelligent-Tiering" });
    expect(tiered.Tier).toBe("Advanced");
  });

  test("may make a standard parameter advanced, but not the reverse", async () => {
    await put("/tier", "x");
    expect(await edit("/tier", "y", { Tier: "Advanced" })).toMatchObject({ Tier: "Advanced" });
    expect(await edit("/tier", "z")).toMatchObject({ Tier: "Advanced" });
    await refusal(edit("/tier", "z", { Tier: "Standard" }), "ValidationException");
  });

  test("is refused if it is empty or refers to another parameter", async () => {
    await refusal(put("/bad/empty", ""), "ValidationException");
    await refusal(put("/bad/nested", "a: {{ssm:other}}"), "ValidationException");
    await refusal(put("/bad/lines", "a: {{\n}}"), "ValidationException");
    await put("/good/braces", '{"a":{"b":{}}}');
  });

  test("has to match the parameter's pattern, in later edits too", async () => {
    await put("/pattern", "abc", { AllowedPattern: "[a-c]+" });
    await refusal(edit("/pattern", "xyz"), "ParameterPatternMismatchException");
    await edit("/pattern", "cba");
  });

  test("keeps the type of the first version", async () => {
    await refusal(
      ssm.send(new PutParameterCommand({ Name: "/untyped", Value: "x" })),
      "ValidationException",
    );
    await put("/typed", "x");
    await refusal(edit("/typed", "x", { Type: "StringList" }), "HierarchyTypeMismatchException");
  });
});

describe("a name", () => {
  test.each([
    ["holds a space", "/a b", "ValidationException"],
    ["holds a colon", "/a:b:c", "ValidationException"],
    ["is a path without its first slash", "a/b", "ValidationException"],
    ["ends in a slash", "/a/b/", "ValidationException"],
    ["has an empty level", "/a//b", "ValidationException"],
    ["begins with ssm", "/SSM/x", "ValidationException"],
    ["begins with aws", "awsome", "ValidationException"],
    ["is one of AWS's own", "/aws/x", "AccessDeniedException"],
    ["has sixteen levels", "/a".repeat(16), "HierarchyLevelLimitExceededException"],
    ["is too long with its ARN", `/${"a".repeat(1000)}`, "ValidationException"],
  ])("that %s is refused", async (_, name, error) => {
    await refusal(put(name, "x"), error);
  });

  test("with fifteen levels, or without any, is accepted", async () => {
    await put("/b".repeat(15), "x");
    await put("Plain_name-1.2", "x");
    expect((await get("Plain_name-1.2"))?.ARN).toBe(
      "arn:aws:ssm:us-east-1:123456789012:parameter/Plain_name-1.2",
    );
  });
});

describe("deleting", () => {
  test("one that does not exist is an error; in a call with several, the answer names it", async () => {
    const one = ssm.send(new DeleteParameterCommand({ Name: "/gone" }));
    await refusal(one, "ParameterNotFound");
    await put("/going", "x");
    const several = await ssm.send(new DeleteParametersCommand({ Names: ["/going", "/gone"] }));
    expect(several.DeletedParameters).toEqual(["/going"]);
    expect(several.InvalidParameters).toEqual(["/gone"]);
  });
});

describe("the event bus", () => {
  test("gets every change, with the name and without value or version", async () => {
    const seen: EventBridgeEvent[] = [];
    const stop = sandbox.events.onEvent((event) => seen.push(event));
    await put("/sent/x", "secret value", { Description: "who may deploy" });
    await edit("/sent/x", "other value");
    await refusal(put("/sent/x", "no"), "ParameterAlreadyExists");
    await ssm.send(new DeleteParameterCommand({ Name: "/sent/x" }));
    stop();
    await put("/sent/later", "x");
    expect(seen.map(({ detail }) => detail["operation"])).toEqual(["Create", "Update", "Delete"]);
    expect(seen[0]).toMatchObject({
      version: "0",
      source: "aws.ssm",
      "detail-type": "Parameter Store Change",
      account: "123456789012",
      region: "us-east-1",
      resources: ["arn:aws:ssm:us-east-1:123456789012:parameter/sent/x"],
    });
    expect(seen[0]?.detail).toEqual({
      operation: "Create",
      name: "/sent/x",
      type: "String",
      description: "who may deploy",
    });
    expect(seen[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});
