import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startDiagnosis } from "../diagnose/account.ts";
import { claimsWith, recordWith, roleArn, subjectOf } from "../diagnose/job.ts";
import { say } from "./shell.ts";

let account: Awaited<ReturnType<typeof startDiagnosis>>;
beforeAll(async () => {
  account = await startDiagnosis();
  for (const [name, value] of Object.entries(account.sandbox.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await account.sandbox.close();
});

function ask(args: readonly string[], file: Uint8Array | string) {
  const bytes = Buffer.from(file);
  return say(["diagnose", ...args], {
    files: { "f.json": bytes, "f.jsonl": bytes },
    stdin: [bytes.subarray(0, 7), bytes.subarray(7)],
    environment: process.env,
  });
}

const dev = recordWith({ userName: subjectOf({ ref: "refs/heads/dev" }), eventID: "1" });
const other = recordWith({
  userName: subjectOf({ origin: "github.com/acme/other" }),
  eventTime: "2026-11-22T09:00:00Z",
  eventID: "2",
});
const {
  errorCode: _,
  errorMessage: __,
  ...admitted
} = recordWith({
  eventID: "3",
  eventTime: "2026-11-22T11:00:00Z",
});
const json = JSON.stringify;
const lookup = (...records: readonly object[]) =>
  json({ Events: records.map((record) => ({ EventName: "x", CloudTrailEvent: json(record) })) });

describe("diagnose ends with", () => {
  test.each([
    ["0 where the call was not refused", json(admitted), 0, "this call was not refused"],
    ["0 where it is admitted now", json({ role: roleArn, claims: claimsWith() }), 0, "admits"],
    ["3 where it was refused", json(dev), 3, "ref-refused: the token's ref is refs/heads/dev"],
    [
      "3 where the token cannot be read",
      json({ role: roleArn, token: "x" }),
      3,
      "token-unreadable",
    ],
    ["1 where it cannot be decided", json({ ...dev, requestParameters: null }), 1, "names no role"],
  ])("%s", async (_, file, code, words) => {
    const said = await ask(["f.json"], file);
    expect(said).toMatchObject({ code, err: "" });
    expect(said.out).toContain(words);
  });

  test("1 where the role cannot be read, and says what is missing", async () => {
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "GetRole",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
      times: 1,
    });
    const { code, out, err } = await ask(["f.json"], json(dev));
    expect(code).toBe(1);
    expect(out).toContain("undecided: iam:GetRole");
    expect(err).toContain("iam:GetRole");
  });

  test.each([
    ["no JSON at all", "Events:\n", "--output json"],
    [
      "records of other calls",
      json({ Records: [{ ...dev, eventName: "AssumeRole" }] }),
      "1 record (AssumeRole)",
    ],
    ["no event", json({ Events: [] }), "ninety days"],
  ])("2 for %s, and says what was found", async (_, file, words) => {
    const said = await ask(["f.json"], file);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(words);
    const asJson = await ask(["f.json", "--json"], file);
    expect(asJson.code).toBe(2);
    const value = JSON.parse(asJson.out);
    expect(value.error?.code ?? value.errors[0].code).toBe("NoQuestion");
  });
});

describe("diagnose reads", () => {
  test.each<readonly [string, readonly string[], Uint8Array | string]>([
    ["lookup-events' output", ["f.json"], lookup(dev)],
    [
      "a log file",
      ["f.json"],
      json({ Records: [dev, { ...dev, eventName: "GetRole", eventID: "9" }] }),
    ],
    ["a packed log file, whatever its name", ["f.json"], gzipSync(json({ Records: [dev] }))],
    ["records on lines", ["f.jsonl"], `${json(admitted)}\n${json(dev)}\n`],
    ["standard input", ["-"], lookup(dev)],
    ["packed standard input", ["-"], gzipSync(lookup(dev))],
    ["a file with a byte order mark", ["f.json"], `\ufeff${json(dev)}`],
  ])("%s", async (_, args, file) => {
    const { code, out } = await ask([...args, "--json"], file);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      diagnosis: { cause: { code: "ref-refused" }, role: "Acme-CI", at: "2026-11-22T10:00:00Z" },
    });
  });

  test("of several records the refused ones, the newest first, alike ones once", async () => {
    const again = { ...dev, eventID: "4", eventTime: "2026-11-22T10:00:09Z" };
    const { code, out } = await ask(["f.json", "--json"], lookup(other, dev, admitted, again));
    expect(code).toBe(3);
    const report = JSON.parse(out);
    expect(report.diagnosis).toMatchObject({
      at: "2026-11-22T10:00:09Z",
      cause: { code: "ref-refused" },
    });
    expect(report.others).toMatchObject([
      { at: "2026-11-22T09:00:00Z", cause: { code: "origin-refused" } },
    ]);
    expect(report.found).toMatch(/^4 records, 4 of AssumeRoleWithWebIdentity, 3 of them refused/);
    const text = (await ask(["f.json"], lookup(other, dev, admitted, again))).out;
    expect(text.indexOf("ref-refused")).toBeLessThan(text.indexOf("origin-refused"));
    expect(text).toContain("3 of them refused");
  });

  test("no role twice, however many records speak of it", async () => {
    const before = account.sandbox.calls.length;
    await ask(["f.json"], lookup(other, dev));
    const reads = account.sandbox.calls.slice(before).filter(({ service }) => service === "iam");
    expect(reads.map(({ operation }) => operation).toSorted()).toEqual([
      "GetOpenIDConnectProvider",
      "GetRole",
    ]);
  });

  test("of records of which none was refused the newest, and says so", async () => {
    const { code, out } = await ask(["f.json"], lookup(admitted, { ...admitted, eventID: "5" }));
    expect(code).toBe(0);
    expect(out).toContain("0 of them refused");
    expect(out).toContain("this call was not refused");
  });

  test("a record with a hostile branch, and obeys nothing in it", async () => {
    const branch = "refs/heads/\u001b[31m\u202emain";
    const record = recordWith({ userName: subjectOf({ ref: branch }), eventTime: "\u001b[2J" });
    const { out } = await ask(["f.json"], json(record));
    expect(out).toContain("\\u001b[31m\\u202emain");
    expect(out).not.toContain("\u001b");
    const { err } = await ask(["f.json"], json({ ...record, eventName: "\u001b[2J" }));
    expect(err).toContain("\\u001b[2J");
    expect(err).not.toContain("\u001b");
  });
});
