import { gzipSync } from "node:zlib";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import {
  dev,
  main,
  onRefs,
  organization,
  patternOf,
  policyText,
  project,
  recordOf,
  role,
} from "../replay/records.ts";
import { guide, shopMain, shopMainAndDev, textOf } from "../scenarios/documents.ts";
import { openScenario, type Scenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

const json = JSON.stringify;
const arn = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";
const events = (...records: readonly object[]) => json({ Records: records });
const narrow = policyText(onRefs("refs/heads/main"));
const wide = policyText(onRefs("refs/heads/*"));

let account: Scenario;
beforeAll(async () => {
  account = await openScenario();
  await account.put({ ...guide, trust: { projects: [shopMainAndDev] } });
  await account.run();
  account.sandbox.createRole({ name: "Acme-CI", path: "/ci/", trust: JSON.parse(wide) });
  for (const ref of ["refs/heads/main", "refs/heads/main", "refs/heads/dev", "refs/heads/x"]) {
    await assume(ref);
  }
  // The next version, which no run has seen.
  await account.put({ ...guide, trust: { projects: [shopMain] } });
});
afterAll(() => account.close());

/** The SDK reads the process's own variables. */
beforeEach(() => {
  for (const [name, value] of Object.entries(account.sandbox.environment)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A job on that ref asks STS for the environment's role; a refusal is an answer too. */
async function assume(ref: string, region = "us-east-1"): Promise<void> {
  const sts = new STSClient({ ...clientOptions(account.sandbox), region });
  const token = await account.sandbox.circleci.issueToken({
    organizationId: organization,
    projectId: project,
    userId: "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690",
    origin: "github.com/acme/shop",
    ref,
  });
  const call = { RoleArn: arn, RoleSessionName: "deploy", WebIdentityToken: token };
  await sts.send(new AssumeRoleWithWebIdentityCommand(call)).catch(() => undefined);
  sts.destroy();
}

function replay(line: string, shell: Shell = {}) {
  const files = {
    "narrow.json": narrow,
    "wide.json": wide,
    "events.json": events(recordOf(main), recordOf(dev)),
    ...shell.files,
  };
  const args = ["trust", "replay", ...line.split(" ").filter((word) => word !== "")];
  return say(args, { environment: process.env, ...shell, files });
}

async function answer(line: string, shell: Shell = {}) {
  const { code, out, err } = await replay(`${line} --json`, shell);
  return { code, err, answer: JSON.parse(out) };
}

describe("trust replay from the event history", () => {
  test("says who would be refused by a version of the document, and ends with 3", async () => {
    const { code, err, answer: found } = await answer("production --version 2");
    expect({ code, err }).toEqual({ code: 3, err: "" });
    expect(found).toMatchObject({
      role: arn,
      source: "event-history",
      records: 4,
      identities: 3,
      current: { admitted: 2, refused: 1 },
      proposed: { admitted: 1, refused: 2 },
      newlyRefused: [
        {
          subject: dev,
          audience: organization,
          count: 1,
          lastSeen: expect.stringMatching(/^20.*Z$/),
          obstacle: expect.stringContaining("ref-refused: the token's ref is refs/heads/dev"),
        },
      ],
      newlyAdmitted: [],
      unused: [],
    });
    const days = (Date.parse(found.to) - Date.parse(found.from)) / (24 * 60 * 60 * 1000);
    expect(days).toBe(90);
    expect(Math.abs(Date.parse(found.to) - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    ["a document", "production --document next.yaml"],
    ["a policy", "production --trust next.json"],
    ["a policy, for a role by its name", "--role CircleCI-OIDC-Role --trust next.json"],
    ["a policy, for a role by its ARN", `--role ${arn} --trust next.json`],
  ])("takes %s as the proposal", async (_, line) => {
    const files = {
      "next.yaml": textOf({ ...guide, trust: { projects: [shopMain] } }),
      "next.json": policyText(onRefs("refs/heads/main")),
    };
    const { code, answer: found } = await answer(line, { files });
    expect(code).toBe(3);
    expect(found.newlyRefused).toMatchObject([{ subject: dev }]);
  });

  test("says who would be admitted by a wider one", async () => {
    const { code, answer: found } = await answer("production --trust wide.json");
    expect(code).toBe(3);
    expect(found).toMatchObject({
      newlyRefused: [],
      newlyAdmitted: [{ subject: dev.replace("/dev", "/x"), count: 1 }],
    });
    const { out } = await replay("production --trust wide.json");
    expect(out).toMatch(/\nNewly admitted:\n {2}\+ .*\n {4}seen .*\n {4}so far ref-refused: /);
  });

  test("without a proposal says who gets in today, and ends with 0", async () => {
    const { code, out } = await replay("production");
    expect(code).toBe(0);
    expect(out).toMatch(
      /^4 records of AssumeRoleWithWebIdentity on .*, in the event history of us-east-1, from 20/,
    );
    expect(out).toContain("The current policy admits 2 of 3 identities and refuses 1.");
    expect(out).not.toContain("proposed");
  });

  test("says to people who would be refused, when they were seen, and why", async () => {
    const { out } = await replay("production --version 2");
    const [summary = "", ...lines] = out.split("\n");
    expect(summary).toContain(`4 records of AssumeRoleWithWebIdentity on ${arn}`);
    expect(lines.slice(0, 3)).toEqual([
      "The current policy admits 2 of 3 identities and refuses 1.",
      "The proposed policy admits 1 of 3 identities and refuses 2.",
      expect.stringMatching(
        /^Of 3 identities seen since 20..-..-.., 1 would be newly refused and none newly admitted\.$/,
      ),
    ]);
    expect(out).toContain(`\nNewly refused:\n  - ${dev}\n    seen 1 time, last 20`);
    expect(out).toContain("ref-refused: the token's ref is refs/heads/dev");
  });

  test("says so where nobody was seen", async () => {
    const { code, out, err } = await replay("--role Acme-CI --trust narrow.json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(
      "0 records of AssumeRoleWithWebIdentity on arn:aws:iam::123456789012:role/ci/Acme-CI",
    );
    expect(out).toContain("Nobody was seen for the role");
    const { answer: found } = await answer("--role Acme-CI --trust narrow.json");
    expect(found).toMatchObject({
      records: 0,
      identities: 0,
      proposed: { admitted: 0, refused: 0 },
    });
  });

  test("goes back as far as --since says, and says where the history ends before", async () => {
    const { answer: found } = await answer("production --since 12h");
    expect((Date.parse(found.to) - Date.parse(found.from)) / 3_600_000).toBe(12);
    expect(found.records).toBe(4);
    const long = await answer("production --since 400d");
    expect(long.err).toContain("The event history goes back 90 days.");
    expect(long.code).toBe(0);
  });

  test("reads the Region where jobs deploy, and the one of STS's global endpoint", async () => {
    const from = account.sandbox.calls.length;
    const away = { ...guide, deploy: { region: "eu-west-1", ecr: ["demo-backend"] } };
    await account.put({ ...away, role: { name: "Away" }, policy: { name: "Away" } }, "away");
    const { out } = await replay("away --region us-east-1");
    expect(out).toBe("");
    await account.put({ ...away, role: { name: "Acme-CI", path: "/ci/" } }, "away");
    const found = await replay("away");
    expect(found.out).toContain("in the event history of us-east-1 and eu-west-1,");
    const regions = account.sandbox.calls
      .slice(from)
      .filter(({ operation }) => operation === "LookupEvents")
      .map(({ region }) => region);
    expect(regions.toSorted()).toEqual(["eu-west-1", "us-east-1"]);
    await account.remove("away");
  });
});

test("trust replay is about the role in force, whatever the newest version names", async () => {
  await account.put({ ...guide, role: { name: "Next" }, policy: { name: "Next" } });
  const { answer: found } = await answer("production");
  expect(found).toMatchObject({ role: arn, records: 4 });
});

describe("trust replay of a long event history", () => {
  beforeAll(async () => {
    for (let at = 0; at < 150; at += 1) await assume("refs/heads/main");
  });

  test("asks for two pages a second, and shows how far it is", async () => {
    const waits: number[] = [];
    const progress: string[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    const { code } = await replay("production", { wait, progress });
    expect(code).toBe(0);
    // Pages of fifty: the first two at once, each further one half a second behind the last.
    expect(waits).toHaveLength(2);
    expect(waits.every((ms, index) => ms > 0 && ms <= 500 * (index + 1))).toBe(true);
    expect(progress).toHaveLength(4);
    expect(progress[0]).toMatch(
      /^reading the event history: 50 events, 50 of the role, back to 20/,
    );
  });

  test("ends with Ctrl-C, with an answer about what was read and how far back that is", async () => {
    const pressed = new AbortController();
    const wait = async () => pressed.abort();
    const {
      code,
      err,
      answer: found,
    } = await answer("production --version 2", {
      wait,
      interrupted: pressed.signal,
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^Interrupted: the answer goes back to 20.*Z and no further\.$/m);
    expect(found).toMatchObject({ records: 100, newlyRefused: [] });
    const whole = Date.parse(found.to) - Date.parse(found.from);
    expect(whole).toBeLessThan(10 * 60 * 1000);
    expect(err).toContain(found.from);
  });

  test("ends with Ctrl-C before anything was read", async () => {
    const { code, answer: found } = await answer("production", {
      interrupted: AbortSignal.abort(),
    });
    expect(code).toBe(1);
    expect(found).toMatchObject({ records: 0, identities: 0 });
    expect(found.from).toBe(found.to);
  });

  const refusing = (after: number) => {
    let calls = 0;
    const { faults } = account.sandbox;
    return faults.add({
      when: ({ operation }) => {
        if (operation === "LookupEvents") calls += 1;
        return operation === "LookupEvents" && calls > after;
      },
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
      times: 1,
    });
  };

  test("says what may not be read, and ends with 1", async () => {
    refusing(0);
    const { code, answer: found } = await answer("production");
    expect(code).toBe(1);
    expect(found.error).toMatchObject({ code: "AccessDenied", where: "cloudtrail:LookupEvents" });
  });

  test("keeps what was read where CloudTrail fails later, and says how far it goes", async () => {
    refusing(2);
    const { code, err, answer: found } = await answer("production --trust narrow.json");
    expect(code).toBe(1);
    expect(err).toMatch(/cloudtrail:LookupEvents in us-east-1 failed.*goes back to 20.*Z/);
    expect(found.records).toBe(100);
  });
});

describe("trust replay of files", () => {
  const line = "--role Acme-CI --trust narrow.json --events";

  test("asks AWS for the role and nothing else", async () => {
    const from = account.sandbox.calls.length;
    const { code, answer: found } = await answer(`${line} events.json`);
    expect(code).toBe(3);
    expect(found).toMatchObject({
      role,
      source: "files",
      from: "2026-11-22T10:00:00Z",
      to: "2026-11-22T10:00:00Z",
      records: 2,
      newlyRefused: [{ subject: dev }],
    });
    const calls = account.sandbox.calls.slice(from).map(({ operation }) => operation);
    expect(calls).toEqual(["GetRole"]);
  });

  const packed = gzipSync(events(recordOf(main), recordOf(dev)));
  const looked = json({
    Events: [main, dev].map((subject) => ({ CloudTrailEvent: json(recordOf(subject)) })),
  });
  test.each<readonly [string, string, Uint8Array | string]>([
    ["a log file", "f", events(recordOf(main), recordOf(dev))],
    ["a packed log file, whatever its name", "f", packed],
    [
      "a packed log file of two members",
      "f",
      Buffer.concat([gzipSync(json(recordOf(main))), gzipSync(json(recordOf(dev)))]),
    ],
    ["records on lines", "f", `${json(recordOf(main))}\n${json(recordOf(dev))}\n`],
    ["EventBridge's events", "f", json([{ detail: recordOf(main) }, { detail: recordOf(dev) }])],
    ["lookup-events' output", "f", looked],
    ["standard input", "-", looked],
    ["packed standard input", "-", packed],
  ])("reads %s", async (_, name, content) => {
    const bytes = Buffer.from(content);
    const stdin = [bytes.subarray(0, 1), bytes.subarray(1, 9), bytes.subarray(9)];
    const found = await answer(
      `${line} ${name}`,
      name === "-" ? { stdin } : { files: { f: bytes } },
    );
    expect(found).toMatchObject({
      code: 3,
      answer: { records: 2, newlyRefused: [{ subject: dev }] },
    });
  });

  test("reads several, and counts an event once that is in two of them", async () => {
    const files = {
      a: events(recordOf(main, { eventID: "1" }), recordOf(dev, { eventID: "2" })),
      b: gzipSync(events(recordOf(dev, { eventID: "2" }), recordOf(dev, { eventID: "3" }))),
    };
    const progress: string[] = [];
    const { answer: found } = await answer(`${line} a b`, { files, progress });
    expect(found).toMatchObject({ records: 3, newlyRefused: [{ count: 2 }] });
    expect(progress.at(-1)).toMatch(/^reading b \(2 of 2\): 2 records$/);
  });

  test("without a record of the role is an answer", async () => {
    for (const content of [events(), "[]", events(recordOf(main, { eventName: "GetRole" }))]) {
      const files = { f: content };
      const { code, out, err } = await replay(`${line} f`, { files });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toMatch(/^0 records of AssumeRoleWithWebIdentity on .*, in 1 file\.\n/);
      expect(out).toContain("Nobody was seen for the role");
      const { answer: found } = await answer(`${line} f`, { files });
      expect(found).toMatchObject({ records: 0, from: null, to: null });
    }
  });

  test.each<readonly [string, Uint8Array | string | Error | undefined, string]>([
    ["that is not there", undefined, "There is no file f."],
    ["that is a folder", Object.assign(new Error("x"), { code: "EISDIR" }), "f is a folder"],
    ["that is empty", "", "it holds no JSON"],
    ["of CSV", '"Event ID"\n', "--output json"],
    ["of other JSON", "{}", "no record of CloudTrail"],
    ["that is cut off", events(recordOf(main)).slice(0, -20), "ends in the middle of a value"],
    ["that is packed and cut off", packed.subarray(0, 100), "cannot be unpacked to its end"],
    [
      "that only begins like gzip",
      Buffer.from([0x1f, 0x8b, 8, 0]),
      "cannot be unpacked to its end",
    ],
    ["with a broken record", `${json(recordOf(main))}\n{"a":}\n`, "value number 2 is not JSON"],
    ["of binary data", Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256), "no JSON"],
    ["of brackets", "[".repeat(50_000), "ends in the middle of a value"],
  ])("a file %s ends with 2 and names it", async (_, content, why) => {
    const files = content === undefined ? {} : { f: content };
    const { code, out, err } = await replay(`${line} events.json f`, { files });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(why);
    expect(err).toMatch(/\bf\b/);
    expect(err).not.toMatch(/\n\s+at |\.ts:\d/);
    const { answer: found } = await answer(`${line} f`, { files });
    expect(found.error).toMatchObject({ where: "f" });
  });

  test("shows nothing of a hostile record as a terminal would obey it", async () => {
    const subject = `${dev}\u001b[2J\u202e${"x".repeat(100_000)}`;
    const files = { f: events(recordOf(subject), recordOf("\n\nproduction: fine")) };
    const { out } = await replay(`${line} f`, { files });
    expect(out).toContain("\\u001b[2J\\u202e");
    expect(out).toContain("characters more)");
    for (const obeyed of ["\u001b", "\u202e", "\nproduction"]) expect(out).not.toContain(obeyed);
    expect(out.length).toBeLessThan(5000);
    const { answer: found } = await answer(`${line} f`, { files });
    expect(found.newlyRefused[0].subject).toBe(subject);
  });

  test("ends with Ctrl-C, and says how many records the answer is about", async () => {
    const { code, err } = await replay(`${line} events.json`, { interrupted: AbortSignal.abort() });
    expect(code).toBe(1);
    expect(err).toBe("Interrupted: the answer is about the 0 records read until then.\n");
  });

  test("says what the records leave open", async () => {
    const anonymous = recordOf(main, { userIdentity: {}, responseElements: null });
    const files = {
      f: events(recordOf(main), anonymous),
      "named.json": policyText({
        ...onRefs("refs/heads/main"),
        Condition: { StringEquals: { "sts:RoleSessionName": "deploy" } },
      }),
    };
    const alone = await replay("--role Acme-CI --events f", { files });
    expect(alone.out).toContain("\n1 record does not say whose token it was.\n");
    const { code, out } = await replay("--role Acme-CI --trust named.json --events f", { files });
    expect(code).toBe(3);
    expect(out).toContain(
      "The proposed policy admits 0 of 1 identity and refuses 1, 1 of them undecided.",
    );
    expect(out).toContain(
      "For 1 identity the proposed policy asks for what CloudTrail does not record",
    );
    expect(out).toMatch(/Newly refused:\n.*\n.*\n {4}undecided: it hangs on sts:RoleSessionName/);
  });

  test("says which patterns nobody needed, and what to do about it", async () => {
    const both = policyText(onRefs("refs/heads/*", "refs/tags/*"));
    account.sandbox.createRole({ name: "Tags", path: "/ci/", trust: JSON.parse(both) });
    const record = recordOf(main, {
      requestParameters: { roleArn: role.replace("Acme-CI", "Tags") },
    });
    const { out } = await replay("--role Tags --events f", { files: { f: events(record) } });
    expect(out).toContain("No identity needed these patterns of the current policy:");
    expect(out).toContain(`:sub: ${patternOf("refs/tags/*")}`);
    expect(out).toContain("Take out what no job needs.");
    expect(out).not.toContain(`:sub: ${patternOf("refs/heads/*")}`);
  });
});

describe("trust replay ends with 2 for", () => {
  test.each([
    ["neither NAME nor --role", "", "Name an environment, or a role with --role."],
    ["both", "production --role CI", "Leave out NAME or --role"],
    ["a name that cannot be one", "a/b", "cannot be an environment"],
    ["an environment that is not there", "prodution", 'Did you mean "production"?'],
    [
      "two proposals",
      "production --trust narrow.json --version 2",
      "--version and --trust each propose",
    ],
    ["a version of no environment", "--role CI --version 2", "give its NAME"],
    ["a version that is not a number", "production --version two", '"two" is not one'],
    ["a version that is not there", "production --version 99", "has no version 99"],
    ["a time that is not one", "production --since yesterday", "how long ago (30d, 12h)"],
    ["a year", "production --since 2026", "is not one"],
    ["a time to come", "production --since 2999-01-01", "a time in the past"],
    ["a role that is not there", "--role Nobody", "There is no role Nobody in this account."],
    [
      "a role under another path",
      "--role arn:aws:iam::123456789012:role/Acme-CI",
      `The role of that name is ${role}.`,
    ],
    [
      "another account's role",
      "--role arn:aws:iam::999999999999:role/ci/Acme-CI",
      `The role of that name is ${role}.`,
    ],
    ["no role at all", "--role arn:aws:s3:::bucket", "is not the name or the ARN of a role"],
    [
      "a policy that IAM refuses",
      "production --trust broken.json",
      "IAM would refuse the trust policy in broken.json (at Statement",
    ],
    ["a document that is not valid", "production --document broken.yaml", "broken.yaml"],
  ])("%s", async (_, line, words) => {
    const files = {
      "broken.json": policyText({ Effect: "Allow" }),
      "broken.yaml": "circleci: {}\n",
    };
    const { code, out, err } = await replay(line, { files });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
    expect(err).not.toMatch(/\n\s+at |\.ts:\d/);
  });
});

test("trust replay of an environment whose role is not there says where to look", async () => {
  await account.put({ ...guide, role: { ...guide.role, name: "Waiting" } }, "waiting");
  const { code, err } = await replay("waiting");
  expect(code).toBe(2);
  expect(err).toContain("There is no role Waiting in this account. Environment waiting names it:");
});
