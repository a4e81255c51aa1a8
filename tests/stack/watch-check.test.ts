import { createRequire } from "node:module";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { connection } from "../sandbox/connection.ts";

const WatchCheck = createRequire(import.meta.url)("../../stack/watch-check.cjs");
const { logsOf, missingFromWatch } = WatchCheck;

describe("after a deployment, the watch is missing", () => {
  const feeding = {
    isLogging: true,
    includesGlobalEvents: true,
    isMultiRegion: true,
    logsWrites: true,
    logsReads: true,
  };

  test.each([
    ["nothing, with a trail that logs", "us-east-1", [feeding], false, []],
    ["nothing, with IAM's events forwarded", "eu-central-1", [feeding], true, []],
    ["a trail, where there is none", "us-east-1", [], false, [/No CloudTrail trail/]],
    [
      "a trail, where none logs",
      "us-east-1",
      [{ ...feeding, isLogging: false }],
      false,
      [/No CloudTrail trail/],
    ],
    [
      "a trail, where the one that logs leaves IAM out",
      "us-east-1",
      [{ ...feeding, includesGlobalEvents: false }],
      false,
      [/No CloudTrail trail/],
    ],
    [
      "a trail, where the one that logs takes data events or reads only",
      "us-east-1",
      [{ ...feeding, logsWrites: false }],
      false,
      [/No CloudTrail trail/],
    ],
    [
      "reads, where the one that logs takes writes alone and refused jobs are to be reported",
      "us-east-1",
      [{ ...feeding, logsReads: false }],
      false,
      [/leave out read management events.*refusedJobs/],
    ],
    [
      "the other Regions, where the one that logs covers us-east-1 alone",
      "us-east-1",
      [{ ...feeding, isMultiRegion: false }],
      false,
      [/covers one Region/],
    ],
    [
      "the forwarding stack, where home is elsewhere",
      "eu-central-1",
      [feeding],
      false,
      [/stack\/forwarding\.yml in us-east-1 with HomeRegion=eu-central-1/],
    ],
    [
      "the forwarding stack in the Region where a partition has IAM",
      "us-gov-east-1",
      [feeding],
      false,
      [/events exist in us-gov-west-1 only.*in us-gov-west-1 with HomeRegion=us-gov-east-1/],
    ],
    ["nothing, where that is home", "cn-north-1", [feeding], false, []],
  ])("%s", (_, homeRegion, trails, forwards, expected) => {
    const missing: readonly string[] = missingFromWatch({
      homeRegion,
      trails,
      forwards,
      reportsRefusals: true,
    });
    expect(missing).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(missing[index]).toMatch(pattern);
  });
});

describe("a trail logs writes and reads of management events", () => {
  const fields = (...selectors: readonly (readonly [string, string])[]) => ({
    AdvancedEventSelectors: [
      { FieldSelectors: selectors.map(([Field, value]) => ({ Field, Equals: [value] })) },
    ],
  });

  test.each([
    ["without selectors", {}, true, true],
    ["of both sides", { EventSelectors: [{ ReadWriteType: "All" }] }, true, true],
    ["of reads", { EventSelectors: [{ ReadWriteType: "ReadOnly" }] }, false, true],
    ["of writes", { EventSelectors: [{ ReadWriteType: "WriteOnly" }] }, true, false],
    ["of data alone", { EventSelectors: [{ IncludeManagementEvents: false }] }, false, false],
    [
      "of one selector out of two",
      { EventSelectors: [{ ReadWriteType: "ReadOnly" }, {}] },
      true,
      true,
    ],
    ["by advanced selectors", fields(["eventCategory", "Management"]), true, true],
    [
      "of reads by those",
      fields(["eventCategory", "Management"], ["readOnly", "true"]),
      false,
      true,
    ],
    [
      "of writes by those",
      fields(["eventCategory", "Management"], ["readOnly", "false"]),
      true,
      false,
    ],
    ["of data by those", fields(["eventCategory", "Data"]), false, false],
  ])("%s", (_, selectors, logsWrites, logsReads) => {
    expect(logsOf(selectors)).toEqual({ logsWrites, logsReads });
  });
});

describe("the check at the end of a deployment", () => {
  /** What it warns of, in an account that is looked at as osls would. */
  async function warnings(
    sandbox: Sandbox,
    State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
  ): Promise<readonly string[]> {
    const reported: string[] = [];
    const provider = {
      getRegion: () => "us-east-1",
      getAccountId: async () => sandbox.account,
      getAwsSdkV3Config: async ({ region }: { readonly region: string }) =>
        connection(sandbox, { region }),
    };
    const log = { warning: (text: string) => reported.push(text) };
    const compiledCloudFormationTemplate = {
      Resources: { RefusedCall: { Properties: { State } } },
    };
    const service = { provider: { compiledCloudFormationTemplate } };
    const check = new WatchCheck({ service, getProvider: () => provider }, {}, { log });
    await check.hooks["after:deploy:deploy"]();
    return reported;
  }

  test("warns until a trail logs", async () => {
    const sandbox = await startSandbox();
    const trail = new CloudTrail(connection(sandbox));
    expect(await warnings(sandbox)).toEqual([expect.stringContaining("No CloudTrail trail")]);
    await trail.createTrail({ Name: "management", S3BucketName: "logs", IsMultiRegionTrail: true });
    expect(await warnings(sandbox)).toEqual([expect.stringContaining("No CloudTrail trail")]);
    await trail.startLogging({ Name: "management" });
    expect(await warnings(sandbox)).toEqual([]);
    await trail.putEventSelectors({
      TrailName: "management",
      EventSelectors: [{ ReadWriteType: "ReadOnly" }],
    });
    expect(await warnings(sandbox)).toEqual([expect.stringContaining("No CloudTrail trail")]);
    await trail.putEventSelectors({
      TrailName: "management",
      EventSelectors: [{ ReadWriteType: "WriteOnly" }],
    });
    expect(await warnings(sandbox)).toEqual([expect.stringContaining("read management events")]);
    expect(await warnings(sandbox, "DISABLED")).toEqual([]);
    await sandbox.close();
  });

  test("says that it could not look, and fails nothing", async () => {
    const sandbox = await startSandbox();
    await sandbox.close();
    expect(await warnings(sandbox)).toEqual([expect.stringContaining("Could not check")]);
  });
});
