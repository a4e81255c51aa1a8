import { describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { functionTimeoutMs } from "../../shared/loop/run-context.ts";
import { chosenTemplate, everyChoice, packagedTemplate } from "./package.ts";
import { isRecord, resolved, resourceOf, resourcesOfType } from "./template.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const template = packagedTemplate();
const queues = "arn:aws:sqs:eu-central-1:123456789012:oidc-reconciler-prod";
const events = `${queues}-events.fifo`;
const rules = "arn:aws:events:eu-central-1:123456789012:rule/oidc-reconciler-prod";
const functions = "arn:aws:lambda:eu-central-1:123456789012:function:oidc-reconciler-prod";
const loop = `${functions}-reconcile`;
const audit = `${functions}-audit`;
const refused = `${queues}-refused`;

function properties(logicalId: string): unknown {
  return resolved(resourceOf(template, logicalId).Properties, template, place);
}

/** Each rule's ARN with its only target. */
function targets(): ReadonlyMap<string, unknown> {
  return new Map(
    resourcesOfType(template, "AWS::Events::Rule").map(([logicalId, { Properties }]) => {
      const list = resolved(Properties["Targets"], template, place);
      if (!Array.isArray(list) || list.length !== 1) throw new Error(`${logicalId}: one target.`);
      return [`${rules.replace(/oidc-.*/, "")}${String(Properties["Name"])}`, list[0]];
    }),
  );
}

describe("the queue of events", () => {
  test("is first in, first out, drops what is doubled, and gives up after three runs", () => {
    expect(properties("EventQueue")).toEqual({
      QueueName: "oidc-reconciler-prod-events.fifo",
      FifoQueue: true,
      ContentBasedDeduplication: true,
      VisibilityTimeout: 630,
      MessageRetentionPeriod: 3_600,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: `${queues}-events-failures.fifo`, maxReceiveCount: 3 },
    });
    expect(properties("EventFailureQueue")).toEqual({
      QueueName: "oidc-reconciler-prod-events-failures.fifo",
      FifoQueue: true,
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
      RedriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [events] },
    });
  });

  test("hides a batch for the function's time-out, as the loop knows it, and half a minute", () => {
    const seconds = functionTimeoutMs / 1000;
    expect(properties("ReconcileLambdaFunction")).toMatchObject({ Timeout: seconds });
    expect(properties("EventQueue")).toMatchObject({ VisibilityTimeout: seconds + 30 });
  });

  test("has names that SQS takes, with the longest stage too", () => {
    const longest = chosenTemplate({ stage: "s".repeat(38) });
    for (const [, { Properties }] of resourcesOfType(longest, "AWS::SQS::Queue")) {
      expect(String(Properties["QueueName"])).toMatch(/^[A-Za-z0-9_-]{1,75}(\.fifo)?$/);
    }
    for (const [, { Properties }] of resourcesOfType(longest, "AWS::Events::Rule")) {
      expect(String(Properties["Name"])).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    }
    for (const type of ["AWS::IAM::Role", "AWS::Lambda::Function"]) {
      for (const [, { Properties }] of resourcesOfType(longest, type)) {
        const name = Properties["RoleName"] ?? Properties["FunctionName"];
        expect(String(name)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      }
    }
  });

  test("is handed to the loop alone, ten events at a time; refused calls to diagnose, after a minute", () => {
    const mappings = resourcesOfType(template, "AWS::Lambda::EventSourceMapping");
    expect(mappings.map(([, mapping]) => resolved(mapping.Properties, template, place))).toEqual([
      {
        EventSourceArn: events,
        FunctionName: loop,
        BatchSize: 10,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      },
      {
        EventSourceArn: refused,
        FunctionName: `${functions}-diagnose`,
        BatchSize: 500,
        MaximumBatchingWindowInSeconds: 60,
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    ]);
  });

  test("takes every rule's event whole, in one group; the audit has its own schedule", () => {
    const kept = {
      RetryPolicy: { MaximumRetryAttempts: 8, MaximumEventAgeInSeconds: 3_600 },
      DeadLetterConfig: { Arn: `${queues}-failures` },
    };
    const byName = targets();
    expect([...byName.keys()].toSorted()).toEqual(
      ["audit", "documents", "iam", "refused", "schedule", "services", "state", "targets"].map(
        (name) => `${rules}-${name}`,
      ),
    );
    for (const [rule, target] of byName) {
      if (rule === `${rules}-audit`) {
        expect(target).toMatchObject({ Arn: audit, DeadLetterConfig: kept.DeadLetterConfig });
        continue;
      }
      if (rule === `${rules}-refused`) {
        expect(target).toEqual({ Id: "diagnose", Arn: refused, ...kept });
        continue;
      }
      // No Input, InputPath or InputTransformer: a constant one would be dropped as a duplicate.
      expect(target, rule).toEqual({
        Id: "reconcile",
        Arn: events,
        SqsParameters: { MessageGroupId: "reconcile" },
        ...kept,
      });
    }
    expect(resourceOf(template, "FailureQueue").Properties).not.toHaveProperty("FifoQueue");
  });
});

describe("the queue of refused calls", () => {
  test("keeps them for a day, gives up after five tries, and hides a batch as Lambda asks for", () => {
    expect(properties("RefusalQueue")).toEqual({
      QueueName: "oidc-reconciler-prod-refused",
      VisibilityTimeout: 420,
      MessageRetentionPeriod: 86_400,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: `${refused}-failures`, maxReceiveCount: 5 },
    });
    expect(properties("RefusalFailureQueue")).toEqual({
      QueueName: "oidc-reconciler-prod-refused-failures",
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
      RedriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [refused] },
    });
    // Lambda developer guide: six times the function's time-out, and the time of gathering.
    expect(properties("DiagnoseLambdaFunction")).toMatchObject({ Timeout: 60 });
  });

  test("is not asked for anything where refused jobs are to be ignored", () => {
    const state = (from: typeof template) => resourceOf(from, "RefusedCall").Properties["State"];
    expect(state(template)).toBe("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
    expect(state(packagedTemplate(everyChoice))).toBe("DISABLED");
  });
});

describe.each([
  ["EventQueuePolicy", "oidc-reconciler-prod-events.fifo", "schedule", 4],
  ["RefusalQueuePolicy", "oidc-reconciler-prod-refused", "refused", 1],
])("%s", (policyId, queueName, aRule, rulesLeast) => {
  const statements = policyStatements();
  const events = `arn:aws:sqs:eu-central-1:123456789012:${queueName}`;

  function policyStatements(): readonly unknown[] {
    const policy = properties(policyId);
    if (!isRecord(policy) || !isRecord(policy["PolicyDocument"])) throw new Error("no policy");
    expect(policy["Queues"]).toEqual([
      `https://sqs.eu-central-1.amazonaws.com/123456789012/${queueName}`,
    ]);
    const list = policy["PolicyDocument"]["Statement"];
    if (!Array.isArray(list)) throw new Error("no statements");
    return list;
  }

  /** The decision for a sender, as an identity that may do anything by its own policies. */
  function send(source: string | null): string {
    const withoutPrincipals = statements.map((statement) =>
      isRecord(statement) ? { ...statement, Principal: undefined } : statement,
    );
    const own = { Version: "2012-10-17", Statement: JSON.parse(JSON.stringify(withoutPrincipals)) };
    const everything = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    };
    return evaluateAccess([everything, own], {
      action: "sqs:SendMessage",
      resource: events,
      context: new Map(source === null ? [] : [["aws:SourceArn", [source]]]),
    }).decision;
  }

  test("allows EventBridge, and denies everybody", () => {
    expect(statements).toMatchObject([
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
      },
      { Effect: "Deny", Principal: "*", Action: "sqs:SendMessage" },
    ]);
  });

  test("names exactly the rules whose target the queue is", () => {
    const sending = [...targets()]
      .filter(([, target]) => isRecord(target) && target["Arn"] === events)
      .map(([rule]) => rule)
      .toSorted();
    expect(sending.length).toBeGreaterThanOrEqual(rulesLeast);
    for (const statement of statements) {
      const condition = isRecord(statement) ? statement["Condition"] : null;
      const [test] = isRecord(condition) ? Object.values(condition) : [];
      const named = isRecord(test) ? test["aws:SourceArn"] : null;
      expect([named].flat().map(String).toSorted()).toEqual(sending);
    }
  });

  test("denies an administrator, another rule and another service, whatever they are allowed", () => {
    expect(send(`${rules}-${aRule}`)).toBe("allow");
    expect(send(null)).toBe("explicit-deny");
    expect(send(`${rules}-audit`)).toBe("explicit-deny");
    expect(send(`${rules}-${aRule}2`)).toBe("explicit-deny");
    expect(send("arn:aws:sns:eu-central-1:123456789012:topic")).toBe("explicit-deny");
  });
});

test("only the audit's schedule may invoke a function directly", () => {
  const permissions = resourcesOfType(template, "AWS::Lambda::Permission").map(
    ([, { Properties }]) => resolved(Properties, template, place),
  );
  expect(permissions).toMatchObject([
    {
      FunctionName: audit,
      Principal: "events.amazonaws.com",
      SourceArn: `${rules}-audit`,
    },
  ]);
});
