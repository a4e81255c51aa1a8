import fc from "fast-check";
import { afterAll, beforeAll, describe, test } from "vitest";
import { atDepth } from "../depth.ts";
import { sampleEvent, sampleNames } from "../wake/sample.ts";
import { type Ground, startGround } from "./ground.ts";
import { mutatedJson } from "./json.ts";
import { hostileText, plantedTokens } from "./texts.ts";

// An invocation takes ten milliseconds: what texts alone can show is for files.deep.test.ts.
const numRuns = atDepth({ usual: 30, deep: 5_000 });

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.close());

const events = sampleNames.map(sampleEvent);
const organization = "11111111-2222-4333-8444-555555555555";
const provider = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const roleArn = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";
const subject = `org/${organization}/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev`;

const refusedCall = {
  eventVersion: "1.09",
  eventID: "0d2a0f2e-0000-4000-8000-000000000001",
  eventSource: "sts.amazonaws.com",
  eventName: "AssumeRoleWithWebIdentity",
  eventTime: "2026-11-26T00:00:00Z",
  awsRegion: "us-east-1",
  errorCode: "AccessDenied",
  errorMessage: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
  userIdentity: {
    type: "WebIdentityUser",
    principalId: `${provider}:${organization}:${subject}`,
    userName: subject,
    identityProvider: provider,
  },
  requestParameters: { roleArn, roleSessionName: "deploy" },
};
const refused = {
  source: "aws.sts",
  "detail-type": "AWS API Call via CloudTrail",
  account: "123456789012",
  region: "us-east-1",
  detail: refusedCall,
};
const claims = {
  iss: `https://oidc.circleci.com/org/${organization}`,
  aud: organization,
  sub: subject,
};
const payloads = [
  { environments: ["production"], dryRun: true },
  { environments: ["production", "nobody"], force: false },
  { dryRun: true },
];
const questions = [
  { role: "CircleCI-OIDC-Role", claims },
  { role: roleArn, token: plantedTokens[0], errorMessage: "AccessDenied" },
  { Records: [refusedCall] },
  refused,
  refusedCall,
];

/** Messages of a queue, of which one or several were written by a stranger. */
const batch = (bodies: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(bodies, hostileText, fc.boolean()), { minLength: 1, maxLength: 4 }).map((all) =>
    JSON.stringify({
      Records: all.map(([body, id, isOdd]) => ({
        messageId: isOdd ? id : "6a7e8feb-b491-4cf7-a9f1-bf3703460001",
        eventSource: "aws:sqs",
        body,
      })),
    }),
  );

describe("whatever wakes a function, it answers or refuses, and shows nothing hidden:", () => {
  test.each([
    ["reconcile by an event", "reconcile", mutatedJson(...events)],
    ["reconcile by a batch", "reconcile", batch(mutatedJson(...events))],
    ["reconcile by hand", "reconcile", mutatedJson(...payloads)],
    ["audit", "audit", mutatedJson({ dryRun: true }, sampleEvent("schedule"))],
    ["diagnose by a question", "diagnose", mutatedJson(...questions)],
    ["diagnose by a batch", "diagnose", batch(mutatedJson(refused))],
  ] as const)("%s", async (_, name, texts: fc.Arbitrary<string>) => {
    // Read inside, so that a counterexample that is too deep to be printed as a value is printed as its text.
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await ground.invoke(name, JSON.parse(text));
      }),
      { numRuns, seed: 20_261_126 },
    );
  });
});
