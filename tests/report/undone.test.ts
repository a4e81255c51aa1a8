import { expect, test } from "vitest";
import type { Change } from "../../shared/plan/change.ts";
import { undoneBy } from "../../shared/report/undone.ts";
import type { RecordedCall } from "../../shared/wake/index.ts";

const arn = "arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy";
const document = JSON.stringify({ Version: "2012-10-17", Statement: [] });
const corrected: Change = {
  action: "update",
  resource: "policy",
  id: arn,
  effect: "closes",
  reason: "",
  before: { version: "v1", document: {} },
  after: { document: {} },
  step: { do: "create-policy-version", arn, document },
};

const made = (second: number, actor: string, parameters: object): RecordedCall => ({
  eventName: "CreatePolicyVersion",
  at: `2026-02-01T12:00:${second}Z`,
  actor,
  account: "123456789012",
  parameters: { policyArn: arn, ...parameters },
});

test.each([
  ["a version that is made and not the default undoes nothing", false, { kind: "late" }],
  ["one that is the default does", true, { kind: "by", actor: "bob" }],
])("%s", (_, setAsDefault, why) => {
  const ours = made(10, "us", { policyDocument: document, setAsDefault: true });
  const theirs = made(20, "bob", { policyDocument: "{}", setAsDefault });
  const now = new Date("2026-02-01T12:00:40Z");
  expect(undoneBy(corrected, [ours, theirs], { begun: now, now })).toEqual(why);
});
