import { describe, expect, test } from "vitest";
import {
  allowsNothing,
  denyingAudience,
  onlyDenies,
  onlyWith,
  statementsOf,
} from "../../shared/plan/statements.ts";
import { allow, arn, deny, text } from "./subjects.ts";

const [one, other] = [allow("s3:GetObject"), deny("s3:PutObject")];
const single = JSON.stringify({ Version: "2012-10-17", Statement: one });
const without = JSON.stringify({ Version: "2012-10-17" });
/** What is not a policy, or no text of IAM's: nothing is decided by it. */
const strange = ["", "[]", "null", text(one, ["x"]), JSON.stringify({ Statement: "x" })];

/** A document, its Allow alone, its Deny alone, and whether it only denies. */
const documents = [
  ["both", text(one, other), text(one), text(other), false],
  ["Allow", text(one), text(one), null, false],
  ["Allow, not in a list", single, single, null, false],
  ["Deny", text(other, other), null, text(other, other), true],
  ["no statement", text(), null, null, false],
  ["no Statement", without, null, null, false],
] as const;

describe("a document of", () => {
  test.each(documents)("%s", (_, document, allowing, denying, denies) => {
    expect(onlyWith("Allow", document)).toBe(allowing);
    expect(onlyWith("Deny", document)).toBe(denying);
    expect(onlyDenies(document)).toBe(denies);
    expect(allowsNothing(document)).toBe(allowing === null);
  });
});

describe("what is not a policy comes back as it is, and may allow anything", () => {
  test.each(strange)("%j", (document) => {
    expect(statementsOf(document)).toBeNull();
    expect(onlyWith("Allow", document)).toBe(document);
    expect(onlyWith("Deny", document)).toBe(document);
    expect(onlyDenies(document)).toBe(false);
    expect(allowsNothing(document)).toBe(false);
    expect(denyingAudience(document, arn("oidc-provider/x"), "a")).toBeNull();
  });
});

test("an audience is refused beside what is there", () => {
  const refused = denyingAudience(text(one), arn("oidc-provider/host/path"), "a");
  expect(JSON.parse(refused ?? "")).toEqual({
    Version: "2012-10-17",
    Statement: [
      one,
      {
        Effect: "Deny",
        Principal: { Federated: arn("oidc-provider/host/path") },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "host/path:aud": "a" } },
      },
    ],
  });
});
