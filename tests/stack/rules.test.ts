import { describe, expect, test } from "vitest";
import { readPattern } from "../../sandbox/eventbridge/pattern.ts";
import { kindNames, targetKinds } from "../../shared/targets/index.ts";
import { callsOn, parameterEvents, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, sampleNames, withDetail } from "../wake/sample.ts";
import { everyChoice, packagedTemplate } from "./package.ts";
import { plainTemplate } from "./plain-template.ts";
import { rulesMatching, rulesPlace } from "./rule-match.ts";
import { isRecord, resolved, resourceOf, resourcesOfType } from "./template.ts";

const place = rulesPlace;
const home = packagedTemplate();
const team = packagedTemplate(everyChoice);
const forwarding = plainTemplate("stack/forwarding.yml");
// The longest names that IAM, a stage and a pattern take.
const longest = packagedTemplate({
  stage: "s".repeat(38),
  params: {
    parameterPrefix: `/${"p".repeat(45)}`,
    roleNames: "R".repeat(64),
    policyNames: "P".repeat(128),
  },
});

/** The rules whose patterns an event fits. */
function rulesFor(event: unknown, template = home): readonly string[] {
  return rulesMatching(event, template);
}

function patternOf(logicalId: string, template = home): Readonly<Record<string, unknown>> {
  const pattern = template.Resources[logicalId]?.Properties["EventPattern"];
  if (!isRecord(pattern)) throw new Error(`${logicalId} has no pattern.`);
  return pattern;
}

/** Every list under that name, anywhere in a pattern, as one list of texts. */
function listed(pattern: unknown, name: string): readonly string[] {
  if (Array.isArray(pattern)) return pattern.flatMap((item: unknown) => listed(item, name));
  if (!isRecord(pattern)) return [];
  return Object.entries(pattern).flatMap(([key, value]) =>
    key === name && Array.isArray(value) ? value.map(String) : listed(value, name),
  );
}

describe("a rule wakes a run for", () => {
  test.each([
    ["parameter-update", "DocumentChanged"],
    ["parameter-label", "DocumentChanged"],
    ["ssm-status-by-another", "StateWritten"],
    ["iam-update-trust", "IdentityChanged"],
    ["iam-attach-by-user", "IdentityChanged"],
    ["iam-policy-version", "IdentityChanged"],
    ["iam-create-policy", "IdentityChanged"],
    ["iam-add-audience", "IdentityChanged"],
    ["iam-create-provider", "IdentityChanged"],
    ["iam-update-provider", "IdentityChanged"],
    ["iam-acquire-role", "IdentityChanged"],
    ["ecr-create-repository", "TargetCreatedOrDeleted"],
    ["apprunner-create-service", "TargetCreatedOrDeleted"],
    ["amplify-create-branch", "TargetCreatedOrDeleted"],
    ["ecs-create-express", "TargetCreatedOrDeleted"],
    ["ecs-update-service", "TargetCreatedOrDeleted"],
    ["lambda-create-function", "TargetCreatedOrDeleted"],
    ["apprunner-service-status", "TargetChanged"],
    ["apprunner-operation", "TargetChanged"],
    ["amplify-deployment", "TargetChanged"],
    ["ecs-deployment", "TargetChanged"],
  ])("%s, and no other rule does (%s)", (name, rule) => {
    expect(rulesFor(sampleEvent(name))).toEqual([rule]);
  });

  test("each change of a document", () => {
    for (const operation of ["Create", "Update", "Delete", "LabelParameterVersion"]) {
      const event = withDetail(sampleEvent("parameter-update"), { operation });
      expect(rulesFor(event)).toEqual(["DocumentChanged"]);
    }
  });

  test("several parameters deleted at once, a status among them", () => {
    const requestParameters = { names: ["/shop/a", "/oidc-reconciler/status/production"] };
    const event = withDetail(sampleEvent("ssm-status-by-another"), {
      eventName: "DeleteParameters",
      requestParameters,
    });
    expect(rulesFor(event)).toEqual(["StateWritten"]);
  });

  test.each([
    "/oidc-reconciler/applied/production",
    "/oidc-reconciler/outputs/production",
    "/oidc-reconciler/journal",
    "arn:aws:ssm:us-east-1:123456789012:parameter/oidc-reconciler/outputs/production",
    "arn:aws:ssm:us-east-1:123456789012:parameter/oidc-reconciler/applied/production",
    "arn:aws:ssm:us-east-1:123456789012:parameter/oidc-reconciler/journal",
  ])("a write of %s by somebody", (name) => {
    const event = withDetail(sampleEvent("ssm-status-by-another"), { requestParameters: { name } });
    expect(rulesFor(event)).toEqual(["StateWritten"]);
    const names = { requestParameters: { names: [name] }, eventName: "DeleteParameters" };
    expect(rulesFor(withDetail(event, names))).toEqual(["StateWritten"]);
  });

  test.each([
    "CreateServiceStarted",
    "CreateServiceFailed",
    "DeleteServiceCompletedSuccessfully",
    "UpdateServiceCompletedSuccessfully",
  ])("an App Runner operation that may change ARN or roles: %s", (operationStatus) => {
    expect(rulesFor(withDetail(sampleEvent("apprunner-operation"), { operationStatus }))).toEqual([
      "TargetChanged",
    ]);
  });

  test("another session of the reconciler's own role", () => {
    const event = sampleEvent("iam-own-write");
    const arn = "arn:aws:sts::123456789012:assumed-role/oidc-reconciler-prod-reconcile/mallory";
    expect(rulesFor(withDetail(event, { userIdentity: { type: "AssumedRole", arn } }))).toEqual([
      "IdentityChanged",
    ]);
  });
});

describe("no rule wakes a run for", () => {
  test.each([
    ["a call that failed", "iam-failed"],
    ["its own write", "iam-own-write"],
    ["a read", "iam-read"],
    ["a user made", "iam-create-user"],
    ["a use of the role", "sts-assume-role"],
    ["its own status or heartbeat", "parameter-status"],
    ["a parameter policy", "parameter-policy-action"],
    ["a parameter elsewhere", "ssm-elsewhere"],
    ["a document's second event, from CloudTrail", "ssm-document-by-another"],
    ["an image pushed", "ecr-image-action"],
    ["an image pushed, from CloudTrail", "ecr-put-image"],
    ["a task started", "ecs-task"],
    ["code of a function updated", "lambda-update-code"],
    ["the schedule, which needs no pattern", "schedule"],
  ])("%s (%s)", (_, name) => {
    expect(rulesFor(sampleEvent(name))).toEqual([]);
  });

  test("its own write of a status, as CloudTrail reports it", () => {
    const { userIdentity } = sampleEvent("iam-own-write").detail;
    expect(rulesFor(withDetail(sampleEvent("ssm-status-by-another"), { userIdentity }))).toEqual(
      [],
    );
  });

  test.each(["SUCCEED", "FAILED"])("the end of an Amplify deployment: %s", (jobStatus) => {
    const event = withDetail(sampleEvent("amplify-deployment"), { jobStatus });
    expect(rulesFor(event)).toEqual([]);
  });

  test.each([
    "DeploymentStarted",
    "DeploymentCompletedSuccessfully",
    "PauseServiceCompletedSuccessfully",
    "ResumeServiceStarted",
    "UpdateServiceStarted",
  ])("an App Runner operation that changes neither ARN nor roles: %s", (operationStatus) => {
    expect(rulesFor(withDetail(sampleEvent("apprunner-operation"), { operationStatus }))).toEqual(
      [],
    );
  });

  test.each(["RUNNING", "OPERATION_IN_PROGRESS", "PAUSED", "DELETE_FAILED"])(
    "an App Runner service that is %s: it is there",
    (currentServiceStatus) => {
      const event = withDetail(sampleEvent("apprunner-service-status"), { currentServiceStatus });
      expect(rulesFor(event)).toEqual([]);
    },
  );

  test.each([
    ["scaled, which auto scaling does at any time", { desiredCount: 3 }],
    ["deployed again as it is", { forceNewDeployment: true }],
  ])("an ECS service that is %s", (_, asked) => {
    const requestParameters = { cluster: "shop", service: "web", ...asked };
    const event = withDetail(sampleEvent("ecs-update-service"), { requestParameters });
    expect(rulesFor(event)).toEqual([]);
  });

  test("a failed call of any kind", () => {
    for (const name of sampleNames) {
      const event = sampleEvent(name);
      if (event["detail-type"] !== "AWS API Call via CloudTrail") continue;
      // A refused token is for diagnose, and wakes no run.
      const rules = name.startsWith("sts-") ? ["RefusedCall"] : [];
      expect(rulesFor(withDetail(event, { errorCode: "AccessDenied" })), name).toEqual(rules);
    }
  });

  test.each([
    "/oidc-reconciler/environment/production",
    "/oidc-reconciler-2/environments/production",
    "/shop/oidc-reconciler/environments/production",
  ])("the parameter %s", (name) => {
    expect(rulesFor(withDetail(sampleEvent("parameter-update"), { name }))).toEqual([]);
  });

  test.each([
    "/oidc-reconciler/heartbeat",
    "/oidc-reconciler/statuses/production",
    "/oidc-reconciler/journals",
    "/oidc-reconciler/outputs",
    "/oidc-reconciler-2/status/production",
    "/shop/oidc-reconciler/status/production",
  ])("a write of %s by somebody", (name) => {
    const event = withDetail(sampleEvent("ssm-status-by-another"), { requestParameters: { name } });
    expect(rulesFor(event)).toEqual([]);
    const names = { requestParameters: { names: [name] }, eventName: "DeleteParameters" };
    expect(rulesFor(withDetail(event, names))).toEqual([]);
  });
});

describe("rules and wake", () => {
  const events = kindNames.map((name) => targetKinds[name].events);
  const callsOf = (service: string) => [
    ...new Set(events.flatMap((each) => (each.service === service ? each.calls : []))),
  ];

  test("agree: whatever a rule lets through sends the run somewhere", () => {
    for (const name of sampleNames) {
      const wake = wakeOf(sampleEvent(name), "/oidc-reconciler");
      if (rulesFor(sampleEvent(name)).length === 0) continue;
      expect(wake, name).toMatchObject({ kind: "wake" });
      expect(wake, name).toMatchObject({ ignored: null });
    }
  });

  test.each([
    ["IdentityChanged", [...callsOn("role"), ...callsOn("policy"), ...callsOn("provider")]],
    ["StateWritten", [...parameterEvents]],
  ])("name the same calls: %s", (rule, events) => {
    const names = listed(patternOf(rule), "eventName");
    expect(names.toSorted()).toEqual([...new Set<string>(events)].toSorted());
  });

  test("name the same calls of each service with targets, and no service's for another", () => {
    const every = [...new Set(events.flatMap(({ calls }) => calls))];
    for (const service of new Set(events.map((each) => each.service))) {
      const named = every.filter((eventName) => {
        // What an update of an ECS service has to bring.
        const requestParameters = { taskDefinition: "web:7" };
        const call = withDetail(sampleEvent("ecr-create-repository"), {
          eventName,
          requestParameters,
        });
        return rulesFor({ ...call, source: `aws.${service}` }).length > 0;
      });
      expect(named.toSorted(), service).toEqual(callsOf(service).toSorted());
    }
  });

  test("name the same events of the services", () => {
    expect(listed(patternOf("TargetChanged"), "detail-type").toSorted()).toEqual(
      [...new Set(events.flatMap(({ detailTypes }) => detailTypes))].toSorted(),
    );
  });

  test("follow another prefix", () => {
    const name = "/team/oidc/environments/production";
    const event = withDetail(sampleEvent("parameter-update"), { name });
    expect(rulesFor(event, team)).toEqual(["DocumentChanged"]);
    expect(rulesFor(event)).toEqual([]);
  });
});

describe("the rule over refused calls", () => {
  const refused = withDetail(sampleEvent("sts-assume-role"), { errorCode: "AccessDenied" });

  test("takes every refusal of STS, and nothing else that STS or a token does", () => {
    for (const errorCode of ["AccessDenied", "InvalidIdentityTokenException", "ValidationError"]) {
      expect(rulesFor(withDetail(refused, { errorCode }))).toEqual(["RefusedCall"]);
    }
    expect(rulesFor(sampleEvent("sts-assume-role"))).toEqual([]);
    for (const eventName of ["AssumeRole", "AssumeRoleWithSAML", "GetCallerIdentity"]) {
      expect(rulesFor(withDetail(refused, { eventName }))).toEqual([]);
    }
  });

  test("is forwarded from other Regions, and both rules get what CloudTrail counts as reads", () => {
    expect(rulesFor(refused, forwarding)).toEqual(["RefusedCall"]);
    expect(patternOf("RefusedCall", forwarding)).toEqual(patternOf("RefusedCall"));
    for (const template of [home, forwarding]) {
      const { State } = resourceOf(template, "RefusedCall").Properties;
      expect(State).toBe("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
    }
  });
});

describe("the forwarding stack", () => {
  test("forwards whatever a rule at home would take from there", () => {
    for (const name of sampleNames) {
      const atHome = rulesFor(sampleEvent(name));
      const forwarded = rulesFor(sampleEvent(name), forwarding);
      if (sampleEvent(name).source === "aws.ssm") expect(forwarded, name).toEqual([]);
      else if (atHome.length > 0) expect(forwarded, name).toEqual(atHome);
    }
  });

  test("has the patterns of the rules at home, but for who did it", () => {
    for (const rule of ["TargetCreatedOrDeleted", "TargetChanged"]) {
      expect(patternOf(rule, forwarding)).toEqual(patternOf(rule));
    }
    const names = listed(patternOf("IdentityChanged"), "eventName");
    expect(listed(patternOf("IdentityChanged", forwarding), "eventName")).toEqual(names);
  });

  test("keeps what could not be sent, and rings for it", () => {
    const queue = "arn:aws:sqs:us-east-1:123456789012:ForwardingFailures";
    const rules = resourcesOfType(forwarding, "AWS::Events::Rule").map(([logicalId]) => logicalId);
    const policy = resourceOf(forwarding, "ForwardingFailuresPolicy").Properties["PolicyDocument"];
    expect(resolved(policy, forwarding, place)).toMatchObject({
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue,
          Condition: {
            ArnEquals: {
              "aws:SourceArn": rules.map(
                (id) => `arn:aws:events:us-east-1:123456789012:rule/${id}`,
              ),
            },
          },
        },
      ],
    });
    const alarms = resourcesOfType(forwarding, "AWS::CloudWatch::Alarm").map(
      ([, { Properties }]) => Properties,
    );
    expect(alarms).toHaveLength(2);
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({ AlarmActions: [{ Ref: "AlarmTopic" }], Threshold: 1 });
    }
    const watched = JSON.stringify(alarms[0]?.["Metrics"]);
    for (const rule of rules)
      expect(watched).toContain(`{"Name":"RuleName","Value":{"Ref":"${rule}"}}`);
  });

  test("sends to the default bus of the home Region, by a role that may do that alone", () => {
    const bus = "arn:aws:events:eu-central-1:123456789012:event-bus/default";
    const there = { ...place, parameters: { HomeRegion: "eu-central-1" } };
    for (const [, rule] of resourcesOfType(forwarding, "AWS::Events::Rule")) {
      expect(resolved(rule.Properties["Targets"], forwarding, there)).toEqual([
        {
          Id: "home",
          Arn: bus,
          RoleArn: "arn:aws:iam::123456789012:role/ForwardingRole",
          RetryPolicy: { MaximumRetryAttempts: 8, MaximumEventAgeInSeconds: 3_600 },
          DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:123456789012:ForwardingFailures" },
        },
      ]);
    }
    const role = forwarding.Resources["ForwardingRole"]?.Properties["Policies"];
    expect(resolved(role, forwarding, there)).toMatchObject([
      { PolicyDocument: { Statement: [{ Action: "events:PutEvents", Resource: bus }] } },
    ]);
  });
});

test("every rule is switched on", () => {
  for (const from of [home, forwarding]) {
    const rules = resourcesOfType(from, "AWS::Events::Rule");
    expect(rules.length).toBeGreaterThan(0);
    for (const [name, { Properties }] of rules) {
      expect(String(Properties["State"] ?? "ENABLED"), name).toMatch(/^ENABLED/);
    }
  }
});

test("every pattern is a valid one, and within EventBridge's 2,048 characters", () => {
  // The partition and Region with the longest names.
  const far = { ...place, region: "ap-southeast-1", partition: "aws-us-gov" };
  for (const template of [home, team, longest, forwarding]) {
    for (const [logicalId, { Properties }] of resourcesOfType(template, "AWS::Events::Rule")) {
      if (Properties["EventPattern"] === undefined) continue;
      const pattern = resolved(Properties["EventPattern"], template, far);
      expect(readPattern(pattern).kind, logicalId).toBe("pattern");
      expect(JSON.stringify(pattern).length, logicalId).toBeLessThan(2_048);
    }
  }
});
