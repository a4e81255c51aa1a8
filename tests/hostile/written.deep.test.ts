import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaves } from "../cli/leaves.ts";
import { atDepth } from "../depth.ts";
import { type Ground, schedule, startGround } from "./ground.ts";
import { mutatedJson } from "./json.ts";
import { hostileText } from "./texts.ts";

// For each of two dozen commands: every hostile text comes several times in every place of a line.
const numRuns = atDepth({ usual: 4, deep: 1_000 });
const seed = 20_261_126;

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.close());

/** A word that begins a command line, then words of anybody where names, files and values belong. */
const words = fc.array(
  fc.oneof(
    hostileText,
    hostileText.map((text) => `--${text}`),
    fc.constantFrom(
      "production",
      "--json",
      "--prefix",
      "--region",
      "--document",
      "--token",
      "--",
      "-",
    ),
  ),
  { maxLength: 5 },
);

describe("whatever is on the command line, a command ends in order:", () => {
  test.each(leaves)("$path", async ({ path }) => {
    await fc.assert(
      fc.asyncProperty(words, async (args) => {
        await ground.ask([...path.split(" "), ...args]);
      }),
      { numRuns, seed },
    );
  });
});

const names = [
  "OIDC_PARAMETER_PREFIX",
  "OIDC_ALERT_TOPIC_ARN",
  "OIDC_EVENT_BUS",
  "OIDC_FIRST_DOCUMENT",
  "OIDC_ORGANIZATIONS",
  "OIDC_PERMISSIONS_BOUNDARY",
  "OIDC_ROLE_NAMES",
  "OIDC_POLICY_NAMES",
  "OIDC_SCHEDULE_MINUTES",
] as const;

test("whatever the variables of a function say, it answers or says which one is wrong", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), hostileText, async (name, value) => {
      fc.pre(!value.includes("\0"));
      await ground.invoke("reconcile", { dryRun: true }, { [name]: value });
    }),
    { numRuns, seed },
  );
});

/** What is below the prefix beside the documents, as the loop left it. */
const states = [
  "status/production",
  "applied/production",
  "journal",
  "heartbeat",
  "audit",
  "refusals",
];

test("whatever somebody wrote into a parameter, the loop and a person see nothing hidden", async () => {
  // Once, as the loop wrote it: what is put below is somebody's.
  const read = (name: string): unknown => {
    const put = ground.sandbox.calls.findLast(
      ({ operation, input }) =>
        operation === "PutParameter" && String(input["Name"]).endsWith(`/${name}`),
    );
    return JSON.parse(String(put?.input["Value"] ?? "{}"));
  };
  const journal = {
    "6a7e8feb-b491-4cf7-a9f1-bf3703460001": {
      at: "2026-01-01T00:00:00.000Z",
      source: "queue",
      alerts: [{ kind: "trust-widened", environment: "production", title: "a door" }],
      more: { conflict: 2 },
    },
  };
  const refusals = { refusals: [["who", "denied", 1_795_000_000, 1, 3, "2026-11-26T00:00:00Z"]] };
  const whole = states.map((name) => ({
    name,
    value: name === "journal" ? journal : name === "refusals" ? refusals : read(name),
  }));
  const written = fc.constantFrom(...whole).chain(({ name, value }) =>
    mutatedJson(value).map((text) => ({
      name,
      text: Buffer.from(text).subarray(0, 8000).toString(),
    })),
  );
  await fc.assert(
    fc.asyncProperty(
      written,
      fc.constantFrom("status", "plan", "history production"),
      async ({ name, text }, line) => {
        fc.pre(text !== "" && !text.includes("{{"));
        await ground.put(name, text);
        await ground.ask(line.split(" "));
        await ground.invoke("reconcile", schedule);
      },
    ),
    { numRuns, seed },
  );
});

const record = {
  eventID: "0d2a0f2e-0000-4000-8000-000000000001",
  eventSource: "sts.amazonaws.com",
  eventName: "AssumeRoleWithWebIdentity",
  eventTime: "2026-11-26T00:00:00Z",
  awsRegion: "us-east-1",
  userIdentity: {
    type: "WebIdentityUser",
    principalId: "x:y:z",
    userName: "org/x",
    identityProvider: "arn:aws:iam::1:oidc-provider/x",
  },
  requestParameters: {
    roleArn: "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role",
    roleSessionName: "s",
  },
};

test.each(["trust replay production --events f", "diagnose f"])(
  "whatever is in a file of CloudTrail, %s shows nothing hidden",
  async (line) => {
    const texts = mutatedJson({ Records: [record, record] }, record, {
      Events: [{ CloudTrailEvent: JSON.stringify(record) }],
    });
    await fc.assert(
      fc.asyncProperty(
        texts,
        texts,
        fc.boolean(),
        fc.boolean(),
        async (one, other, isPacked, json) => {
          const text = `${one}\n${other}`;
          const files = { f: isPacked ? gzipSync(text) : text };
          await ground.ask([...line.split(" "), ...(json ? ["--json"] : [])], { files });
        },
      ),
      { numRuns, seed },
    );
  },
);

test("a packed file of many megabytes of one record's text is given up, not held", async () => {
  const files = { f: gzipSync(`{"Records":[{"a":"${"x".repeat(96_000_000)}`) };
  const { code, err } = await ground.ask("trust replay production --events f".split(" "), {
    files,
  });
  expect({ code, isSaid: /cannot be read|larger/.test(err) }).toEqual({ code: 2, isSaid: true });
});
