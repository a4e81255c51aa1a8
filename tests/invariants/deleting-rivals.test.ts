import {
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { type DriftName, drift } from "../model/drift.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { connect } from "../model/wire.ts";
import { providerArn } from "../scenarios/by-hand.ts";
import { guide, policyName, roleName, textOf } from "../scenarios/documents.ts";

const minute = 60_000;
const place = {
  role: roleName,
  policyArn: `arn:aws:iam::123456789012:policy/${policyName}`,
  provider: providerArn,
};

/** So many rounds: a pipeline's session does it once more, and the loop corrects it. */
async function rounds(
  ground: Ground,
  count: number,
  does: DriftName,
): Promise<readonly GroundRun[]> {
  const { sandbox } = ground;
  const attached = ["arn:aws:iam::aws:policy/AdministratorAccess"];
  const arn = sandbox.createRole({ name: "cleaner", attached });
  const runs: GroundRun[] = [];
  for (let nth = 1; nth <= count; nth += 1) {
    const keys = await sandbox.credentialsOf(arn, `job-${nth}`, 43_200);
    const client = new IAMClient({ region: sandbox.region });
    const iam = connect(client, sandbox, { keys, answer: sandbox.answer });
    await drift(does, { ...place, iam }, sandbox.clock.now());
    ground.wait(4 * minute);
    runs.push(await ground.run());
    ground.wait(11 * minute);
  }
  return runs;
}

test.each([
  { does: "removes an audience", first: ["drift-corrected"] },
  { does: "deletes the provider", first: ["drift-corrected"] },
  { does: "deletes the role", first: ["drift-corrected"] },
  { does: "deletes the policy", first: ["drift-corrected"] },
  { does: "keeps a wide policy version in store", first: ["drift-corrected"] },
  { does: "makes a policy version that allows everything", first: ["permissions-widened"] },
  {
    does: "re-creates the role open to everybody",
    first: ["trust-widened", "permissions-widened", "drift-corrected"],
  },
] as const)("who $does each time is named in one alert, and corrected", async ({ does, first }) => {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guide));
  await ground.run();
  ground.wait(5 * minute);
  const runs = await rounds(ground, 8, does);
  const kinds = runs.map(({ report }) => report.alerts.map(({ kind }) => kind));
  expect(kinds).toEqual([first, first, ["contended"], [], [], [], [], []]);
  expect(runs[2]?.report.alerts[0]?.text).toContain(":assumed-role/cleaner/job-");
  expect(runs.filter(({ iamWrites }) => iamWrites.length === 0)).toEqual([]);
});

test("a rule that puts a policy that only denies back is named once, however long it stays", async () => {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guide));
  await ground.run();
  const Statement = [{ Effect: "Deny", Action: "s3:*", Resource: "*" }];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  const guardrail = { RoleName: roleName, PolicyName: "guardrail", PolicyDocument };
  const kinds: string[] = [];
  for (let hour = 0; hour < 100; hour += 1) {
    const { PolicyNames } = await ground.iam.send(new ListRolePoliciesCommand(guardrail));
    if (PolicyNames?.length === 0) await ground.iam.send(new PutRolePolicyCommand(guardrail));
    ground.wait(5 * minute);
    const { report } = await ground.run();
    kinds.push(...report.alerts.map(({ kind }) => kind));
    ground.wait(55 * minute);
  }
  const round = ["sessions-revoked", "drift-corrected"];
  expect(kinds).toEqual([...round, ...round, "sessions-revoked", "contended"]);
});

/** So many rounds of a pipeline, each in a session of its own; the loop runs after it, and again before the next. */
async function comes(
  ground: Ground,
  given: { readonly times: number; readonly everyMinutes: number },
  does: (iam: IAMClient, now: Date) => Promise<unknown>,
): Promise<readonly GroundRun[]> {
  const { sandbox } = ground;
  const attached = ["arn:aws:iam::aws:policy/AdministratorAccess"];
  const arn = sandbox.createRole({ name: "robot", attached });
  const runs: GroundRun[] = [];
  for (let nth = 1; nth <= given.times; nth += 1) {
    const keys = await sandbox.credentialsOf(arn, `job-${nth}`, 3_600);
    const client = new IAMClient({ region: sandbox.region });
    await does(connect(client, sandbox, { keys, answer: sandbox.answer }), sandbox.clock.now());
    ground.wait(4 * minute);
    runs.push(await ground.run());
    const half = Math.floor((given.everyMinutes - 4) / 2);
    ground.wait(half * minute);
    runs.push(await ground.run());
    ground.wait((given.everyMinutes - 4 - half) * minute);
  }
  return runs;
}

const alertsIn = (runs: readonly GroundRun[]) => runs.flatMap(({ report }) => report.alerts);
const kindsIn = (runs: readonly GroundRun[]) => alertsIn(runs).map(({ kind }) => kind);
const role = { RoleName: roleName };

async function inSync(): Promise<Ground> {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guide));
  await ground.run();
  ground.wait(5 * minute);
  return ground;
}

function policyOf(effect: "Allow" | "Deny", condition: object): string {
  const statement = { Effect: effect, Action: "s3:GetObject", Resource: "*", Condition: condition };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

describe("a bot that writes the time of day into what it puts back", () => {
  test("is named once where it revokes sessions each hour", async () => {
    const ground = await inSync();
    const revoke = (iam: IAMClient, now: Date) =>
      drift("revokes active sessions", { ...place, iam }, now);
    const runs = await comes(ground, { times: 20, everyMinutes: 60 }, revoke);
    const revoked = ["sessions-revoked", "sessions-revoked", "sessions-revoked"];
    expect(kindsIn(runs)).toEqual([...revoked, "contended"]);
    expect(alertsIn(runs).at(-1)?.text).toContain(":assumed-role/robot/job-");
  });

  test("is reported in full each time where it opens the role for the next hour: a date may be the whole door", async () => {
    const ground = await inSync();
    const until = (now: Date) => new Date(now.getTime() + 60 * minute).toISOString();
    const open = (iam: IAMClient, now: Date) => {
      const condition = { DateLessThan: { "aws:CurrentTime": until(now) } };
      const PolicyDocument = policyOf("Allow", condition);
      const named = { ...role, PolicyName: "for-an-hour", PolicyDocument };
      return iam.send(new PutRolePolicyCommand(named));
    };
    const runs = await comes(ground, { times: 4, everyMinutes: 15 }, open);
    expect(kindsIn(runs)).toEqual(Array.from({ length: 4 }, () => "permissions-widened"));
    expect(runs.filter(({ iamWrites }) => iamWrites.length > 0)).toHaveLength(4);
  });

  test("is waited out where it says in a tag when it came", async () => {
    const ground = await inSync();
    const tag = async (iam: IAMClient, now: Date) => {
      const Tags = [{ Key: "last-seen", Value: now.toISOString() }];
      await iam.send(new TagRoleCommand({ ...role, Tags }));
    };
    const runs = await comes(ground, { times: 12, everyMinutes: 15 }, tag);
    expect(kindsIn(runs)).toEqual(["drift-corrected", "drift-corrected", "contended"]);
    expect(runs.filter(({ iamWrites }) => iamWrites.length > 0).length).toBeLessThan(8);
  });
});

test("who opens the role each night is named in the fifth, shut each time, and missed once it ends", async () => {
  const ground = await inSync();
  const open = (iam: IAMClient, now: Date) =>
    drift("opens the trust policy to everybody", { ...place, iam }, now);
  const runs = await comes(ground, { times: 9, everyMinutes: 24 * 60 + 7 }, open);
  const first = Array.from({ length: 4 }, () => "trust-widened");
  expect(kindsIn(runs)).toEqual([...first, "contended"]);
  expect(runs.filter(({ iamWrites }) => iamWrites.length > 0)).toHaveLength(9);
  const quiet = await comes(ground, { times: 2, everyMinutes: 24 * 60 }, () => Promise.resolve());
  expect(alertsIn(quiet).map(({ kind, severity }) => `${severity} ${kind}`)).toEqual([
    "info contended",
  ]);
});
