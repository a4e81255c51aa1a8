import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateFunctionCommand,
  type InvocationType,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let lambda: LambdaClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  lambda = new LambdaClient(connection(sandbox));
});
afterEach(async () => {
  lambda.destroy();
  await sandbox.close();
});

const arn = "arn:aws:lambda:us-east-1:123456789012:function:shop";

async function invoke(
  payload: unknown,
  more: { readonly FunctionName?: string; readonly InvocationType?: InvocationType } = {},
) {
  const { Payload, ...rest } = await lambda.send(
    new InvokeCommand({ FunctionName: "shop", Payload: JSON.stringify(payload), ...more }),
  );
  return { ...rest, text: Payload?.transformToString() ?? "" };
}

test("a function answers what its handler returns", async () => {
  expect(sandbox.functions.handle("shop", async (event) => ({ got: event }))).toBe(arn);
  const answer = await invoke({ a: [1, "ü"] });
  expect(JSON.parse(answer.text)).toEqual({ got: { a: [1, "ü"] } });
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  expect(answer.FunctionError).toBeUndefined();
});

test.each(["shop", arn, "123456789012:function:shop"])("%s is that function", async (name) => {
  sandbox.functions.handle("shop", async (_, { functionArn }) => functionArn);
  expect((await invoke({}, { FunctionName: name })).text).toBe(JSON.stringify(arn));
});

test("an error of the function comes with status 200 and says so", async () => {
  sandbox.functions.handle("shop", async () => {
    throw new RangeError("too much");
  });
  const answer = await invoke({});
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
  expect(JSON.parse(answer.text)).toMatchObject({
    errorType: "RangeError",
    errorMessage: "too much",
    trace: expect.arrayContaining(["RangeError: too much"]),
  });
});

test("an answer of more than 6 MB is an error", async () => {
  sandbox.functions.handle("shop", async () => "x".repeat(6 * 1024 * 1024));
  const answer = await invoke({});
  expect(answer.FunctionError).toBe("Unhandled");
  expect(JSON.parse(answer.text).errorType).toBe("Function.ResponseSizeTooLarge");
});

test("an event is taken without an answer, and a dry run does nothing", async () => {
  const events: unknown[] = [];
  sandbox.functions.handle("shop", async (event) => events.push(event));
  expect(await invoke(1, { InvocationType: "Event" })).toMatchObject({ StatusCode: 202, text: "" });
  expect((await invoke(2, { InvocationType: "DryRun" })).StatusCode).toBe(204);
  expect(events).toEqual([1]);
});

test("a function without a handler answers null", async () => {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "shop",
      Role: "arn:aws:iam::123456789012:role/shop-run",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Code: { ZipFile: new Uint8Array([1]) },
    }),
  );
  await lambda.send(new PublishVersionCommand({ FunctionName: "shop" }));
  const answer = await invoke({}, { FunctionName: "shop:1" });
  expect(answer).toMatchObject({ ExecutedVersion: "1", text: "null" });
});

test.each([
  ["ResourceNotFoundException", { FunctionName: "other" }],
  ["ResourceNotFoundException", { FunctionName: "shop:7" }],
  ["InvalidRequestContentException", { Payload: "{" }],
  ["RequestTooLargeException", { Payload: `"${"x".repeat(6 * 1024 * 1024)}"` }],
])("is refused with %s", async (error, given) => {
  sandbox.functions.handle("shop", async () => null);
  await refusal(lambda.send(new InvokeCommand({ FunctionName: "shop", ...given })), error);
});

test("is a data event, which the event history does not have", async () => {
  sandbox.functions.handle("shop", async () => null);
  await invoke({});
  const trail = new CloudTrailClient(connection(sandbox));
  const { Events = [] } = await trail.send(new LookupEventsCommand({}));
  expect(Events.map(({ EventName }) => EventName)).not.toContain("Invoke");
});
