import { describe, expect, test } from "vitest";
import { sampleEvent, withDetail } from "../wake/sample.ts";
import { leanInFolder, packagedTemplate } from "./package.ts";
import { rulesMatching } from "./rule-match.ts";
import type { Template } from "./template.ts";

const standard = packagedTemplate();
const inPath = packagedTemplate(leanInFolder);
const exact = packagedTemplate({
  params: { roleNames: "CircleCI-OIDC-Role", policyNames: "CircleCI-Deploy" },
});
const any = packagedTemplate({ params: { roleNames: "*", policyNames: "*" } });

const account = "arn:aws:iam::123456789012";

function isWoken(sample: string, requestParameters: unknown, template: Template): boolean {
  const event = withDetail(sampleEvent(sample), { requestParameters, responseElements: null });
  return rulesMatching(event, template).includes("IdentityChanged");
}

function byRole(roleName: string, template = standard): boolean {
  return isWoken("iam-update-trust", { roleName, policyDocument: "{}" }, template);
}

function byPolicy(policyArn: string, template = standard): boolean {
  return isWoken("iam-policy-version", { policyArn, policyDocument: "{}" }, template);
}

describe("a change of IAM wakes a run", () => {
  test("where the role's name is one of the installation's, in any case", () => {
    expect(byRole("CircleCI-OIDC-Role")).toBe(true);
    expect(byRole("circleci-oidc-role")).toBe(true);
    expect(byRole("Terraform")).toBe(false);
    expect(byRole("MyCircleCI-Role")).toBe(false);
  });

  test("by a role's name alone where the pattern has a path, which the event does not show", () => {
    expect(byRole("CircleCI-OIDC-Role", inPath)).toBe(true);
    expect(byRole("Terraform", inPath)).toBe(false);
  });

  test("where the policy's ARN is one of the installation's, in any case", () => {
    expect(byPolicy(`${account}:policy/CircleCI-Deployment-Policy`)).toBe(true);
    expect(byPolicy(`${account}:policy/circleci-deployment-policy`)).toBe(true);
    expect(byPolicy(`${account}:policy/Terraform`)).toBe(false);
    expect(byPolicy("arn:aws:iam::210987654321:policy/CircleCI-Deployment-Policy")).toBe(false);
    expect(byPolicy(`${account}:policy/DeployX-1`, inPath)).toBe(true);
    expect(byPolicy(`${account}:policy/X-1`, inPath)).toBe(false);
  });

  test("by exactly one name where there is no wildcard", () => {
    expect(byRole("CIRCLECI-OIDC-ROLE", exact)).toBe(true);
    expect(byRole("CircleCI-OIDC-Role-2", exact)).toBe(false);
    expect(byPolicy(`${account}:policy/circleci-deploy`, exact)).toBe(true);
    expect(byPolicy(`${account}:policy/CircleCI-Deploy-2`, exact)).toBe(false);
  });

  test("by the beginning of a long name, which the pattern has no room for", () => {
    const name = "CircleCI-Deployment-of-the-whole-shop";
    const long = packagedTemplate({ params: { roleNames: name, policyNames: name } });
    expect(byRole(name, long)).toBe(true);
    expect(byPolicy(`${account}:policy/${name}`, long)).toBe(true);
    expect(byRole("CircleCI-Deploy", long)).toBe(false);
  });

  test("by every role and policy where every name is the installation's", () => {
    expect(byRole("Terraform", any)).toBe(true);
    expect(byPolicy(`${account}:policy/Terraform`, any)).toBe(true);
  });

  test("by the role, not by the policy, where something is attached", () => {
    const policyArn = `${account}:policy/CircleCI-Deployment-Policy`;
    const onOurs = { roleName: "CircleCI-OIDC-Role", policyArn: "arn:aws:iam::aws:policy/x" };
    expect(isWoken("iam-attach-by-user", onOurs, standard)).toBe(true);
    expect(isWoken("iam-attach-by-user", { roleName: "Terraform", policyArn }, standard)).toBe(
      false,
    );
  });

  test("by a policy's creation, whose ARN is in the answer", () => {
    const named = (arn: string) =>
      withDetail(sampleEvent("iam-create-policy"), { responseElements: { policy: { arn } } });
    const ours = named(`${account}:policy/CircleCI-Deployment-Policy`);
    expect(rulesMatching(ours, standard)).toEqual(["IdentityChanged"]);
    expect(rulesMatching(named(`${account}:policy/Terraform`), standard)).toEqual([]);
  });

  test("by a provider of CircleCI's organisations, in each spelling, and by no other issuer's", () => {
    const ours = `${account}:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555`;
    const other = `${account}:oidc-provider/token.actions.githubusercontent.com`;
    for (const spelling of [
      "openIDConnectProviderArn",
      "openIdConnectProviderArn",
      "OpenIDConnectProviderArn",
    ]) {
      expect(isWoken("iam-add-audience", { [spelling]: ours }, standard), spelling).toBe(true);
      expect(isWoken("iam-add-audience", { [spelling]: other }, standard), spelling).toBe(false);
    }
    const url = "https://oidc.circleci.com/org/11111111-2222-4333-8444-555555555555";
    expect(isWoken("iam-create-provider", { url }, standard)).toBe(true);
    expect(isWoken("iam-create-provider", { url: "https://evil.example" }, standard)).toBe(false);
  });
});
