import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  paginateListFunctions,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
const FunctionName = "shop";
const code = (text: string) => new TextEncoder().encode(text);
const create = (name = FunctionName, more: { readonly Publish?: boolean } = {}) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: "arn:aws:iam::123456789012:role/shop-run",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Code: { ZipFile: code("one") },
      ...more,
    }),
  );
const update = (
  text: string,
  more: { readonly RevisionId?: string | undefined; readonly DryRun?: boolean } = {},
) => {
  sandbox.clock.advance(1000);
  return lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code(text), ...more }));
};
const publish = (more: { readonly CodeSha256?: string | undefined } = {}) =>
  lambda.send(new PublishVersionCommand({ FunctionName, ...more }));
const read = (name: string, Qualifier?: string) =>
  lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier }));

describe("a function", () => {
  test("is pending when it is created, and active at the next read", async () => {
    expect(await create()).toMatchObject({
      $metadata: { httpStatusCode: 201 },
      FunctionArn: arn,
      State: "Pending",
      Version: "$LATEST",
    });
    const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({
      FunctionArn: arn,
      State: "Active",
      LastUpdateStatus: "Successful",
      Handler: "index.handler",
      CodeSize: 3,
    });
    expect(Code?.RepositoryType).toBe("S3");
  });

  test.each([
    "shop",
    arn,
    "123456789012:function:shop",
    "123456789012:shop",
    "function:shop",
    "shop:$LATEST",
  ])("is found as %s", async (name) => {
    await create();
    expect((await read(name)).FunctionName).toBe("shop");
  });

  test("that does not exist is named by its ARN in the error", async () => {
    const message = await refusal(read("shop"), "ResourceNotFoundException");
    expect(message).toBe(`Function not found: ${arn}`);
  });

  test("has one name for itself", async () => {
    await create();
    const message = await refusal(create(), "ResourceConflictException");
    expect(message).toBe("Function already exist: shop");
  });

  test.each([
    ["ValidationException", "my shop"],
    ["InvalidParameterValueException", "x".repeat(65)],
  ])("is refused with %s when it is called %s", async (error, name) => {
    await refusal(create(name), error);
  });

  test("has the same ARN when it is created again", async () => {
    const before = await create();
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    await refusal(read("shop"), "ResourceNotFoundException");
    const after = await create();
    expect(after.FunctionArn).toBe(before.FunctionArn);
    expect(after.RevisionId).not.toBe(before.RevisionId);
  });

  test("exists only in its own Region", async () => {
    await create();
    const elsewhere = new LambdaClient(connection(sandbox, { region: "eu-west-1" }));
    const call = elsewhere.send(new GetFunctionCommand({ FunctionName }));
    await refusal(call, "ResourceNotFoundException");
  });

  test("from an image shows where the image is", async () => {
    const ImageUri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1";
    const Role = "arn:aws:iam::123456789012:role/shop-run";
    await lambda.send(
      new CreateFunctionCommand({ FunctionName, Role, PackageType: "Image", Code: { ImageUri } }),
    );
    const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration?.PackageType).toBe("Image");
    expect(Code).toMatchObject({ RepositoryType: "ECR", ImageUri });
  });
});

describe("updating the code", () => {
  test("is in progress in the answer, and done at the next read", async () => {
    const before = await create();
    const updated = await update("other");
    expect(updated).toMatchObject({ LastUpdateStatus: "InProgress", State: "Active" });
    expect(updated.CodeSha256).not.toBe(before.CodeSha256);
    const now = await read("shop");
    expect(now).toMatchObject({ LastUpdateStatus: "Successful", CodeSha256: updated.CodeSha256 });
  });

  test("changes nothing in a dry run", async () => {
    const { RevisionId } = await create();
    await update("other", { DryRun: true });
    expect((await read("shop")).RevisionId).toBe(RevisionId);
  });

  test("is refused if there is a newer revision", async () => {
    const { RevisionId } = await create();
    await update("other", { RevisionId });
    await refusal(update("third", { RevisionId }), "PreconditionFailedException");
  });

  test("needs code", async () => {
    await create();
    const call = lambda.send(new UpdateFunctionCodeCommand({ FunctionName }));
    await refusal(call, "InvalidParameterValueException");
  });
});

describe("a version", () => {
  test("keeps the code that it was published with", async () => {
    const { CodeSha256 } = await create();
    const first = await publish();
    expect(first).toMatchObject({ FunctionArn: `${arn}:1`, Version: "1", CodeSha256 });
    await update("other");
    expect((await read("shop", "1")).CodeSha256).toBe(CodeSha256);
    expect((await read("shop:1")).FunctionArn).toBe(`${arn}:1`);
    expect((await publish()).Version).toBe("2");
  });

  test("is the one before if nothing has changed", async () => {
    await create();
    expect((await publish()).Version).toBe("1");
    expect((await publish()).Version).toBe("1");
  });

  test("is published along with the function", async () => {
    expect(await create("shop", { Publish: true })).toMatchObject({
      Version: "1",
      FunctionArn: `${arn}:1`,
    });
    expect((await read("shop", "1")).Version).toBe("1");
  });

  test("is refused for different code", async () => {
    const { CodeSha256 } = await create();
    expect((await publish({ CodeSha256 })).Version).toBe("1");
    await refusal(publish({ CodeSha256: "other" }), "InvalidParameterValueException");
  });

  test("has a number that is never used again", async () => {
    await create();
    await publish();
    await lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: "1" }));
    const message = await refusal(read("shop", "1"), "ResourceNotFoundException");
    expect(message).toBe(`Function not found: ${arn}:1`);
    for (const version of ["2", "3"]) {
      await update(`other ${version}`);
      expect((await publish()).Version).toBe(version);
    }
  });

  test("is published from the function alone", async () => {
    await create();
    await publish();
    const call = lambda.send(new PublishVersionCommand({ FunctionName: "shop:1" }));
    await refusal(call, "InvalidParameterValueException");
  });

  test("may be named once only", async () => {
    await create();
    await refusal(read("shop:1", "2"), "InvalidParameterValueException");
  });
});

describe("an alias", () => {
  const alias = { FunctionName, Name: "live" };
  beforeEach(async () => {
    await create();
    await publish();
  });
  const point = (FunctionVersion: string) =>
    lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion }));

  test("points to a version, and can be moved", async () => {
    expect(await point("1")).toMatchObject({ AliasArn: `${arn}:live`, FunctionVersion: "1" });
    await update("other");
    await publish();
    const moved = new UpdateAliasCommand({ ...alias, FunctionVersion: "2" });
    expect((await lambda.send(moved)).FunctionVersion).toBe("2");
    expect((await lambda.send(new GetAliasCommand(alias))).FunctionVersion).toBe("2");
    expect(await read("shop", "live")).toMatchObject({ Version: "2", FunctionArn: `${arn}:live` });
  });

  test("cannot point to a version that does not exist", async () => {
    const message = await refusal(point("7"), "ResourceNotFoundException");
    expect(message).toBe(`Function not found: ${arn}:7`);
  });

  test("has a name of its own that is not a number", async () => {
    await point("1");
    const message = await refusal(point("1"), "ResourceConflictException");
    expect(message).toBe(`Alias already exists: ${arn}:live`);
    const number = new CreateAliasCommand({ ...alias, Name: "3", FunctionVersion: "1" });
    await refusal(lambda.send(number), "ValidationException");
  });

  test("that does not exist cannot be moved", async () => {
    const call = lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion: "1" }));
    const message = await refusal(call, "ResourceNotFoundException");
    expect(message).toBe(`Cannot find alias arn: ${arn}:live`);
  });

  test("keeps its version from being deleted until it is gone", async () => {
    await point("1");
    const remove = () => lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: "1" }));
    await refusal(remove(), "ResourceConflictException");
    await lambda.send(new DeleteAliasCommand(alias));
    await remove();
  });

  test("is not moved by a call with an older revision", async () => {
    const { RevisionId } = await point("1");
    const move = () =>
      lambda.send(new UpdateAliasCommand({ ...alias, Description: "x", RevisionId }));
    await move();
    await refusal(move(), "PreconditionFailedException");
  });
});

describe("a listing", () => {
  test("has pages, also short ones", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await create(name);
    for (const paging of ["full", "short-pages"] as const) {
      sandbox.setPaging(paging);
      const found: (string | undefined)[] = [];
      for await (const page of paginateListFunctions({ client: lambda }, { MaxItems: 2 })) {
        found.push(...(page.Functions ?? []).map((one) => one.FunctionName));
      }
      expect(found).toEqual(names);
    }
  });

  test("shows a function's versions if the call asks for them", async () => {
    await create();
    await publish();
    const every = [`${arn}:$LATEST`, `${arn}:1`];
    const all = await lambda.send(new ListFunctionsCommand({ FunctionVersion: "ALL" }));
    expect(all.Functions?.map((one) => one.FunctionArn)).toEqual(every);
    const versions = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(versions.Versions?.map((one) => one.FunctionArn)).toEqual(every);
    const plain = await lambda.send(new ListFunctionsCommand({}));
    expect(plain.Functions?.map((one) => one.FunctionArn)).toEqual([arn]);
  });

  test("refuses a marker of another listing", async () => {
    const call = lambda.send(new ListFunctionsCommand({ Marker: "x" }));
    await refusal(call, "InvalidParameterValueException");
  });
});

describe("CloudTrail", () => {
  const recorded = async (AttributeValue: string): Promise<unknown> => {
    const trail = new CloudTrailClient(connection(sandbox));
    const attribute = { AttributeKey: "EventName", AttributeValue } as const;
    const command = new LookupEventsCommand({ LookupAttributes: [attribute] });
    const { Events = [] } = await trail.send(command);
    trail.destroy();
    expect(Events).toHaveLength(1);
    return JSON.parse(Events[0]?.CloudTrailEvent ?? "null");
  };

  test("names the calls by the versions of the API, and keeps no code", async () => {
    await create();
    await update("other");
    await publish();
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    await lambda.send(new UpdateAliasCommand({ FunctionName, Name: "live", Description: "x" }));
    await lambda.send(new GetFunctionCommand({ FunctionName }));
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    for (const name of [
      "PublishVersion20150331",
      "CreateAlias20150331",
      "UpdateAlias20150331",
      "GetFunction20150331v2",
      "DeleteFunction20150331",
    ]) {
      expect(await recorded(name)).toMatchObject({
        eventSource: "lambda.amazonaws.com",
        requestParameters: { functionName: "shop" },
      });
    }
    const created = await recorded("CreateFunction20150331");
    expect(created).toMatchObject({ requestParameters: { functionName: "shop", code: {} } });
    const updated = await recorded("UpdateFunctionCode20150331v2");
    expect(updated).toMatchObject({ responseElements: { functionArn: arn } });
    expect(JSON.stringify([created, updated])).not.toContain("zipFile");
  });
});
