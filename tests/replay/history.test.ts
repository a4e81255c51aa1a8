import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test, vi } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { regionsOfSts } from "../../shared/edge/event-history.ts";
import { changeLines } from "../../shared/replay/sentences.ts";
import { layOut } from "../../shared/report/layout.ts";
import { readHistory, replayRecentDays } from "../../shared/runs/replay.ts";
import { startScenario } from "../scenarios/harness.ts";
import { dev, main, organization, project, role, trusting } from "./records.ts";

test.each([
  [
    "of the partition aws: where jobs work, and the global endpoint's",
    ["eu-west-1"],
    ["eu-west-1", "us-east-1"],
  ],
  ["each once", ["us-east-1", "eu-west-1", "us-east-1"], ["us-east-1", "eu-west-1"]],
  ["of another partition: there is no global endpoint", ["us-gov-east-1"], ["us-gov-east-1"]],
])("Regions %s", (_, regions, read) => {
  expect(regionsOfSts(regions)).toEqual(read);
});

test("who was seen in the last days is put to both policies, in words for who approves", async () => {
  const { sandbox } = await startScenario();
  const from = new Date();
  const sts = new STSClient({ ...clientOptions(sandbox), region: "eu-west-1" });
  for (const ref of ["refs/heads/main", "refs/heads/dev"]) {
    const request = {
      organizationId: organization,
      projectId: project,
      origin: "github.com/acme/shop",
    };
    const WebIdentityToken = await sandbox.circleci.issueToken({
      ...request,
      userId: main.split("/")[5] ?? "",
      ref,
    });
    // No such role: STS refuses it, and CloudTrail keeps it all the same.
    const call = { RoleArn: role, RoleSessionName: "deploy", WebIdentityToken };
    await sts.send(new AssumeRoleWithWebIdentityCommand(call)).catch(() => undefined);
  }
  const clients = makeClients("eu-west-1");
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  try {
    const trust = {
      role,
      account: { id: "123456789012", partition: "aws" },
      tags: {},
      current: trusting("refs/heads/*"),
      proposed: trusting("refs/heads/main"),
      regions: ["eu-west-1"],
    };
    const { replay, read } = await replayRecentDays(clients, trust, {
      now: new Date(),
      days: 30,
      signal: new AbortController().signal,
      time: { now: () => 0, sleep: async () => undefined },
    });
    expect(read).toMatchObject({ regions: ["eu-west-1", "us-east-1"], stopped: null });
    expect(read.from.getTime()).toBeGreaterThanOrEqual(from.getTime() - 30 * 24 * 60 * 60 * 1000);
    expect(replay).toMatchObject({ identities: 2, newlyRefused: [{ subject: dev, count: 1 }] });
    const lines = layOut(changeLines(replay, "in the last 30 days"));
    expect(lines).toContain(
      "Of 2 identities seen in the last 30 days, 1 would be newly refused and none newly admitted.",
    );
    expect(lines).toContain(`- ${dev}`);
    expect(clients.count.get("cloudtrail:LookupEvents")).toBe(2);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("that nothing changes for those who were seen is said, and that nobody was", () => {
  const none = {
    records: 3,
    identities: 3,
    current: { admitted: 3, refused: 0 },
    proposed: { admitted: 3, refused: 0 },
    newlyRefused: [],
    newlyAdmitted: [],
    unused: [],
    undecided: { current: 0, proposed: 0 },
    anonymous: 0,
    misnamed: 0,
    first: null,
    last: null,
  };
  const said = (replay: typeof none) => layOut(changeLines(replay, "in the last 30 days"));
  expect(said(none)).toBe(
    "Of 3 identities seen in the last 30 days, none would be newly refused or admitted.",
  );
  expect(said({ ...none, records: 0, identities: 0 })).toBe(
    "Nobody was seen for the role in the last 30 days.",
  );
  expect(said({ ...none, records: 0, identities: 0, misnamed: 2 })).toBe(
    "Nobody was seen for the role in the last 30 days.\n2 further records ask for the role under another path or in another case: STS finds none.",
  );
  expect(said({ ...none, identities: 0, anonymous: 3 })).toBe(
    "3 records do not say whose token it was.",
  );
  expect(said({ ...none, anonymous: 1, undecided: { current: 2, proposed: 2 } })).toBe(
    [
      "Of 3 identities seen in the last 30 days, none would be newly refused or admitted.",
      "For 2 identities the proposed policy asks for what CloudTrail does not record: undecided.",
      "1 record does not say whose token it was.",
    ].join("\n"),
  );
});

test("where the Regions were read unequally far, nothing older than the nearer one is claimed", async () => {
  const { sandbox } = await startScenario();
  const ask = async (region: string, times: number) => {
    const sts = new STSClient({ ...clientOptions(sandbox), region });
    const call = { RoleArn: role, RoleSessionName: "deploy", WebIdentityToken: "none" };
    for (let at = 0; at < times; at += 1) {
      await sts.send(new AssumeRoleWithWebIdentityCommand(call)).catch(() => undefined);
    }
  };
  await ask("eu-west-1", 1);
  await ask("us-east-1", 120);
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  const pressed = new AbortController();
  const now = new Date();
  const read = await readHistory(
    makeClients("eu-west-1"),
    {
      regions: ["eu-west-1"],
      since: null,
      now,
      signal: pressed.signal,
      // Before its third page, us-east-1 waits; eu-west-1 has been read whole then.
      time: { now: () => 0, sleep: async () => pressed.abort() },
      onPage: () => undefined,
    },
    () => undefined,
  );
  vi.unstubAllEnvs();
  expect(read.stopped).toEqual({ kind: "interrupted" });
  expect(now.getTime() - read.from.getTime()).toBeLessThan(60_000);
});
