import {
  DescribeParametersCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ssm: SSMClient;

beforeAll(async () => {
  sandbox = await startSandbox();
  ssm = new SSMClient(connection(sandbox));
  const many = Array.from({ length: 23 }, (_, i) => `/many/p${String(i).padStart(2, "0")}`);
  for (const Name of ["/env/a", "/env/b", "/env/deep/c", "/environment", "plain", ...many]) {
    await ssm.send(new PutParameterCommand({ Name, Value: Name, Type: "String" }));
  }
});
afterEach(() => sandbox.setPaging("full"));
afterAll(async () => {
  ssm.destroy();
  await sandbox.close();
});

async function pages(
  input: GetParametersByPathCommandInput,
): Promise<readonly (readonly (string | undefined)[])[]> {
  const all = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({ ...input, ...(NextToken ? { NextToken } : {}) }),
    );
    all.push((page.Parameters ?? []).map(({ Name }) => Name));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return all;
}

describe("a path", () => {
  test("has what is one level below it", async () => {
    expect(await pages({ Path: "/env" })).toEqual([["/env/a", "/env/b"]]);
    expect(await pages({ Path: "/env/" })).toEqual([["/env/a", "/env/b"]]);
  });

  test("has every level below it if the call asks for that, but no name that only starts the same", async () => {
    expect(await pages({ Path: "/env", Recursive: true })).toEqual([
      ["/env/a", "/env/b", "/env/deep/c"],
    ]);
  });

  test("without parameters is empty, not an error", async () => {
    expect(await pages({ Path: "/none" })).toEqual([[]]);
    expect(await pages({ Path: "/env/a" })).toEqual([[]]);
  });

  test("has pages of at most ten", async () => {
    const all = await pages({ Path: "/many" });
    expect(all.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(new Set(all.flat()).size).toBe(23);
    const tooMany = ssm.send(new GetParametersByPathCommand({ Path: "/many", MaxResults: 11 }));
    await refusal(tooMany, "ValidationException");
  });

  test("is complete also with empty and short pages", async () => {
    sandbox.setPaging("short-pages");
    const all = await pages({ Path: "/many" });
    expect(all[0]).toEqual([]);
    expect(all.some(({ length }) => length > 0 && length < 10)).toBe(true);
    expect(all.flat()).toHaveLength(23);
    expect(new Set(all.flat()).size).toBe(23);
  });

  test("must begin with a slash, and accepts only its own tokens", async () => {
    const relative = ssm.send(new GetParametersByPathCommand({ Path: "env" }));
    await refusal(relative, "ValidationException");
    const first = await ssm.send(new GetParametersByPathCommand({ Path: "/many" }));
    const foreign = { Path: "/env", NextToken: first.NextToken };
    await refusal(ssm.send(new GetParametersByPathCommand(foreign)), "InvalidNextToken");
    const junk = new GetParametersByPathCommand({ Path: "/env", NextToken: "junk" });
    await refusal(ssm.send(junk), "InvalidNextToken");
  });

  test("can be filtered by a label, and then has the labelled version", async () => {
    const Name = "/env/a";
    await ssm.send(new PutParameterCommand({ Name, Value: "second", Overwrite: true }));
    await ssm.send(
      new LabelParameterVersionCommand({ Name, Labels: ["approved"], ParameterVersion: 1 }),
    );
    const labelled = await ssm.send(
      new GetParametersByPathCommand({
        Path: "/env",
        ParameterFilters: [{ Key: "Label", Values: ["approved"] }],
      }),
    );
    expect(labelled.Parameters?.map(({ Name: name, Version }) => [name, Version])).toEqual([
      ["/env/a", 1],
    ]);
    const plain = await ssm.send(new GetParametersByPathCommand({ Path: "/env" }));
    expect(plain.Parameters?.[0]).toMatchObject({ Name, Value: "second", Version: 2 });
  });
});

describe("a description", () => {
  test("has everything except the value", async () => {
    const answer = await ssm.send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Option: "Equals", Values: ["/env/b"] }],
      }),
    );
    expect(answer.Parameters).toHaveLength(1);
    expect(answer.Parameters?.[0]).toMatchObject({
      Name: "/env/b",
      ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/env/b",
      Version: 1,
      Tier: "Standard",
      Type: "String",
    });
    expect(answer.Parameters?.[0]).not.toHaveProperty("Value");
  });

  test.each([
    ["a beginning", { Key: "Name", Option: "BeginsWith", Values: ["/env"] }, 4],
    ["a path", { Key: "Path", Option: "OneLevel", Values: ["/env"] }, 2],
    ["a path with all below", { Key: "Path", Option: "Recursive", Values: ["/env"] }, 3],
    ["a type that nothing has", { Key: "Type", Option: "Equals", Values: ["SecureString"] }, 0],
  ])("is found by %s", async (_, filter, count) => {
    const answer = await ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [filter], MaxResults: 50 }),
    );
    expect(answer.Parameters).toHaveLength(count);
  });
});
