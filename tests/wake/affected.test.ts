import { describe, expect, test } from "vitest";
import { noTargets } from "../../shared/targets/index.ts";
import { isAffected, type Wake, type WatchedEnvironment, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

const production: WatchedEnvironment = {
  name: "production",
  account: { id: "123456789012" },
  document: {
    circleci: { organizationId: "11111111-2222-4333-8444-555555555555" },
    role: { name: "CircleCI-OIDC-Role" },
    policy: { name: "CircleCI-Deployment-Policy" },
    targets: {
      deploy: {
        ...noTargets,
        region: "us-east-1",
        ecr: [{ repository: "demo-backend", may: ["push"] }],
        appRunner: [{ service: "demo-backend", may: ["deploy"] }],
        ecsExpress: [
          { cluster: "default", service: "demo-express" },
          { cluster: "web", service: "shop" },
        ],
        amplify: [{ app: "demo-frontend", branches: [], may: ["release"] }],
      },
      last: null,
      outputs: { AWS_AMPLIFY_APP_ID: "d1a2b3c4d5e6f7" },
    },
  },
  names: { roles: [], policies: [], organizations: [] },
};

function wakeBy(event: unknown): Wake {
  const wake = wakeOf(event, "/oidc-reconciler");
  if (wake.kind === "refused") throw new Error(wake.error.message);
  return wake;
}

function affectsProduction(event: unknown): boolean {
  return isAffected(wakeBy(event), production);
}

function changed(
  name: string,
  requestParameters: Readonly<Record<string, unknown>>,
): ReturnType<typeof sampleEvent> {
  return withDetail(sampleEvent(name), { requestParameters });
}

describe("an environment is affected by", () => {
  test.each([
    "schedule",
    "parameter-update",
    "iam-update-trust",
    "iam-policy-version",
    "iam-add-audience",
    "ecr-create-repository",
    "amplify-create-branch",
  ])("%s", (name) => {
    expect(affectsProduction(sampleEvent(name))).toBe(true);
  });

  test("its role in another spelling of case, which IAM takes for the same", () => {
    expect(affectsProduction(changed("iam-update-trust", { roleName: "circleci-oidc-role" }))).toBe(
      true,
    );
  });

  test("its policy under any path", () => {
    const policyArn = "arn:aws:iam::123456789012:policy/ci/CircleCI-Deployment-Policy";
    expect(affectsProduction(changed("iam-policy-version", { policyArn }))).toBe(true);
  });

  test("everything that happens, while no document of it can be read", () => {
    const unread = { ...production, document: null };
    for (const name of ["iam-update-trust", "iam-add-audience", "ecs-deployment"]) {
      expect(isAffected(wakeBy(sampleEvent(name)), unread)).toBe(true);
    }
  });

  test.each([
    ["iam-update-trust", { roleName: "old-role" }],
    ["iam-policy-version", { policyArn: "arn:aws:iam::123456789012:policy/Old-Policy" }],
    [
      "iam-add-audience",
      {
        openIDConnectProviderArn:
          "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/22222222-2222-4333-8444-555555555555",
      },
    ],
  ])("%s of what it wrote under an earlier name", (name, requestParameters) => {
    const renamed: WatchedEnvironment = {
      ...production,
      names: {
        roles: ["Old-Role"],
        policies: ["Old-Policy"],
        organizations: ["22222222-2222-4333-8444-555555555555"],
      },
    };
    const wake = wakeBy(changed(name, requestParameters));
    expect(isAffected(wake, renamed)).toBe(true);
    expect(isAffected(wake, production)).toBe(false);
  });

  test("any one of several places", () => {
    const wake = {
      scopes: [...wakeBy(sampleEvent("ecs-deployment")).scopes, { kind: "every" as const }],
    };
    expect(isAffected({ scopes: wake.scopes.slice(0, 1) }, production)).toBe(false);
    expect(isAffected(wake, production)).toBe(true);
  });

  test("a payload that names it", () => {
    expect(affectsProduction({ environments: ["staging", "production"] })).toBe(true);
  });
});

describe("an environment is not affected by", () => {
  test.each([
    ["a Region it does not deploy to", "apprunner-create-service"],
    ["a call that failed", "iam-failed"],
    ["a use of its role", "sts-assume-role"],
    ["a write of its own status", "parameter-status"],
  ])("%s", (_, name) => {
    expect(affectsProduction(sampleEvent(name))).toBe(false);
  });

  test.each([
    ["iam-update-trust", { roleName: "CircleCI-OIDC-Role-2" }],
    ["iam-policy-version", { policyArn: "arn:aws:iam::aws:policy/CircleCI-Deployment-Policy" }],
    ["iam-policy-version", { policyArn: "arn:aws:iam::123456789012:policy/Other" }],
    ["iam-policy-version", { policyArn: "CircleCI-Deployment-Policy" }],
    [
      "iam-add-audience",
      {
        openIDConnectProviderArn:
          "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
      },
    ],
    [
      "iam-add-audience",
      {
        openIDConnectProviderArn:
          "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555556",
      },
    ],
  ])("%s of %j", (name, requestParameters) => {
    expect(affectsProduction(changed(name, requestParameters))).toBe(false);
  });

  test("another environment's document or payload", () => {
    const name = "/oidc-reconciler/environments/staging";
    expect(affectsProduction(withDetail(sampleEvent("parameter-update"), { name }))).toBe(false);
    expect(affectsProduction({ environments: ["staging"] })).toBe(false);
  });
});
