import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { AmplifyClient } from "@aws-sdk/client-amplify";
import type { AppRunnerClient } from "@aws-sdk/client-apprunner";
import type { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import type { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { STSClient } from "@aws-sdk/client-sts";
import type { MiddlewareStack } from "@smithy/types";
import { type Limitable, type Limits, limitCalls, standardLimits } from "./limits.ts";
import { pacer } from "./pace.ts";
import { partitionOf } from "./partition.ts";
import { realTime, type Time } from "./time.ts";

/** Every AWS request of a run, retries too, by `service:Operation`. */
export type CallCount = Map<string, number>;

export type Clients = {
  readonly count: CallCount;
  readonly region: string;
  readonly time: Time;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  // What not every run needs is loaded with the first call and not with every cold start.
  ecr(region: string): Promise<ECRClient>;
  appRunner(region: string): Promise<AppRunnerClient>;
  amplify(region: string): Promise<AmplifyClient>;
  ecs(region: string): Promise<ECSClient>;
  sts(): Promise<STSClient>;
  sns(): Promise<SNSClient>;
  events(): Promise<EventBridgeClient>;
  /** In the Region where the partition records IAM's events, and there only. */
  cloudTrail(): Promise<CloudTrailClient>;
  readonly pace: {
    /** Awaited before each PutParameter, of which Parameter Store takes three a second. */
    write(): Promise<void>;
  };
};

/**
 * Connections outlive a run: the next one in the same process takes up those that are still open,
 * and clients made anew for each run open none anew.
 */
const connections = {
  httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 50 }),
  httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 50 }),
};

/** A run of a few environments waits for nothing; a bulk of statuses leaves others their share. */
const writePace = { burst: 10, perSecond: 2 } as const;

/**
 * The clients of one run, one for each service and Region. They are made anew for each run, so that
 * nothing of it lives on but connections: making one takes well under a millisecond, and endpoints come from the
 * environment of the moment. Every call of every client ends within the limits.
 *
 * @param limits shorter ones than the standard's, for tests
 */
export function makeClients(
  region: string,
  limits: Partial<Limits> = {},
  time: Time = realTime,
): Clients {
  const count: CallCount = new Map();
  const within = { ...standardLimits, ...limits };
  const settings = (at: string) => ({
    region: at,
    maxAttempts: 4,
    requestHandler: { ...connections, connectionTimeout: within.connectMs },
  });
  const bound = <Input extends object, Output extends object, Client>(
    service: string,
    client: Client & Limitable<Input, Output>,
  ): Client => {
    countRequests(client.middlewareStack, service, count);
    limitCalls(client, within);
    return client;
  };
  const writes = pacer({ ...writePace, ...time });
  return {
    count,
    region,
    time,
    iam: bound("iam", new IAMClient(settings(region))),
    ssm: bound("ssm", new SSMClient(settings(region))),
    ...lateClients({ region, settings, bound }),
    pace: { write: () => writes.take() },
  };
}

type LateService =
  | "ecr"
  | "appRunner"
  | "amplify"
  | "ecs"
  | "sts"
  | "sns"
  | "events"
  | "cloudTrail";

function lateClients({
  region,
  settings,
  bound,
}: {
  readonly region: string;
  readonly settings: (region: string) => { readonly region: string };
  readonly bound: <Input extends object, Output extends object, Client>(
    service: string,
    client: Client & Limitable<Input, Output>,
  ) => Client;
}): Pick<Clients, LateService> {
  const ecr = once(async (at) => {
    const { ECRClient } = await import("./sdk/ecr.ts");
    return bound("ecr", new ECRClient(settings(at)));
  });
  const appRunner = once(async (at) => {
    const { AppRunnerClient } = await import("./sdk/apprunner.ts");
    return bound("apprunner", new AppRunnerClient(settings(at)));
  });
  const amplify = once(async (at) => {
    const { AmplifyClient } = await import("./sdk/amplify.ts");
    return bound("amplify", new AmplifyClient(settings(at)));
  });
  const ecs = once(async (at) => {
    const { ECSClient } = await import("./sdk/ecs.ts");
    return bound("ecs", new ECSClient(settings(at)));
  });
  const sts = once(async (at) => {
    const { STSClient } = await import("./sdk/sts.ts");
    return bound("sts", new STSClient(settings(at)));
  });
  const sns = once(async (at) => {
    const { SNSClient } = await import("./sdk/sns.ts");
    return bound("sns", new SNSClient(settings(at)));
  });
  const events = once(async (at) => {
    const { EventBridgeClient } = await import("./sdk/eventbridge.ts");
    return bound("events", new EventBridgeClient(settings(at)));
  });
  const cloudTrail = once(async (at) => {
    const { CloudTrailClient } = await import("./sdk/cloudtrail.ts");
    return bound("cloudtrail", new CloudTrailClient(settings(at)));
  });
  return {
    ecr,
    appRunner,
    amplify,
    ecs,
    sts: () => sts(region),
    sns: () => sns(region),
    events: () => events(region),
    cloudTrail: () => cloudTrail(partitionOf(region).iamRegion),
  };
}

/** Makes what a Region needs the first time that it is asked for, and gives the same after. */
function once<Made>(make: (region: string) => Made): (region: string) => Made {
  const made = new Map<string, Made>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    const fresh = make(region);
    made.set(region, fresh);
    return fresh;
  };
}

/** Counts every request of a client, one for each attempt that leaves the process. */
function countRequests<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  service: string,
  count: CallCount,
): void {
  stack.add(
    (next, context) => async (args) => {
      const operation = (context["commandName"] ?? "Unknown").replace(/Command$/, "");
      const key = `${service}:${operation}`;
      count.set(key, (count.get(key) ?? 0) + 1);
      return next(args);
    },
    // Inside the retry loop, which stands at high priority in the same step.
    { step: "finalizeRequest", priority: "low", name: "countRequests" },
  );
}
