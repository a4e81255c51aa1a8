import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { guide } from "../scenarios/documents.ts";
import { startScenario } from "../scenarios/harness.ts";
import { root, textOf } from "../source-files.ts";
import { packagedTemplate } from "../stack/package.ts";
import { isRecord, resourcesOfType } from "../stack/template.ts";

type Price = {
  readonly dollars: number;
  readonly per: number;
  readonly unit: string;
  /** What AWS gives each account for nothing each month. */
  readonly free: number;
  readonly source: string;
};

/** Where each price is from, and when it was looked up: nobody could read AWS's own pages here. */
const prices = {
  alarm: {
    dollars: 0.1,
    per: 1,
    unit: "standard alarm",
    free: 10,
    source: "CloudWatch pricing, November 2026",
  },
  metric: {
    dollars: 0.3,
    per: 1,
    unit: "custom metric",
    free: 10,
    source: "CloudWatch pricing, November 2026",
  },
  dashboard: {
    dollars: 3,
    per: 1,
    unit: "dashboard",
    free: 3,
    source: "CloudWatch pricing, November 2026",
  },
  logs: {
    dollars: 0.5,
    per: 1,
    unit: "GB of logs taken in",
    free: 5,
    source: "CloudWatch pricing as quoted by cloudburn.io, February 2026",
  },
  invocation: {
    dollars: 0.2,
    per: 1e6,
    unit: "requests of Lambda",
    free: 1e6,
    source: "AWS whitepaper *How AWS Pricing Works*",
  },
  compute: {
    dollars: 0.0000133334,
    per: 1,
    unit: "GB-second of Lambda on arm64",
    free: 400_000,
    source: "Lambda pricing as quoted by cloudchipr.com, 2024: unverified since",
  },
  queue: {
    dollars: 0.5,
    per: 1e6,
    unit: "requests of SQS, FIFO",
    free: 1e6,
    source: "SQS pricing as quoted by cloudburn.io, March 2026",
  },
} as const satisfies Readonly<Record<string, Price>>;

type Item = keyof typeof prices;

const template = packagedTemplate();
const countOf = (type: string): number => resourcesOfType(template, type).length;

const hours = 730;
const bytesOfRun = 4096;
const pollers = 5;
const pollSeconds = 20;
/** What events and edits wake, beside the schedule. */
const otherRuns = 0.1;

function scheduleMinutes(): number {
  const stack: unknown = parse(textOf("serverless.yml"), { logLevel: "silent" });
  const params = isRecord(stack) && isRecord(stack["params"]) ? stack["params"]["default"] : null;
  return isRecord(params) ? Number(params["scheduleMinutes"]) : Number.NaN;
}

/** Names of the metrics that a run may write. */
const metrics = new Set(
  [...textOf("functions/metrics.ts").matchAll(/(?:\bcount|addMetric)\("(\w+)"/g)].map(
    ([, name]) => name,
  ),
);

/** How much of each thing a month takes. */
function amountsOf(environments: number): Readonly<Record<Item, number>> {
  const runs = ((hours * 60) / scheduleMinutes()) * (1 + otherRuns);
  return {
    alarm: countOf("AWS::CloudWatch::Alarm"),
    metric: metrics.size,
    dashboard: countOf("AWS::CloudWatch::Dashboard"),
    logs: (runs * bytesOfRun) / 1024 ** 3,
    invocation: runs,
    compute: runs * (2 + 0.05 * environments),
    queue:
      countOf("AWS::Lambda::EventSourceMapping") * pollers * ((hours * 3600) / pollSeconds) +
      3 * runs,
  };
}

const dollarsOf = (item: Item, amount: number) =>
  (amount * prices[item].dollars) / prices[item].per;
const shown = (dollars: number) => (dollars < 0.005 ? "0" : dollars.toFixed(2));
const items: readonly Item[] = [
  "alarm",
  "metric",
  "dashboard",
  "logs",
  "invocation",
  "compute",
  "queue",
];
const sizes = [1, 10, 100] as const;

function costTable(): string {
  const row = (name: string, values: readonly number[]) =>
    `| ${name} | ${values.map(shown).join(" | ")} |`;
  const names: Readonly<Record<Item, string>> = {
    alarm: `${amountsOf(1).alarm} alarms`,
    metric: `${amountsOf(1).metric} custom metrics`,
    dashboard: `${amountsOf(1).dashboard} dashboard`,
    logs: "Logs",
    invocation: "Lambda, requests",
    compute: "Lambda, time",
    queue: "Queues",
  };
  const charged = (item: Item, size: number) =>
    dollarsOf(item, Math.max(0, amountsOf(size)[item] - prices[item].free));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return [
    "| | 1 environment | 10 | 100 |",
    "|---|---|---|---|",
    ...items.map((item) =>
      row(
        names[item],
        sizes.map((size) => dollarsOf(item, amountsOf(size)[item])),
      ),
    ),
    row(
      "**Together**",
      sizes.map((size) => sum(items.map((item) => dollarsOf(item, amountsOf(size)[item])))),
    ),
    row(
      "Together, where the free quantities are unused",
      sizes.map((size) => sum(items.map((item) => charged(item, size)))),
    ),
  ].join("\n");
}

function priceTable(): string {
  return [
    "| what | dollars | source |",
    "|---|---|---|",
    ...items.map((item) => {
      const { dollars, per, unit, source } = prices[item];
      const amount = per === 1 ? `1 ${unit}` : `${(per / 1e6).toFixed(0)} million ${unit}`;
      return `| ${amount} | ${dollars} | ${source} |`;
    }),
    "| 1 advanced parameter of Parameter Store | 0.05 | Systems Manager pricing as quoted by think-with-tech.blogspot.com, October 2025 |",
    "| Management events of the first trail | 0 | AWS CloudTrail pricing |",
  ].join("\n");
}

function filled(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->\n`, `<!-- ${name}: end -->`];
  const [before = "", rest = ""] = page.split(begin);
  return `${before}${begin}\n${text}\n\n${end}${rest.split(end)[1] ?? ""}`;
}

describe("docs/cost.md", () => {
  test("is worked out from the stack and the prices (UPDATE_DOCS=1 writes it again)", () => {
    const page = textOf("docs/cost.md");
    const fresh = filled(filled(page, "worked out", costTable()), "prices", priceTable());
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(join(root, "docs/cost.md"), fresh);
    else expect(page).toBe(fresh);
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
