import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { guide, guideWith, policyName, roleName } from "../scenarios/documents.ts";
import type { Run } from "../scenarios/harness.ts";
import { type LateAccount, startLate } from "./late.ts";
import { anybody } from "./policies.ts";

const minute = 60_000;
const role = { RoleName: roleName };
const ours = `arn:aws:iam::123456789012:policy/${policyName}`;
/** Somebody who works in the account with a role of their own, each time in another session. */
function rival(account: LateAccount, name: string): () => Promise<IAMClient> {
  const { sandbox } = account;
  const arn = sandbox.createRole({
    name,
    attached: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  });
  let nth = 0;
  return async () => {
    nth += 1;
    const credentials = await sandbox.credentialsOf(arn, `run-${nth}`, 43_200);
    return new IAMClient({ ...clientOptions(sandbox), credentials });
  };
}

/** Each time, the rival lets anybody in. */
const opening = (session: () => Promise<IAMClient>) => async () => {
  const iam = await session();
  await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
};

/** So many hours: the rival comes each hour, and the loop each half of one. */
async function hours(
  account: LateAccount,
  count: number,
  rivals: () => Promise<unknown>,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    await rivals();
    for (let half = 0; half < 2; half += 1) {
      account.pass(5 * minute);
      runs.push(await account.run());
      account.pass(25 * minute);
    }
  }
  return runs;
}

const alerts = (runs: readonly Run[]) => runs.flatMap(({ report }) => report.alerts);
const lines = (runs: readonly Run[]) =>
  alerts(runs).map(({ severity, kind }) => `${severity} ${kind}`);
const writes = (runs: readonly Run[]) => runs.flatMap(({ iamWrites }) => iamWrites);

async function inSync(): Promise<LateAccount> {
  const account = await startLate();
  await account.put(guide);
  await account.run();
  account.pass(5 * minute);
  return account;
}

describe("anyone who puts their own back each hour is named in one alert", () => {
  test("Terraform, with an old trust policy: shut each time, and its end is noticed", async () => {
    const account = await inSync();
    const open = opening(rival(account, "terraform"));
    const day = await hours(account, 7, open);
    expect(lines(day)).toEqual([
      ...Array.from({ length: 4 }, () => "critical trust-widened"),
      "critical contended",
    ]);
    expect(alerts(day).at(-1)?.text).toContain(":assumed-role/terraform/run-5");
    expect(writes(day)).toEqual(Array.from({ length: 7 }, () => "UpdateAssumeRolePolicy"));
    // Anything new is reported meanwhile.
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await account.iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn }));
    expect(lines(await hours(account, 1, open))).toEqual(["critical permissions-widened"]);
    account.pass(22 * 60 * minute);
    const quiet = await hours(account, 4, () => Promise.resolve());
    expect(lines(quiet)).toEqual(["info contended"]);
    expect(writes(quiet)).toEqual([]);
  });

  test("Terraform, with one thing each hour and one each night: one end of both", async () => {
    const account = await inSync();
    const terraform = rival(account, "terraform");
    const open = opening(terraform);
    const lengthen = async () => {
      const iam = await terraform();
      await iam.send(new UpdateRoleCommand({ ...role, MaxSessionDuration: 7200 }));
    };
    for (let night = 0; night < 4; night += 1) {
      await hours(account, 1, lengthen);
      account.pass(14 * 60 * minute);
    }
    await hours(account, 5, open);
    await lengthen();
    expect(lines(await hours(account, 1, open))).toEqual(["critical contended"]);
    account.pass(24 * 60 * minute);
    expect(lines(await hours(account, 4, () => Promise.resolve()))).toEqual([]);
    account.pass(12 * 60 * minute);
    expect(lines(await hours(account, 4, () => Promise.resolve()))).toEqual(["info contended"]);
  });

  test("Terraform, with trust, session, tags and a policy: each is named, with what to do about it", async () => {
    const account = await inSync();
    const terraform = rival(account, "terraform");
    const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const Tags = [{ Key: "managed-by", Value: "terraform" }];
    const day = await hours(account, 7, async () => {
      const iam = await terraform();
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
      await iam.send(new UpdateRoleCommand({ ...role, MaxSessionDuration: 7200 }));
      await iam.send(new TagRoleCommand({ ...role, Tags }));
      await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn }));
    });
    expect(lines(day).filter((line) => line.endsWith(" contended"))).toEqual([
      "critical contended",
    ]);
    const { text } = alerts(day).at(-1) ?? { text: "" };
    expect(text.match(/was changed in the same way 5 times since [^:]+:\d\d:[^:]+: .*/g)).toEqual([
      expect.stringContaining(": an attached policy that is not desired."),
      expect.stringContaining(": maximum session not as desired."),
      expect.stringContaining(": the trust policy admits other requests than desired."),
      expect.stringContaining(": tags that are not desired."),
    ]);
    expect(text).toContain('claimed for somebody else by the tag "managed-by"');
    for (const field of ["trust.projects", "deploy", "role.maxSessionSeconds"]) {
      expect(text).toContain(`${field} `);
    }
  });

  test("a compliance rule that takes the deploy policy off", async () => {
    const account = await inSync();
    const rule = rival(account, "remediation");
    const day = await hours(account, 6, async () => {
      const iam = await rule();
      await iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: ours }));
    });
    expect(lines(day)).toEqual([
      ...Array.from({ length: 4 }, () => "info drift-corrected"),
      "critical contended",
    ]);
    expect(alerts(day).at(-1)?.text).toContain(":assumed-role/remediation/");
    expect(alerts(day).at(-1)?.text).toContain("take those targets out of deploy");
    expect(writes(day)).toEqual(Array.from({ length: 6 }, () => "AttachRolePolicy"));
  });
});

describe("an auto-tagger", () => {
  const Tags = [{ Key: "created-by", Value: "alice" }];
  const quarrel = ["info drift-corrected", "info drift-corrected", "critical contended"];

  /** Runs a quarter of an hour after each of so many acts. */
  async function quarters(
    account: LateAccount,
    count: number,
    act: (nth: number) => Promise<unknown>,
  ): Promise<readonly Run[]> {
    const runs: Run[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      await act(nth);
      account.pass(15 * minute);
      runs.push(await account.run());
    }
    return runs;
  }

  /** Tags the role whenever the tag is missing, which a rule of EventBridge sees at once. */
  function tagger(account: LateAccount): () => Promise<unknown> {
    const session = rival(account, "auto-tagger");
    return async () => {
      const iam = await session();
      const { Role } = await iam.send(new GetRoleCommand(role));
      const has = Role?.Tags?.some(({ Key }) => Key === "created-by") === true;
      if (!has) await iam.send(new TagRoleCommand({ ...role, Tags }));
    };
  }

  test("is reported once, named, and waited out longer each time", async () => {
    const account = await inSync();
    const tag = tagger(account);
    const runs = await quarters(account, 4 * 8, tag);
    expect(lines(runs)).toEqual(quarrel);
    expect(alerts(runs).at(-1)?.text).toContain(":assumed-role/auto-tagger/");
    expect(alerts(runs).at(-1)?.text).toContain('ignoreTags: ["created-by"]');
    expect(writes(runs).length).toBeLessThan(12);
  });

  test.each([
    ["a day", (at: Date) => at.toISOString().slice(0, 10)],
    ["a local time", (at: Date) => at.toISOString().slice(0, 19).replace("T", " ")],
    ["seconds since 1970", (at: Date) => String(Math.floor(at.getTime() / 1_000))],
  ])("that writes %s each time is one quarrel", async (_, text) => {
    const account = await inSync();
    const session = rival(account, "scanner");
    const runs = await quarters(account, 4 * 6, async (quarter) => {
      const at = new Date(Date.UTC(2026, 10, 22 + quarter, 0, 15 * quarter));
      const scanned = [{ Key: "last-scan", Value: text(at) }];
      await (await session()).send(new TagRoleCommand({ ...role, Tags: scanned }));
    });
    expect(lines(runs)).toEqual(quarrel);
    expect(alerts(runs).at(-1)?.text).toContain(":assumed-role/scanner/");
    expect(writes(runs).length).toBeLessThan(8);
  });

  test("that writes another value each time is corrected and reported each time, with the line that leaves it", async () => {
    const account = await inSync();
    const session = rival(account, "scanner");
    const runs = await quarters(account, 6, async (quarter) => {
      const scanned = [{ Key: "last-scan", Value: String(17 + quarter) }];
      await (await session()).send(new TagRoleCommand({ ...role, Tags: scanned }));
    });
    expect(lines(runs)).toEqual(Array.from({ length: 6 }, () => "info drift-corrected"));
    for (const { text } of alerts(runs)) expect(text).toContain('ignoreTags: ["last-scan"]');
    expect(writes(runs)).toEqual(Array.from({ length: 6 }, () => "UntagRole"));
  });

  test("may tag what role.ignoreTags names, once that is approved", async () => {
    const account = await inSync();
    const version = await account.put(guideWith({ role: { ignoreTags: ["Created-*"] } }));
    const [held] = alerts([await account.run()]);
    expect(held).toMatchObject({ kind: "permissions-widening-held" });
    await account.approve(version);
    await account.run();
    const day = await hours(account, 3, tagger(account));
    expect([lines(day), writes(day)]).toEqual([[], []]);
    expect((await account.state()).roles[roleName]?.tags).toMatchObject({ "created-by": "alice" });
    const other = [{ Key: "team", Value: "admins" }];
    await account.iam.send(new TagRoleCommand({ ...role, Tags: other }));
    expect((await account.run()).iamWrites).toEqual(["UntagRole"]);
    expect((await account.state()).roles[roleName]?.tags).toHaveProperty("created-by");
  });
});
