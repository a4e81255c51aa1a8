import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { isRecord } from "../../shared/json.ts";
import { digestOf } from "../../shared/plan/digest.ts";
import { serializeRecord } from "../../shared/plan/record.ts";
import { guide, guideFor, type Written } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import {
  alertedOf,
  everybody,
  readBelow,
  recordOf,
  textOf,
  writeBelow,
} from "../scenarios/holds.ts";

/**
 * What release 0.1.0 wrote in an account with this document, whose second version it held, and the
 * readers that it had. Both are kept as they were: nobody changes them with the product.
 */
const folder = join(import.meta.dirname, "0.1.0");
const keptText = (name: string): string =>
  readFileSync(join(folder, `${name}.json`), "utf8").trim();
const reader: unknown = await import(join(folder, "reader.js"));

const document: Written = { ...guide, policy: { readOutputs: true } };
const wider: Written = { ...document, trust: { projects: "all" } };

/** Where each part of the state is, below the prefix. */
const places = {
  record: "applied/production",
  status: "status/production",
  outputs: "outputs/production",
  journal: "journal",
  heartbeat: "heartbeat",
} as const;

/** An account whose first version is in force and whose second is held, by this release. */
async function startHeld(first = document, second = wider): Promise<Scenario> {
  const account = await startScenario();
  await account.put(first);
  await account.run();
  await account.put(second);
  await account.run();
  return account;
}

/** The same with the state that release 0.1.0 wrote, for the targets of this account. */
async function startAsBefore(): Promise<Scenario> {
  const account = await startHeld();
  const { serviceArn, appId } = account.targets;
  for (const [name, place] of Object.entries(places)) {
    const text = keptText(name)
      .replaceAll(/arn:aws:apprunner:[^"\\]+/g, serviceArn)
      .replaceAll("d5f6796fn1zzi9", appId);
    await writeBelow(account, place, text);
  }
  return account;
}

const readers = { record: "parseRecord", status: "parseStatus", journal: "parseJournal" } as const;

/** What a reader of release 0.1.0 makes of a text that this release wrote. */
async function readBefore(account: Scenario, name: keyof typeof readers): Promise<unknown> {
  const text = await readBelow(account, places[name]);
  const read = isRecord(reader) ? reader[readers[name]] : null;
  if (typeof read !== "function" || text === null) throw new Error(`nobody reads ${name}`);
  return read(text, "production");
}

describe("state that the release before wrote", () => {
  test("is read by this one: nothing is reported again, written to IAM, or let in", async () => {
    const account = await startAsBefore();
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "held", version: 2, appliedVersion: 1 });
    expect(alertedOf(run)).toEqual([]);
    expect(run.iamWrites).toEqual([]);
    expect(run.report.errors).toEqual([]);
  });

  test("is evidence of what is in force: a return to it is applied at once", async () => {
    const account = await startAsBefore();
    expect((await recordOf(account))?.applied?.version).toBe(1);
    await account.put(document);
    const run = await account.run();
    expect(run.environment).toMatchObject({ version: 3, appliedVersion: 3, outcome: "in-sync" });
  });

  test("lets the held version be approved, and only as it was announced", async () => {
    const account = await startAsBefore();
    await account.approve(2);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 2 });
  });

  test("guards a further edit as well", async () => {
    const account = await startAsBefore();
    await account.put(guideFor({ id: "cccccccc-dddd-4eee-8fff-000000000000" }));
    expect((await account.run()).environment).toMatchObject({ outcome: "held", appliedVersion: 1 });
  });
});

describe("a version with a character in a comment that only the release before took", () => {
  const text = `${JSON.stringify(document, null, 2)}\n# until Friday`;
  const former = `${text}\rmode: suspend`;

  /** An account in which that version is in force. */
  async function startWithFormer(): Promise<Scenario> {
    const account = await startScenario();
    await account.put(text);
    await account.run();
    const version = await account.put(former);
    const digest = digestOf(former);
    const record = await recordOf(account);
    const status = await account.status();
    if (record === null || record.applied === null || status === null) throw new Error("no state");
    const applied = { ...record.applied, version, digest, text: former };
    await writeBelow(account, places.record, serializeRecord({ ...record, applied }) ?? "");
    const named = { ...status, appliedVersion: version, appliedDigest: digest };
    await writeBelow(account, places.status, JSON.stringify(named));
    return account;
  }

  test("stays in force: it is reported once, and nothing closes or opens", async () => {
    const account = await startWithFormer();
    const first = await account.run();
    expect(first.environment).toMatchObject({ outcome: "invalid", version: 2, appliedVersion: 2 });
    expect(alertedOf(first)).toEqual([["spec-invalid", "warning"]]);
    expect(textOf(first, "spec-invalid")).toContain("a carriage return without a line feed");
    expect(first.iamWrites).toEqual([]);

    const second = await account.run();
    expect(alertedOf(second)).toEqual([]);
    expect(second.iamWrites).toEqual([]);
  });

  test("is still what drift is held against", async () => {
    const account = await startWithFormer();
    await account.run();
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: "CircleCI-OIDC-Role",
        PolicyDocument: JSON.stringify(everybody),
      }),
    );
    const run = await account.run();
    expect(alertedOf(run)).toContainEqual(["trust-widened", "critical"]);
    expect(run.iamWrites).toContain("UpdateAssumeRolePolicy");
  });

  test("is followed at once by the same document without it", async () => {
    const account = await startWithFormer();
    await account.run();
    await account.put(text);
    const run = await account.run();
    expect(run.environment).toMatchObject({ version: 3, appliedVersion: 3, outcome: "in-sync" });
    expect(run.iamWrites).toEqual([]);
  });
});

describe("state that this release writes", () => {
  test("is read by the release before: the record, the status, the journal", async () => {
    const account = await startHeld();
    const status = await account.status();
    expect(await readBefore(account, "record")).toMatchObject({
      kind: "fits",
      record: {
        environment: "production",
        applied: { version: 1, digest: status?.appliedDigest },
        begun: null,
        names: { roles: ["CircleCI-OIDC-Role"], policies: ["CircleCI-Deployment-Policy"] },
      },
    });
    expect(await readBefore(account, "status")).toMatchObject({
      appliedVersion: 1,
      appliedDigest: status?.appliedDigest,
      heldVersion: 2,
      seen: { announced: 2 },
    });
    expect(await readBefore(account, "journal")).toEqual({});
  });

  test("is missing evidence to it where a document has a field that it does not know", async () => {
    const account = await startScenario();
    await account.put({ ...document, role: { ignoreTags: ["cost-centre"] } });
    await account.run();
    expect(await readBefore(account, "record")).toMatchObject({ kind: "misfit" });
    expect(await readBefore(account, "status")).toMatchObject({ appliedVersion: 1 });
  });
});
