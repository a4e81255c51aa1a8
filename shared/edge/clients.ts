import { AmplifyClient } from "@aws-sdk/client-amplify";
import { AppRunnerClient } from "@aws-sdk/client-apprunner";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import type { MiddlewareStack } from "@smithy/types";

/** Every AWS request of a run, retries too, by `service:Operation`. */
export type CallCount = Map<string, number>;

/** Counts every request of a client, one for each attempt that leaves the process. */
export function countRequests<Input extends object, Output extends object>(
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

export type ClientSettings = {
  readonly region: string;
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
};

export type Clients = {
  readonly count: CallCount;
  readonly region: string;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly ssm: SSMClient;
  /** The settings that every client shares. */
  settings(region: string): ClientSettings;
  ecr(region: string): ECRClient;
  appRunner(region: string): AppRunnerClient;
  amplify(region: string): AmplifyClient;
};

/** Where IAM, a global service, is signed for and recorded by CloudTrail. */
export function iamRegionOf(region: string): string {
  if (region.startsWith("cn-")) return "cn-north-1";
  if (region.startsWith("us-gov-")) return "us-gov-west-1";
  return "us-east-1";
}

/**
 * The clients of one run. They are made anew for each, so that nothing of a run lives on: making
 * one takes well under a millisecond, and endpoints come from the environment of the moment.
 */
export function makeClients(region: string): Clients {
  const count: CallCount = new Map();
  const settings = (at: string): ClientSettings => ({
    region: at,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000 },
  });
  const iam = new IAMClient(settings(region));
  const sts = new STSClient(settings(region));
  const ssm = new SSMClient(settings(region));
  countRequests(iam.middlewareStack, "iam", count);
  countRequests(sts.middlewareStack, "sts", count);
  countRequests(ssm.middlewareStack, "ssm", count);
  return {
    count,
    region,
    iam,
    sts,
    ssm,
    settings,
    ecr: perRegion((at) => {
      const client = new ECRClient(settings(at));
      countRequests(client.middlewareStack, "ecr", count);
      return client;
    }),
    appRunner: perRegion((at) => {
      const client = new AppRunnerClient(settings(at));
      countRequests(client.middlewareStack, "apprunner", count);
      return client;
    }),
    amplify: perRegion((at) => {
      const client = new AmplifyClient(settings(at));
      countRequests(client.middlewareStack, "amplify", count);
      return client;
    }),
  };
}

function perRegion<Client>(make: (region: string) => Client): (region: string) => Client {
  const made = new Map<string, Client>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    const client = make(region);
    made.set(region, client);
    return client;
  };
}
