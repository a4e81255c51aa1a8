import { describe, expect, it } from "vitest";
import { evaluateTrust } from "../../../sandbox/evaluate/index.ts";
import { simulatorAdmits } from "./simulator.ts";

const account = "123456789012";
const provider = `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com/org/o`;
const role = `arn:aws:iam::${account}:role/path/deploy`;
const session = `arn:aws:sts::${account}:assumed-role/deploy/job`;
const user = `arn:aws:iam::${account}:user/ann`;

const listed: readonly unknown[] = [
  "*",
  { AWS: "*" },
  { AWS: account },
  { AWS: `arn:aws:iam::${account}:root` },
  { AWS: "210987654321" },
  { AWS: `arn:aws:iam::${account}:role/deploy` },
  { AWS: session },
  { AWS: [user, role] },
  { Federated: provider },
  { Federated: `${provider}x` },
  { Service: "ec2.amazonaws.com" },
];

const callers = [
  { type: "AWS", id: role, action: "sts:AssumeRole" },
  { type: "AWS", id: session, action: "sts:AssumeRole" },
  { type: "AWS", id: user, action: "sts:AssumeRole" },
  { type: "AWS", id: "arn:aws:iam::210987654321:user/eve", action: "sts:AssumeRole" },
  { type: "Federated", id: provider, action: "sts:AssumeRoleWithWebIdentity" },
  { type: "Service", id: "ec2.amazonaws.com", action: "sts:AssumeRole" },
] as const;

const document = (principal: unknown, effect = "Allow") => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: effect === "Allow" ? principal : "*", Action: "sts:*" },
    ...(effect === "Deny" ? [{ Effect: "Deny", Principal: principal, Action: "sts:*" }] : []),
  ],
});

/** A Deny of an account, which iam-simulate applies to a provider that the account hosts. */
function isSettled(principal: unknown, effect: string, type: string): boolean {
  const names = JSON.stringify(principal);
  return effect === "Deny" && type === "Federated" && /"(\d{12}|[^"]*:root)"/.test(names);
}

describe("the sandbox's evaluator and iam-simulate agree on a caller", () => {
  for (const effect of ["Allow", "Deny"]) {
    it.each(listed)(`where ${effect} names %j`, async (principal) => {
      const trust = document(principal, effect);
      for (const { type, id, action } of callers) {
        if (isSettled(principal, effect, type)) continue;
        const request = { principal: { type, id }, action, context: new Map() };
        const ours = evaluateTrust(trust, request).decision === "allow";
        expect({ id, admitted: ours }).toEqual({
          id,
          admitted: await simulatorAdmits(trust, id, action),
        });
      }
    });
  }
});

describe("the sandbox's evaluator and iam-simulate disagree", () => {
  it("on a star under Federated, which the design takes for every provider", async () => {
    const trust = document({ Federated: "*" });
    const action = "sts:AssumeRoleWithWebIdentity";
    const request = { principal: { type: "Federated", id: provider }, action, context: new Map() };
    expect(evaluateTrust(trust, request).decision).toBe("allow");
    expect(await simulatorAdmits(trust, provider, action)).toBe(false);
  });

  it("on a Deny of the account that hosts a provider", async () => {
    const trust = document({ AWS: account }, "Deny");
    const action = "sts:AssumeRoleWithWebIdentity";
    const request = { principal: { type: "Federated", id: provider }, action, context: new Map() };
    expect(evaluateTrust(trust, request).decision).toBe("allow");
    expect(await simulatorAdmits(trust, provider, action)).toBe(false);
  });
});
