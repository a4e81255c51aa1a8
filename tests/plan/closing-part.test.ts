import { describe, expect, test } from "vitest";
import type { Change } from "../../shared/plan/change.ts";
import { closingPart } from "../../shared/plan/closing-part.ts";
import { planIdentity } from "../../shared/plan/identity.ts";
import {
  admit,
  allow,
  boundaryArn,
  deny,
  policyWith,
  roleWith,
  situationWith,
  text,
} from "./subjects.ts";

const wanted = text(allow("ecr:PutImage", "ecr:GetAuthorizationToken"));

/** What is written of the deploy policy where nothing may open; `null` where nothing is. */
function policyPart(document: string, desired = wanted): unknown {
  const change: Change = {
    action: "update",
    resource: "policy",
    id: "policy",
    reason: "the policy grants other actions than desired",
    before: { version: "v2", document: JSON.parse(document) },
    after: { document: JSON.parse(desired) },
    effect: "opens",
    step: { do: "create-policy-version", arn: "policy", document: desired },
  };
  const part = closingPart(change);
  if (part === null) return null;
  expect(part).toMatchObject({ effect: "closes", before: change.before });
  const written = part.step.do === "create-policy-version" ? part.step.document : "";
  expect(part.after).toEqual({ document: JSON.parse(written) });
  return JSON.parse(written).Statement;
}

const granting = [{ Effect: "Deny", Action: "sts:GetCallerIdentity", Resource: "*" }];

describe("of a policy version that may not be written whole", () => {
  test.each([
    ["nothing, where it only opens", text(allow("ecr:PutImage")), null],
    ["nothing, where what is there only denies", text(deny("s3:*")), null],
    [
      "what both grant",
      text(allow("s3:*", "ecr:PutImage")),
      [{ Effect: "Allow", Action: ["ecr:PutImage"], Resource: "*" }],
    ],
    [
      "what both grant, beside each Deny that is there",
      text(allow("s3:*", "ecr:*"), deny("ecr:PutImage")),
      [
        deny("ecr:PutImage"),
        { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
      ],
    ],
    [
      "the Deny alone, where they share nothing",
      text(allow("s3:*"), deny("s3:GetObject")),
      [deny("s3:GetObject")],
    ],
    ["what grants nothing, where they share nothing", text(allow("s3:*")), granting],
  ])("%s", (_, found, left) => {
    expect(policyPart(found)).toEqual(left);
  });

  test("the rest is all that a later run writes", () => {
    const once = policyPart(text(allow("s3:*", "ecr:PutImage")));
    expect(policyPart(JSON.stringify({ Version: "2012-10-17", Statement: once }))).toBeNull();
    const never = JSON.stringify({ Version: "2012-10-17", Statement: granting });
    expect(policyPart(never)).toBeNull();
  });
});

test("what only opens has no part that closes, and what only closes is one", () => {
  const role = roleWith({
    trustPolicy: text(admit("eve")),
    attached: [],
    permissionsBoundary: boundaryArn,
  });
  const { changes } = planIdentity(situationWith({ role, policy: policyWith() }));
  const parts = changes.map((change) => [change.step.do, closingPart(change)?.effect ?? null]);
  expect(parts).toEqual([
    ["update-trust-policy", "closes"],
    ["delete-boundary", null],
    ["attach", null],
  ]);
  const eve = roleWith({ trustPolicy: text(admit("alice", "eve")) });
  const [closing] = planIdentity(situationWith({ role: eve })).changes;
  expect(closing === undefined ? null : closingPart(closing)).toBe(closing);
});
