import { describe, expect, test } from "vitest";
import {
  type KindName,
  kindNames,
  type TouchedTarget,
  targetKinds,
} from "../../shared/targets/index.ts";
import { callsOn, isOwnSession, type Wake, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

const prefix = "/oidc-reconciler";

function wakeBy(event: unknown): Wake {
  const wake = wakeOf(event, prefix);
  if (wake.kind === "refused") throw new Error(wake.error.message);
  return wake;
}

const provider =
  "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555";
const policy = "arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy";
const account = "123456789012";
const role = { kind: "role", account, name: "CircleCI-OIDC-Role" };
const production = { kind: "named", account, environments: ["production"] };

describe("an event sends a run to", () => {
  test.each([
    ["every environment", "schedule", "schedule", { kind: "every" }],
    ["the document that was edited", "parameter-update", "parameter", production],
    ["the document that was labelled", "parameter-label", "parameter", production],
    ["the document that CloudTrail saw edited", "ssm-document-by-another", "parameter", production],
    ["the environment whose status was written", "ssm-status-by-another", "parameter", production],
    ["the role whose trust changed", "iam-update-trust", "iam", role],
    ["the role a user attached to", "iam-attach-by-user", "iam", role],
    [
      "the policy with a new version",
      "iam-policy-version",
      "iam",
      { kind: "policy", account, arn: policy },
    ],
    [
      "the policy that was created",
      "iam-create-policy",
      "iam",
      { kind: "policy", account, arn: policy },
    ],
    [
      "the provider of a new audience",
      "iam-add-audience",
      "iam",
      { kind: "provider", account, arn: provider },
    ],
    [
      "the provider that was created",
      "iam-create-provider",
      "iam",
      { kind: "provider", account, arn: provider },
    ],
    [
      "the provider that got a context provider",
      "iam-update-provider",
      "iam",
      { kind: "provider", account, arn: provider },
    ],
    ["the role that a template made", "iam-acquire-role", "iam", role],
    [
      "a new repository",
      "ecr-create-repository",
      "target",
      {
        kind: "target",
        account,
        region: "us-east-1",
        target: { service: "ecr", repository: "demo-backend" },
      },
    ],
    [
      "a new App Runner service",
      "apprunner-create-service",
      "target",
      {
        kind: "target",
        account,
        region: "eu-central-1",
        target: { service: "apprunner", name: "demo-backend" },
      },
    ],
    [
      "a deleted App Runner service",
      "apprunner-service-status",
      "target",
      {
        kind: "target",
        account,
        region: "eu-central-1",
        target: { service: "apprunner", name: "demo-backend" },
      },
    ],
    [
      "the service of an App Runner operation",
      "apprunner-operation",
      "target",
      {
        kind: "target",
        account,
        region: "eu-central-1",
        target: { service: "apprunner", name: "demo-backend" },
      },
    ],
    [
      "the app of a new Amplify branch",
      "amplify-create-branch",
      "target",
      {
        kind: "target",
        account,
        region: "us-east-1",
        target: { service: "amplify", id: "d1a2b3c4d5e6f7", name: null },
      },
    ],
    [
      "the app of an Amplify deployment",
      "amplify-deployment",
      "target",
      {
        kind: "target",
        account,
        region: "us-east-1",
        target: { service: "amplify", id: "d1a2b3c4d5e6f7", name: null },
      },
    ],
    [
      "a new Express service",
      "ecs-create-express",
      "target",
      {
        kind: "target",
        account,
        region: "us-west-2",
        target: { service: "ecs", cluster: "default", name: "demo-express" },
      },
    ],
    [
      "a plain service that is moved to another task definition",
      "ecs-update-service",
      "target",
      {
        kind: "target",
        account,
        region: "us-west-2",
        target: { service: "ecs", cluster: "shop", name: "web" },
      },
    ],
    [
      "the service of an ECS deployment",
      "ecs-deployment",
      "target",
      {
        kind: "target",
        account,
        region: "us-west-2",
        target: { service: "ecs", cluster: "default", name: "demo-express" },
      },
    ],
  ])("%s (%s)", (_, name, trigger, scope) => {
    const wake = wakeBy(sampleEvent(name));
    expect(wake).toEqual({
      kind: "wake",
      source: "event",
      trigger,
      dryRun: false,
      force: false,
      scopes: [scope],
      calls: name === "schedule" ? [] : [expect.anything()],
      writes: name === "ssm-status-by-another" ? [expect.anything()] : [],
      ignored: null,
      errors: [],
    });
  });

  test.each(["Create", "Update", "Delete", "LabelParameterVersion"])(
    "a document whatever happened to it: %s",
    (operation) => {
      const wake = wakeBy(withDetail(sampleEvent("parameter-update"), { operation }));
      expect(wake.scopes).toEqual([production]);
      expect(wake.calls[0]?.eventName).toBe(operation);
    },
  );

  test.each([...callsOn("role")])("the role for %s", (eventName) => {
    expect(wakeBy(withDetail(sampleEvent("iam-update-trust"), { eventName })).scopes).toEqual([
      role,
    ]);
  });

  test.each([...callsOn("policy")])("the policy for %s", (eventName) => {
    const wake = wakeBy(withDetail(sampleEvent("iam-policy-version"), { eventName }));
    expect(wake.scopes).toEqual([{ kind: "policy", account, arn: policy }]);
  });

  test.each([...callsOn("provider")])("the provider for %s", (eventName) => {
    const wake = wakeBy(withDetail(sampleEvent("iam-add-audience"), { eventName }));
    expect(wake.scopes).toEqual([{ kind: "provider", account, arn: provider }]);
  });

  const calls: Readonly<Record<KindName, (name: string) => object>> = {
    ecr: () => ({ repositoryName: "shop/api" }),
    appRunner: (name) =>
      name.startsWith("Create")
        ? { serviceName: "api" }
        : { serviceArn: "arn:aws:apprunner:us-east-1:123456789012:service/api/0a1b2c" },
    ecsExpress: () => ({ cluster: "web", serviceName: "api" }),
    ecs: (name) =>
      name.startsWith("Create")
        ? { cluster: "web", serviceName: "api" }
        : { cluster: "web", service: "api" },
    lambda: (name) =>
      name.startsWith("Create")
        ? { functionName: "api" }
        : { functionName: "arn:aws:lambda:us-east-1:123456789012:function:api:live" },
    amplify: () => ({ appId: "d0a1b2c3", branchName: "main" }),
  };
  const targets: Readonly<Record<KindName, TouchedTarget>> = {
    ecr: { service: "ecr", repository: "shop/api" },
    appRunner: { service: "apprunner", name: "api" },
    ecsExpress: { service: "ecs", cluster: "web", name: "api" },
    ecs: { service: "ecs", cluster: "web", name: "api" },
    lambda: { service: "lambda", name: "api" },
    amplify: { service: "amplify", id: "d0a1b2c3", name: null },
  };

  test.each(
    kindNames.flatMap((kind) =>
      targetKinds[kind].events.calls.map((eventName) => [kind, eventName] as const),
    ),
  )("the very target for %s: %s", (kind, eventName) => {
    const { service } = targetKinds[kind].events;
    const event = withDetail(sampleEvent("ecr-create-repository"), {
      eventName,
      eventSource: `${service}.amazonaws.com`,
      requestParameters: calls[kind](eventName),
      responseElements: null,
    });
    expect(wakeBy({ ...event, source: `aws.${service}` }).scopes).toEqual([
      { kind: "target", account, region: "us-east-1", target: targets[kind] },
    ]);
  });

  test("a policy or a provider of another partition, named by its creation alone", () => {
    const china = { awsRegion: "cn-north-1", responseElements: null };
    const created = wakeBy(
      withDetail(sampleEvent("iam-create-policy"), {
        ...china,
        requestParameters: { policyName: "ci", path: "/teams/" },
      }),
    );
    expect(created.scopes).toEqual([
      { kind: "policy", account, arn: "arn:aws-cn:iam::123456789012:policy/teams/ci" },
    ]);
    const registered = wakeBy(withDetail(sampleEvent("iam-create-provider"), china));
    expect(registered.scopes).toEqual([
      { kind: "provider", account, arn: provider.replace("arn:aws:", "arn:aws-cn:") },
    ]);
  });
});

describe("an event sends a run nowhere when", () => {
  test.each([
    ["the call failed", "iam-failed"],
    ["the call only reads", "iam-read"],
    ["the call concerns a user", "iam-create-user"],
    ["a role is used", "sts-assume-role"],
    ["the reconciler wrote its own status", "parameter-status"],
    ["a parameter elsewhere was written", "ssm-elsewhere"],
    ["a parameter policy acted", "parameter-policy-action"],
    ["an image was pushed", "ecr-image-action"],
    ["an image was pushed, says CloudTrail", "ecr-put-image"],
    ["a task started", "ecs-task"],
  ])("%s (%s)", (_, name) => {
    expect(wakeBy(sampleEvent(name))).toMatchObject({
      scopes: [],
      writes: [],
      calls: [],
      ignored: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  test("only an error message says that the call failed", () => {
    const event = withDetail(sampleEvent("iam-update-trust"), { errorMessage: "Rate exceeded" });
    expect(wakeBy(event)).toMatchObject({ scopes: [], ignored: expect.any(String) });
  });

  test.each([
    "/oidc-reconciler/heartbeat",
    "/oidc-reconciler/status/production",
    "/oidc-reconciler/environments",
    "/oidc-reconciler/environments/",
    "/oidc-reconciler/environments/a/b",
    "/oidc-reconciler-2/environments/production",
    "/other/oidc-reconciler/environments/production",
    "oidc-reconciler/environments/production",
    `/oidc-reconciler/environments/${"a".repeat(65)}`,
  ])("the parameter is %s", (name) => {
    const event = withDetail(sampleEvent("parameter-update"), { name });
    expect(wakeBy(event)).toMatchObject({ scopes: [], ignored: expect.any(String) });
  });

  test("the prefix is another one", () => {
    expect(wakeOf(sampleEvent("parameter-update"), "/team/oidc")).toMatchObject({
      scopes: [],
      ignored: expect.any(String),
    });
    const name = "/team/oidc/environments/production";
    const event = withDetail(sampleEvent("parameter-update"), { name });
    expect(wakeOf(event, "/team/oidc")).toMatchObject({ scopes: [production] });
  });
});

describe("the recorded call says", () => {
  test("who and when, from a role's session", () => {
    expect(wakeBy(sampleEvent("iam-update-trust")).calls[0]).toEqual({
      eventName: "UpdateAssumeRolePolicy",
      actor: "arn:aws:sts::123456789012:assumed-role/Admin/alice",
      at: "2026-11-22T09:59:58Z",
      account: "123456789012",
      parameters: expect.objectContaining({ roleName: expect.any(String) }),
    });
  });

  test.each([
    ["a user", "iam-attach-by-user", "arn:aws:iam::123456789012:user/bob"],
    ["the root user", "iam-policy-version", "arn:aws:iam::123456789012:root"],
    ["a service that acts for itself, which has no ARN", "iam-create-provider", null],
    ["nobody, where the event does not say", "parameter-update", null],
  ])("%s", (_, name, actor) => {
    expect(wakeBy(sampleEvent(name)).calls[0]?.actor).toBe(actor);
  });

  test.each([
    ["a bare name", "alice"],
    ["a number", 42],
    ["an ARN with a forged line", "arn:aws:iam::123456789012:user/bob\nFATAL forged line"],
    ["an ARN with a line separator", "arn:aws:iam::123456789012:user/bob\u2028"],
    ["endless", `arn:aws:iam::123456789012:user/${"a".repeat(3_000)}`],
  ])("no actor where the identity is %s", (_, arn) => {
    const event = withDetail(sampleEvent("iam-update-trust"), { userIdentity: { arn } });
    expect(wakeBy(event).calls[0]?.actor).toBeNull();
  });

  test.each(["yesterday", 1_795_341_598, "2026-13-45T09:59:58Z", "2026-11-22", null])(
    "no time, not even that of delivery, where the record's own is %j",
    (eventTime) => {
      const event = withDetail(sampleEvent("iam-update-trust"), { eventTime });
      expect(wakeBy(event).calls[0]?.at).toBeNull();
    },
  );

  test("the time of the event where a service reports on itself", () => {
    expect(wakeBy(sampleEvent("apprunner-operation")).calls[0]).toMatchObject({
      actor: null,
      at: "2026-11-22T10:00:07Z",
    });
  });

  test("whether the run's own session did it, which another session of its role did not", () => {
    const actor = wakeBy(sampleEvent("iam-own-write")).calls[0]?.actor ?? null;
    const own = "arn:aws:sts::123456789012:assumed-role/oidc-reconciler-prod-reconcile";
    expect(isOwnSession(actor, `${own}/oidc-reconciler-prod-reconcile`)).toBe(true);
    expect(isOwnSession(actor, `${own}/mallory`)).toBe(false);
    expect(isOwnSession(null, `${own}/oidc-reconciler-prod-reconcile`)).toBe(false);
  });
});
