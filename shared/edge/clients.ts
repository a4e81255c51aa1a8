/**
 * Everything that talks to AWS, and to CircleCI (circleci/). Each call ends in time (limits.ts), is counted (here) and has its
 * error sorted (faults.ts); listings are followed with the SDK's paginators.
 *
 * Imports every room that decides. Public: `makeClients` here, a file for each thing that is read or
 * written (identity.ts, account-listing.ts, parameters.ts, trail.ts, targets/), `applyChanges` (apply.ts).
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { MiddlewareStack } from "@smithy/types";
import { refuseStrangeAnswers } from "./answers.ts";
import { type Limitable, type Limits, limitCalls, standardLimits } from "./limits.ts";
import { noteLostAnswers } from "./lost-answers.ts";
import { type Paces, paceCalls, pacesOf } from "./paced-calls.ts";
import { realTime, type Time } from "./time.ts";

/** Every AWS request of a run, retries too, by `service:Operation`. */
type CallCount = Map<string, number>;

export type Clients = {
  readonly count: CallCount;
  readonly region: string;
  readonly time: Time;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  /** Makes what `lateClient` returns: a client that not every run needs. */
  readonly late: Late;
  readonly pace: {
    /** Awaited before each PutParameter, of which Parameter Store takes three a second. */
    write(): Promise<void>;
  };
};

/**
 * Connections outlive a run: the next run in the same process uses those that are still open, and
 * the new clients of a run open none of their own.
 */
const connections = {
  httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 50 }),
  httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 50 }),
};

/**
 * The clients of one run, one for each service and Region. Every run has its own, so that only
 * connections outlive it: making a client takes well under a millisecond, and endpoints come from
 * the environment of the moment. Every call of every client ends within the limits and is counted.
 *
 * @param limits shorter ones than the standard's, for tests
 */
export function makeClients(
  region: string,
  limits: Partial<Limits> = {},
  time: Time = realTime,
): Clients {
  const count: CallCount = new Map();
  const paces = pacesOf(time);
  const make = maker(count, { ...standardLimits, ...limits }, paces);
  const late: Late = (service, load) => once(async (at) => make(service, await load(), at));
  return {
    count,
    region,
    time,
    late,
    iam: make("iam", IAMClient, region),
    ssm: make("ssm", SSMClient, region),
    pace: { write: () => paces.writes.take() },
  };
}

type Settings = {
  readonly region: string;
  readonly retryMode: "standard";
  readonly maxAttempts: number;
  readonly requestHandler: typeof connections & { readonly connectionTimeout: number };
};

type ClientClass<Client> = new (settings: Settings) => Client;

/** Makes a client of a service in a Region, counted and limited as every client of a run is. */
type Make = <Input extends object, Output extends object, Client>(
  service: string,
  SdkClient: ClientClass<Client & Limitable<Input, Output>>,
  region: string,
) => Client;

/** The same, with the SDK's part for the service loaded by the first call. */
type Late = <Input extends object, Output extends object, Client>(
  service: string,
  load: () => Promise<ClientClass<Client & Limitable<Input, Output>>>,
) => (region: string) => Promise<Client>;

/**
 * The client of a service that not every run calls: the first call loads it, not every cold start.
 * Each run has one for each Region.
 */
export function lateClient<Input extends object, Output extends object, Client>(
  service: string,
  load: () => Promise<ClientClass<Client & Limitable<Input, Output>>>,
): (clients: Clients, region?: string) => Promise<Client> {
  const ofRuns = new WeakMap<Clients, (region: string) => Promise<Client>>();
  return (clients, region = clients.region) => {
    const ofRun = ofRuns.get(clients) ?? clients.late(service, load);
    ofRuns.set(clients, ofRun);
    return ofRun(region);
  };
}

function maker(count: CallCount, limits: Limits, paces: Paces): Make {
  return (service, SdkClient, region) => {
    const client = new SdkClient({
      region,
      // Whatever AWS_RETRY_MODE says: the pace below is ours.
      retryMode: "standard",
      maxAttempts: limits.tries,
      requestHandler: { ...connections, connectionTimeout: limits.connectMs },
    });
    countRequests(client.middlewareStack, service, count);
    // Before the limits: a call's own time begins when it may go.
    paceCalls(client.middlewareStack, (operation) => paces.of(service, operation));
    limitCalls(client, limits);
    if (service === "iam") noteLostAnswers(client.middlewareStack);
    refuseStrangeAnswers(client.middlewareStack, service);
    return client;
  };
}

/** Makes a Region's value at the first request and returns the same one from then on. */
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
    // Inside the retry loop, which has high priority in the same step.
    { step: "finalizeRequest", priority: "low", name: "countRequests" },
  );
}
