/** How often some calls of a service may be made in one Region. */
export type Rate = {
  readonly service: string;
  /** The operations that share the rate. */
  readonly operations: readonly string[] | "reads" | "writes";
  readonly perSecond: number;
  /** How many calls at once the account takes after a rest. */
  readonly burst: number;
};

/**
 * Rates as in AWS. The rates of Parameter Store (its default throughput) and of LookupEvents are
 * documented. Their bursts are not: here they last one second. AWS documents no rates for IAM, so
 * these are a guess. Sources: AWS General Reference, "Systems Manager endpoints and quotas" and
 * "CloudTrail quotas".
 */
export const usualRates: readonly Rate[] = [
  {
    service: "ssm",
    operations: ["GetParameter", "GetParameters", "GetParametersByPath"],
    perSecond: 40,
    burst: 40,
  },
  ...[
    ["PutParameter"],
    ["LabelParameterVersion"],
    ["UnlabelParameterVersion"],
    ["GetParameterHistory"],
    ["DescribeParameters"],
    ["DeleteParameter", "DeleteParameters"],
  ].map((operations) => ({ service: "ssm", operations, perSecond: 3, burst: 3 })),
  { service: "iam", operations: "reads", perSecond: 20, burst: 40 },
  { service: "iam", operations: "writes", perSecond: 5, burst: 15 },
  { service: "cloudtrail", operations: ["LookupEvents"], perSecond: 2, burst: 2 },
];

export type RatedCall = {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly readOnly: boolean;
};

/** The rates in force. */
export type Throttle = {
  /** Sets the rates from now on, with full buckets. An empty list sets no rates. */
  set(rates: readonly Rate[]): void;
  /** Counts a call and returns whether it is over its rate, by the account's time. */
  isOver(call: RatedCall, now: Date): boolean;
};

/** One token bucket for each rate and Region. To set the clock back does not fill it. */
export function throttle(first: readonly Rate[] = []): Throttle {
  let rates = first;
  let buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  return {
    set: (next) => {
      rates = next;
      buckets = new Map();
    },
    isOver: (call, now) => {
      const index = rates.findIndex((rate) => counts(rate, call));
      const rate = rates[index];
      if (rate === undefined) return false;
      const key = `${index} ${call.region}`;
      const at = now.getTime();
      const before = buckets.get(key) ?? { tokens: rate.burst, at };
      const refill = (Math.max(0, at - before.at) / 1000) * rate.perSecond;
      const tokens = Math.min(rate.burst, before.tokens + refill);
      const over = tokens < 1;
      buckets.set(key, { tokens: over ? tokens : tokens - 1, at });
      return over;
    },
  };
}

function counts(rate: Rate, call: RatedCall): boolean {
  if (rate.service !== call.service) return false;
  switch (rate.operations) {
    case "reads":
      return call.readOnly;
    case "writes":
      return !call.readOnly;
    default:
      return rate.operations.includes(call.operation);
  }
}
