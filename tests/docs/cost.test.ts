import { describe, expect, test } from "vitest";
import { bytesOfRun, costPage, countedIn, metricsIn } from "../../scripts/cost.ts";
import { guide } from "../scenarios/documents.ts";
import { startScenario } from "../scenarios/harness.ts";
import { textOf } from "../source-files.ts";
import { leanInFolder, packagedTemplate } from "../stack/package.ts";
import { resourcesOfType } from "../stack/template.ts";

const template = packagedTemplate();
const lean = packagedTemplate(leanInFolder);

/** Names of the metrics that a run may write. */
const metrics = metricsIn(textOf("functions/metrics.ts"));

describe("docs/cost.md", () => {
  test("is worked out from the stack and the prices", () => {
    const page = textOf("docs/cost.md");
    const fresh = costPage(page, countedIn(template, metrics), countedIn(lean, metrics));
    expect(fresh, "stale, run npx node scripts/generate-cost.ts").toBe(page);
  });

  test("takes no more logs than a quiet run writes, and what Lambda adds", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const { log, environment } = await account.run();
    expect(environment.outcome).toBe("in-sync");
    const bytes = log.map((line) => JSON.stringify(line).length).reduce((sum, each) => sum + each);
    const linesOfLambda = 400;
    expect(bytes + linesOfLambda).toBeLessThan(bytesOfRun);
  });

  test("counts every metric that the alarms watch", () => {
    const watched = resourcesOfType(template, "AWS::CloudWatch::Alarm")
      .filter(([, { Properties }]) => Properties["Namespace"] === "OidcReconciler")
      .map(([, { Properties }]) => Properties["MetricName"]);
    expect(watched.filter((name) => !metrics.has(String(name)))).toEqual([]);
    expect(metrics.size).toBeGreaterThan(5);
  });

  test("counts every kind of resource of the stack that AWS charges for", () => {
    const counted = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"];
    /** By what is used of it, which is counted above, or free. */
    const byUse = [
      "AWS::Events::Rule",
      "AWS::IAM::Role",
      "AWS::Lambda::EventInvokeConfig",
      "AWS::Lambda::EventSourceMapping",
      "AWS::Lambda::Function",
      "AWS::Lambda::Permission",
      "AWS::Logs::LogGroup",
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
      "AWS::SNS::Topic",
      "AWS::SQS::Queue",
      "AWS::SQS::QueuePolicy",
    ];
    const types = new Set(Object.values(template.Resources).map(({ Type }) => Type));
    expect([...types].filter((type) => ![...counted, ...byUse].includes(type))).toEqual([]);
  });
});
