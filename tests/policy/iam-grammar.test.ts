import { describe, expect, test } from "vitest";
import { problemOfTrustPolicy } from "../../sandbox/evaluate/index.ts";
import { admitsTrust, explainTrust } from "../../shared/explain/index.ts";
import { parsePermissionPolicy } from "../../shared/policy/parse.ts";
import { runTrust } from "../cli/run-trust.ts";
import { trustAnswer } from "../compare/answers.ts";
import { baseWith, provider, refused, taken } from "./iam-grammar.ts";

const good = baseWith({});
const request = {
  principal: { type: "Federated", id: provider },
  action: "sts:AssumeRoleWithWebIdentity",
  context: new Map(),
} as const;

/** The exit codes of the commands that read a trust policy, each given this one. */
async function exitCodes(text: string): Promise<readonly number[]> {
  const claims = JSON.stringify({ iss: "https://idp.example.com", sub: "s", aud: "a" });
  const files: Readonly<Record<string, string>> = { "p.json": text, good, claims };
  const codes: number[] = [];
  for (const args of [
    ["explain", "p.json"],
    ["compare", "--before", "p.json", "--after", "good"],
    ["compare", "--before", "good", "--after", "p.json"],
    ["admits", "p.json", "--token", "claims"],
  ]) {
    codes.push((await runTrust(args, { files })).code);
  }
  return codes;
}

describe("what IAM refuses is refused, with no verdict", () => {
  test.each(refused)("$title", async ({ text }) => {
    expect(explainTrust(text).kind).toBe("refused");
    expect(trustAnswer({ before: text, after: good })).toMatchObject({ side: "before" });
    expect(trustAnswer({ before: good, after: text })).toMatchObject({ side: "after" });
    expect(admitsTrust(text, request).kind).toBe("refused");
    expect(problemOfTrustPolicy(text)?.code).toBe("MalformedPolicyDocument");
    expect(await exitCodes(text)).toEqual([2, 2, 2, 2]);
  });
});

describe("what IAM takes stays taken", () => {
  test.each(taken)("$title", ({ text }) => {
    expect(explainTrust(text)).toMatchObject({ kind: "explained" });
    expect(trustAnswer({ before: text, after: text })).toMatchObject({ verdict: "equivalent" });
    expect(admitsTrust(text, request).kind).not.toBe("refused");
    expect(problemOfTrustPolicy(text)).toBeNull();
  });
});

describe("a refusal names the slip", () => {
  test.each([
    [{ Effect: "allow" }, '"allow"'],
    [{ Principal: { Federated: "arn:aws:iam::123456789012:role/x" } }, 'under "AWS"'],
    [{ Principal: { Federated: "arn:aws:iam::123456789:saml-provider/x" } }, "has 9 digits"],
    [{ Principal: { Federated: provider.replace("/oidc", "/https://oidc") } }, "scheme"],
    [{ Action: ["sts:AssumeRole", "s3:GetObject"] }, '"s3:GetObject"'],
  ])("%o", (change, part) => {
    const explained = explainTrust(baseWith(change));
    expect(explained.kind === "refused" ? explained.error.message : "").toContain(part);
  });
});

test("a permission policy's Effect is case-sensitive too", () => {
  const text = '{"Statement":{"Effect":"allow","Action":"s3:*","Resource":"*"}}';
  expect(parsePermissionPolicy(text)).toMatchObject({ problem: { code: "malformed-effect" } });
});
