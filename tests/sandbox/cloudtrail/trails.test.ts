import {
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateUserCommand, IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Delivery,
  type EventBridgeEvent,
  type Sandbox,
  startSandbox,
} from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let trail: CloudTrailClient;
let iam: IAMClient;
let seen: EventBridgeEvent[];

beforeEach(async () => {
  sandbox = await startSandbox();
  trail = new CloudTrailClient(connection(sandbox));
  iam = new IAMClient(connection(sandbox));
  seen = [];
  sandbox.events.onEvent((event) => seen.push(event));
});
afterEach(async () => {
  for (const client of [trail, iam]) client.destroy();
  await sandbox.close();
});

const create = (input: Partial<CreateTrailCommandInput> = {}) =>
  trail.send(new CreateTrailCommand({ Name: "audit", S3BucketName: "logs", ...input }));
const start = () => trail.send(new StartLoggingCommand({ Name: "audit" }));
const write = (UserName: string) => iam.send(new CreateUserCommand({ UserName }));
const users = () =>
  seen
    .map(({ detail }) => detail["requestParameters"])
    .filter((parameters) => JSON.stringify(parameters ?? null).includes("userName"));

describe("an API call", () => {
  test("reaches the bus only while a trail logs", async () => {
    await write("before");
    await create();
    await write("not-yet");
    await start();
    seen = [];
    await write("watched");
    await trail.send(new StopLoggingCommand({ Name: "audit" }));
    await write("after");
    expect(users()).toEqual([{ userName: "watched" }]);
  });

  test("arrives as a record in an EventBridge event", async () => {
    await create();
    await start();
    await write("watched");
    const event = seen.find(({ source }) => source === "aws.iam");
    expect(event).toMatchObject({
      version: "0",
      "detail-type": "AWS API Call via CloudTrail",
      source: "aws.iam",
      region: "us-east-1",
      resources: [],
      detail: { eventSource: "iam.amazonaws.com", eventName: "CreateUser", readOnly: false },
    });
  });

  test("that failed arrives too, with its error", async () => {
    await create();
    await start();
    await write("twice");
    await write("twice").catch(() => null);
    const codes = seen
      .filter(({ detail }) => detail["eventName"] === "CreateUser")
      .map(({ detail }) => detail["errorCode"]);
    expect(codes).toEqual([undefined, "EntityAlreadyExistsException"]);
  });

  test("of another Region needs a trail for every Region", async () => {
    const abroad = new SNSClient(connection(sandbox, { region: "eu-west-1" }));
    await create();
    await start();
    await abroad.send(new CreateTopicCommand({ Name: "unseen" }));
    expect(seen.some(({ region }) => region === "eu-west-1")).toBe(false);
    await create({ Name: "everywhere", IsMultiRegionTrail: true });
    await trail.send(new StartLoggingCommand({ Name: "everywhere" }));
    await abroad.send(new CreateTopicCommand({ Name: "seen" }));
    expect(seen.at(-1)).toMatchObject({ source: "aws.sns", region: "eu-west-1" });
    abroad.destroy();
  });

  test("that only reads goes only to listeners and rules that ask for reads", async () => {
    await create();
    await start();
    const reads: string[] = [];
    sandbox.events.onEvent(({ detail }) => reads.push(String(detail["eventName"])), {
      readOnlyToo: true,
    });
    const delivered: Delivery[] = [];
    sandbox.events.onDelivery((delivery) => delivered.push(delivery));
    const events = new EventBridgeClient(connection(sandbox));
    const states = ["ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] as const;
    for (const State of states) {
      const EventPattern = '{"detail":{"eventName":["ListRoles"]}}';
      await events.send(new PutRuleCommand({ Name: State, EventPattern, State }));
      const Targets = [{ Id: "1", Arn: "arn:aws:lambda:us-east-1:123456789012:function:f" }];
      await events.send(new PutTargetsCommand({ Rule: State, Targets }));
    }
    events.destroy();
    await iam.send(new ListRolesCommand({}));
    expect(seen.some(({ detail }) => detail["eventName"] === "ListRoles")).toBe(false);
    expect(reads).toContain("ListRoles");
    expect(delivered.map(({ rule }) => rule.state)).toEqual([states[1]]);
  });

  test("is left out if the trail's selector excludes it", async () => {
    await create();
    await start();
    const EventSelectors = [{ ReadWriteType: "ReadOnly", IncludeManagementEvents: true } as const];
    await trail.send(new PutEventSelectorsCommand({ TrailName: "audit", EventSelectors }));
    seen = [];
    await write("unseen");
    expect(seen).toEqual([]);
  });
});

describe("a trail", () => {
  test("is described in its home Region, and in others if it is for all Regions", async () => {
    await create();
    await create({ Name: "everywhere", IsMultiRegionTrail: true });
    const names = async (region: string, includeShadowTrails?: boolean) => {
      const client = new CloudTrailClient(connection(sandbox, { region }));
      const input = includeShadowTrails === undefined ? {} : { includeShadowTrails };
      const { trailList } = await client.send(new DescribeTrailsCommand(input));
      client.destroy();
      return trailList?.map(({ Name }) => Name);
    };
    expect(await names("us-east-1")).toEqual(["audit", "everywhere"]);
    expect(await names("eu-west-1")).toEqual(["everywhere"]);
    expect(await names("eu-west-1", false)).toEqual([]);
    const { trailList } = await trail.send(new DescribeTrailsCommand({}));
    expect(trailList?.[0]).toMatchObject({
      TrailARN: "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit",
      HomeRegion: "us-east-1",
      IsMultiRegionTrail: false,
      IncludeGlobalServiceEvents: true,
    });
  });

  test("says whether it logs, and since when", async () => {
    await create();
    const status = () => trail.send(new GetTrailStatusCommand({ Name: "audit" }));
    expect((await status()).IsLogging).toBe(false);
    await start();
    expect((await status()).IsLogging).toBe(true);
    expect((await status()).StartLoggingTime).toBeInstanceOf(Date);
    await trail.send(new DeleteTrailCommand({ Name: "audit" }));
    await refusal(status(), "TrailNotFoundException");
  });

  test("cannot be created twice, have an invalid name, or change from another Region", async () => {
    await create();
    await refusal(create(), "TrailAlreadyExistsException");
    await refusal(create({ Name: "a b" }), "InvalidTrailNameException");
    await create({ Name: "everywhere", IsMultiRegionTrail: true });
    const abroad = new CloudTrailClient(connection(sandbox, { region: "eu-west-1" }));
    const stop = abroad.send(new StopLoggingCommand({ Name: "everywhere" }));
    await refusal(stop, "InvalidHomeRegionException");
    abroad.destroy();
  });
});
