import { functionNames } from "./bundle.ts";

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
type Amounts = Readonly<Record<Item, number>>;

/** What is counted of a stack: the resources of its packaged template, and the metrics that runs write. */
export type Counted = {
  readonly resources: readonly { readonly Type: string; readonly Properties: unknown }[];
  readonly scheduleMinutes: number;
  readonly metrics: number;
};

const items = [
  "alarm",
  "metric",
  "dashboard",
  "logs",
  "invocation",
  "compute",
  "queue",
] as const satisfies readonly Item[];

/** Numbers of environments. */
const sizes = [1, 10, 100] as const;

const hours = 730;
/** The most that a quiet run writes into the log; a test holds a run to it. */
export const bytesOfRun = 4096;
const pollers = 5;
const pollSeconds = 20;
/** What events and edits wake, beside the schedule. */
const otherRuns = 0.1;

/** How much of each thing a month takes. */
function amountsOf(
  { resources, scheduleMinutes, metrics }: Counted,
  environments: number,
): Amounts {
  const countOf = (type: string) => resources.filter(({ Type }) => Type === type).length;
  const runs = ((hours * 60) / scheduleMinutes) * (1 + otherRuns);
  return {
    alarm: countOf("AWS::CloudWatch::Alarm"),
    metric: metrics,
    dashboard: countOf("AWS::CloudWatch::Dashboard"),
    logs: (runs * bytesOfRun) / 1024 ** 3,
    invocation: runs,
    compute: runs * (2 + 0.05 * environments),
    queue:
      countOf("AWS::Lambda::EventSourceMapping") * pollers * ((hours * 3600) / pollSeconds) +
      3 * runs,
  };
}

/** The names of the metrics that the source of a function's metrics counts. */
export function metricsIn(source: string): ReadonlySet<string> {
  return new Set(
    [...source.matchAll(/(?:\bcount|addMetric)\("(\w+)"/g)].map(([, name = ""]) => name),
  );
}

const dollarsOf = (item: Item, amount: number) =>
  (amount * prices[item].dollars) / prices[item].per;
const shown = (dollars: number) => (dollars < 0.005 ? "0" : dollars.toFixed(2));
const sumOf = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The month of a stack with full monitoring and of one with lean, item by item. */
function costTable(full: Counted, lean: Counted): string {
  const months = [full, lean].flatMap((stack) => sizes.map((size) => amountsOf(stack, size)));
  const row = (name: string, dollars: (amounts: Amounts) => number) =>
    `| ${name} | ${months.map(dollars).map(shown).join(" | ")} |`;
  const numberOf = (item: Item) =>
    [full, lean].map((stack) => amountsOf(stack, 1)[item]).join(" or ");
  const names: Readonly<Record<Item, string>> = {
    alarm: `Alarms: ${numberOf("alarm")}`,
    metric: `Custom metrics: ${numberOf("metric")}`,
    dashboard: `Dashboards: ${numberOf("dashboard")}`,
    logs: "Logs",
    invocation: "Lambda, requests",
    compute: "Lambda, time",
    queue: "Queues",
  };
  const charged = (amounts: Amounts, item: Item) =>
    dollarsOf(item, Math.max(0, amounts[item] - prices[item].free));
  return [
    "| | full, 1 environment | 10 | 100 | lean, 1 environment | 10 | 100 |",
    "|---|---|---|---|---|---|---|",
    ...items.map((item) => row(names[item], (amounts) => dollarsOf(item, amounts[item]))),
    row("**Together**", (amounts) => sumOf(items.map((item) => dollarsOf(item, amounts[item])))),
    row("Together, where the free quantities are unused", (amounts) =>
      sumOf(items.map((item) => charged(amounts, item))),
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

/** `docs/cost.md` with its two tables as they must be. */
export function costPage(page: string, full: Counted, lean: Counted): string {
  return filled(filled(page, "worked out", costTable(full, lean)), "prices", priceTable());
}

/** What is counted of a packaged template, whose functions write the metrics that are named. */
export function countedIn(template: unknown, names: ReadonlySet<string>): Counted {
  const resources = Object.values(fieldsOf(fieldsOf(template)["Resources"])).map((each) => {
    const { Type, Properties } = fieldsOf(each);
    return { Type: String(Type), Properties };
  });
  const variables = resources
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => fieldsOf(fieldsOf(fieldsOf(Properties)["Environment"])["Variables"]));
  const of = (name: string) =>
    variables.map((each) => each[name]).find((value) => value !== undefined);
  const areWritten = variables.some((each) => each["POWERTOOLS_METRICS_DISABLED"] === "false");
  if (variables.length !== functionNames.length) throw new Error("A function is missing.");
  return {
    resources,
    scheduleMinutes: Number(of("OIDC_SCHEDULE_MINUTES")),
    metrics: areWritten ? names.size : 0,
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new Error("no object");
  return { ...value };
}
