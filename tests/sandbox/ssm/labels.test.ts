import {
  AddTagsToResourceCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
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

async function withVersions(name: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i += 1) {
    const input = { Name: name, Value: `v${i}`, Type: "String", Overwrite: i > 1 } as const;
    await ssm.send(new PutParameterCommand(input));
  }
}

const label = (Name: string, Labels: string[], ParameterVersion?: number) =>
  ssm.send(
    new LabelParameterVersionCommand({
      Name,
      Labels,
      ...(ParameterVersion === undefined ? {} : { ParameterVersion }),
    }),
  );
const unlabel = (Name: string, Labels: string[], ParameterVersion: number) =>
  ssm.send(new UnlabelParameterVersionCommand({ Name, Labels, ParameterVersion }));
const get = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter;

describe("a label", () => {
  test("selects its version", async () => {
    await withVersions("/l/select", 2);
    expect(await label("/l/select", ["approved"], 1)).toMatchObject({
      ParameterVersion: 1,
      InvalidLabels: [],
    });
    expect(await get("/l/select:approved")).toMatchObject({
      Value: "v1",
      Version: 1,
      Selector: ":approved",
    });
    await refusal(get("/l/select:Approved"), "ParameterVersionNotFound");
  });

  test("moves when another version gets it, and shows only in the history", async () => {
    await withVersions("/l/move", 2);
    await label("/l/move", ["approved", "kept"], 1);
    await label("/l/move", ["approved"], 2);
    const history = await ssm.send(new GetParameterHistoryCommand({ Name: "/l/move" }));
    expect(history.Parameters?.map(({ Labels }) => Labels)).toEqual([["kept"], ["approved"]]);
    expect(await get("/l/move")).not.toHaveProperty("Labels");
  });

  test("goes to the newest version if the call names none", async () => {
    await withVersions("/l/newest", 3);
    expect(await label("/l/newest", ["approved"])).toMatchObject({ ParameterVersion: 3 });
  });

  test.each([
    ["starts with a digit", "1st"],
    ["starts with aws", "awsome"],
    ["starts with ssm", "SSMx"],
    ["holds a slash", "a/b"],
    ["holds a space", "a b"],
  ])("that %s comes back as invalid, and the others are set", async (_, bad) => {
    const name = `/l/bad-${Buffer.from(bad).toString("hex")}`;
    await withVersions(name, 1);
    const answer = await label(name, [bad, "good"]);
    expect(answer.InvalidLabels).toEqual([bad]);
    expect(await get(`${name}:good`)).toMatchObject({ Version: 1 });
  });

  test("is refused if the version does not exist or has ten labels already", async () => {
    await withVersions("/l/limit", 1);
    await refusal(label("/l/limit", ["a"], 2), "ParameterVersionNotFound");
    await refusal(label("/l/none", ["a"], 1), "ParameterNotFound");
    await label(
      "/l/limit",
      Array.from({ length: 10 }, (_, i) => `n${i}`),
    );
    await label("/l/limit", ["n0"]);
    await refusal(label("/l/limit", ["n10"]), "ParameterVersionLabelLimitExceeded");
  });

  test("is removed only from the version that has it", async () => {
    await withVersions("/l/off", 2);
    await label("/l/off", ["approved"], 2);
    expect(await unlabel("/l/off", ["approved"], 1)).toMatchObject({
      RemovedLabels: [],
      InvalidLabels: ["approved"],
    });
    expect(await get("/l/off:approved")).toMatchObject({ Version: 2 });
    expect(await unlabel("/l/off", ["approved"], 2)).toMatchObject({
      RemovedLabels: ["approved"],
      InvalidLabels: [],
    });
    await refusal(get("/l/off:approved"), "ParameterVersionNotFound");
    await refusal(unlabel("/l/off", ["approved"], 9), "ParameterVersionNotFound");
  });

  test("on the oldest of a hundred versions stops every edit until it is removed", async () => {
    await withVersions("/l/stuck", 100);
    await label("/l/stuck", ["approved"], 1);
    const more = { Name: "/l/stuck", Value: "more", Overwrite: true };
    const stuck = ssm.send(new PutParameterCommand(more));
    await refusal(stuck, "ParameterMaxVersionLimitExceeded");
    expect(await get("/l/stuck")).toMatchObject({ Version: 100 });
    await unlabel("/l/stuck", ["approved"], 1);
    expect(await ssm.send(new PutParameterCommand(more))).toMatchObject({ Version: 101 });
  });

  test("sends an event when it is set, but not when it is removed or invalid", async () => {
    await withVersions("/l/sent", 1);
    const seen: EventBridgeEvent[] = [];
    const stop = sandbox.events.onEvent((event) => seen.push(event));
    await label("/l/sent", ["approved"], 1);
    await label("/l/sent", ["1nvalid"], 1);
    await unlabel("/l/sent", ["approved"], 1);
    stop();
    expect(seen.map(({ detail }) => [detail["operation"], detail["name"]])).toEqual([
      ["LabelParameterVersion", "/l/sent"],
    ]);
  });
});

describe("tags", () => {
  const resource = { ResourceType: "Parameter", ResourceId: "/t/x" } as const;

  test("are added, replaced and removed by key", async () => {
    const first = { Name: "/t/x", Value: "x", Type: "String" } as const;
    await ssm.send(new PutParameterCommand({ ...first, Tags: [{ Key: "a", Value: "1" }] }));
    const more = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: more }));
    const both = await ssm.send(new ListTagsForResourceCommand(resource));
    expect(both.TagList).toEqual(more);
    await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ["a", "c"] }));
    const one = await ssm.send(new ListTagsForResourceCommand(resource));
    expect(one.TagList).toEqual([{ Key: "b", Value: "3" }]);
  });

  test("cannot be sent with an overwrite or to a parameter that does not exist", async () => {
    const edit = { Name: "/t/x", Value: "y", Overwrite: true, Tags: [{ Key: "a", Value: "1" }] };
    await refusal(ssm.send(new PutParameterCommand(edit)), "ValidationException");
    const missing = { ...resource, ResourceId: "/t/none" };
    await refusal(ssm.send(new ListTagsForResourceCommand(missing)), "InvalidResourceId");
  });
});
