/**
 * An AWS account inside the process, for tests, for the story and for a shell. Each service is a folder
 * with its operations; `services.ts` starts them and passes on events. `server/` is HTTP and AWS's
 * protocols, `input/` what the services share when they read a request, `evaluate/` the policy language.
 *
 * Imports nothing of the product: it is the second opinion. Public: `startSandbox` here. What it does and
 * what it leaves out is in BEHAVIOUR.md, what a test can do in TESTS.md.
 */

import type { Sandbox, SandboxOptions, SessionCredentials } from "./account.ts";
import { type CircleciApi, circleciApi } from "./circleci/index.ts";
import { globalRegion } from "./cloudtrail/record.ts";
import { administrator } from "./iam/administrator.ts";
import { addAwsPolicies } from "./iam/aws-policies.ts";
import { iam } from "./iam/index.ts";
import { recordKeyUse } from "./iam/key-use.ts";
import { seedPolicy, seedRole, seedTags } from "./iam/seed.ts";
import { copyOf, emptyDirectory, nameKey } from "./iam/state.ts";
import type { Paging } from "./input/page.ts";
import { circleciIssuer, type Issuer, issuerPath } from "./issuer/issuer.ts";
import { organization } from "./organization.ts";
import { sandboxQueues } from "./queues.ts";
import { type Clock, clockFrom, observedClock, stillClock } from "./server/clock.ts";
import { faultList } from "./server/faults.ts";
import { lagOf } from "./server/lag.ts";
import type { Service } from "./server/operation.ts";
import { pauseUntilClosed } from "./server/pause.ts";
import { type Rate, throttle, usualRates } from "./server/rates.ts";
import type { RecordedCall } from "./server/record.ts";
import { createRouter, type RouterOptions } from "./server/router.ts";
import { listen } from "./server/server.ts";
import { uniqueBytes } from "./server/unique.ts";
import { type RegionalServices, regionalServices } from "./services.ts";
import type { NewParameter } from "./ssm/index.ts";
import { callerOf } from "./sts/identify.ts";
import { sts } from "./sts/index.ts";
import { type PolicySources, refusalOf } from "./sts/permissions.ts";
import { openSession, type Sessions } from "./sts/sessions.ts";

export type { Sandbox, SandboxOptions, SessionCredentials } from "./account.ts";
export type { NewContext, NewProject, ProjectSettings, TokenKind } from "./circleci/index.ts";
export type { NewRole } from "./iam/seed.ts";
export type { TokenRequest } from "./issuer/claims.ts";
export type {
  QueuedMessage,
  QueueEvent,
  QueueHandler,
  QueueRecord,
  SandboxQueues,
} from "./queues.ts";
export type { HttpAnswer } from "./server/answer.ts";
export type { Clock } from "./server/clock.ts";
export type { Fault, FaultKind, Faults } from "./server/faults.ts";
export type { Lag } from "./server/lag.ts";
export type { Rate } from "./server/rates.ts";
export type { RecordedCall } from "./server/record.ts";
export type { HttpRequest } from "./server/request.ts";
export type { Dispatched } from "./server/router.ts";
export type {
  Arrival,
  Delivery,
  EventBridgeEvent,
  Events,
  MessageAttribute,
  PublishedMessage,
} from "./services.ts";
export type { NewParameter } from "./ssm/index.ts";

/** Starts an empty account. Rejects if the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const core = coreOf(options);
  const { account, region, clock, directory, keys, faults, rates, organization } = core;
  const issuer = await circleciIssuer(clock, () => core.set.endpoint);
  const { inIam, regional, services } = servicesOf(core, issuer);
  const router = createRouter(routerOptionsOf(core, services, regional));
  const api = apiOf(core);
  const answer: Sandbox["answer"] = (request) => api.dispatch(request) ?? router.dispatch(request);
  const port = options.port === undefined ? 0 : options.port;
  const listening =
    port === null ? notListening : await listen({ dispatch: answer, page: issuer.page }, port);
  const { endpoint } = listening;
  const seedParameters = (parameters: readonly NewParameter[]) =>
    regional.parameters.seed({ account, region, now: clock.now() }, parameters);
  core.set.endpoint = endpoint;
  return {
    endpoint,
    account,
    region,
    clock: observedClock(clock, regional.parameters.expire),
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      CIRCLECI_CLI_HOST: `${endpoint}${issuerPath}`,
      CIRCLE_TOKEN: api.seeds.token,
    },
    answer,
    directory: () => copyOf(directory),
    calls: core.calls,
    faults,
    setPaging: (next) => {
      core.set.paging = next;
    },
    setRates: (next) => rates.set(ratesOf(next)),
    setLag: core.lag.set,
    setServiceControlPolicies: organization.set,
    credentialsOf: async (roleArn, sessionName, seconds = 3600) =>
      credentialsOf(core, roleArn, sessionName, seconds),
    createRole: (role) => asWrite(core, inIam, () => seedRole(directory, role, clock.now())),
    setTags: (arn, tags) => asWrite(core, inIam, () => seedTags(directory, arn, tags)),
    createParameter: (parameter) => seedParameters([parameter])[0] ?? 0,
    createMany: ({ roles, policies, parameters }) => {
      asWrite(core, inIam, () => {
        for (const role of roles) seedRole(directory, role, clock.now());
        for (const policy of policies) seedPolicy(directory, policy, clock.now());
      });
      seedParameters(parameters);
    },
    circleci: { issueToken: issuer.issueToken, ...api.seeds },
    events: regional.events,
    messages: regional.messages,
    functions: {
      handle: (name, handler) => regional.functions.handle({ account, region }, name, handler),
    },
    queues: sandboxQueues(regional.queuesOf, clock.now),
    snapshot: () => {
      const back = services.map(({ keep }) => keep());
      return () => {
        for (const putBack of back) putBack();
      };
    },
    close: () => {
      core.closing.abort();
      return listening.close();
    },
  };
}

/** An account without a socket. The name is one that no resolver knows (RFC 6761). */
const notListening = { endpoint: "http://sandbox.invalid", close: async () => undefined };

type Core = ReturnType<typeof coreOf>;

/** What an account has before it has any service. */
function coreOf(options: SandboxOptions) {
  const account = options.account ?? "123456789012";
  const clock = clockOf(options);
  const directory = emptyDirectory(account, options.quotas);
  addAwsPolicies(directory, clock.now());
  const sessions: Sessions = new Map();
  // Known once it listens, or changed by a test.
  const set: { endpoint: string; paging: Paging } = {
    endpoint: "",
    paging: options.paging ?? "full",
  };
  return {
    account,
    region: options.region ?? "us-east-1",
    strict: options.strict ?? false,
    clock,
    directory,
    keys: administrator(directory, clock.now()),
    sessions,
    set,
    millisecondsPerCall: options.millisecondsPerCall ?? 0,
    uniqueBytes: uniqueBytes(options.idsFrom),
    calls: [] as RecordedCall[],
    faults: faultList(),
    rates: throttle(ratesOf(options.rates ?? false)),
    lag: lagOf(options.lag),
    organization: organization(),
    closing: new AbortController(),
  };
}

function policySourcesOf({
  directory,
  sessions,
  organization: { documents },
}: Core): PolicySources {
  return { directory, sessions, serviceControlPolicies: documents };
}

function servicesOf(
  core: Core,
  issuer: Issuer,
): {
  readonly inIam: Service;
  readonly regional: RegionalServices;
  readonly services: readonly Service[];
} {
  const { account, clock, directory, set, lag } = core;
  const paging = (): Paging => set.paging;
  const regional = regionalServices({
    account,
    paging,
    roleArnOf: (name) => directory.roles.get(nameKey(name))?.arn ?? null,
    now: clock.now,
    endpoint: () => set.endpoint,
    keepMs: lag.keepMs,
  });
  const inIam = iam({ directory, paging, keepMs: lag.keepMs });
  const services = [inIam, sts({ ...policySourcesOf(core), issuer }), ...regional.services];
  return { inIam, regional, services };
}

function routerOptionsOf(
  core: Core,
  services: readonly Service[],
  regional: RegionalServices,
): RouterOptions {
  const { account, region, strict, clock, directory, sessions, uniqueBytes } = core;
  const policySources = policySourcesOf(core);
  return {
    account,
    region,
    clock,
    millisecondsPerCall: core.millisecondsPerCall,
    uniqueBytes,
    services,
    calls: core.calls,
    identify: (service, signature, operation) =>
      callerOf(
        { directory, sessions, strict, now: clock.now() },
        { service, signature, operation },
      ),
    refusalOf: (service, call) => refusalOf(policySources, service, call),
    takeFault: core.faults.take,
    lagOf: core.lag.of,
    isThrottled: core.rates.isOver,
    pause: pauseUntilClosed(core.closing.signal),
    catchUp: regional.parameters.expire,
    onFinished: (finished) => {
      recordKeyUse(directory, finished.call);
      regional.onFinished(finished);
    },
  };
}

function clockOf({ now, millisecondsPerCall }: SandboxOptions): Clock {
  return millisecondsPerCall === undefined ? clockFrom(now) : stillClock(now ?? new Date());
}

/** CircleCI's API, with the record of calls, the faults and the rates of the account. */
function apiOf({ calls, clock, set, faults, rates, closing }: Core): CircleciApi {
  return circleciApi({
    calls,
    now: clock.now,
    paging: () => set.paging,
    takeFault: (call) => faults.take(call, { canBeStale: false }),
    isThrottled: rates.isOver,
    pause: pauseUntilClosed(closing.signal),
  });
}

/** To seed something counts as a write: a stale read does not see it. */
function asWrite<Given>({ clock }: Core, service: Service, seed: () => Given): Given {
  const keep = service.past?.note({ region: globalRegion, now: clock.now() });
  const given = seed();
  keep?.();
  return given;
}

function credentialsOf(
  { account, clock, directory, sessions }: Core,
  roleArn: string,
  name: string,
  seconds: number,
): SessionCredentials {
  const role = [...directory.roles.values()].find(({ arn }) => arn === roleArn);
  if (role === undefined) throw new Error(`The sandbox has no role ${roleArn}.`);
  const { accessKeyId, secretAccessKey, sessionToken } = openSession(sessions, {
    account,
    role,
    name,
    now: clock.now(),
    seconds,
    policies: [],
    provider: null,
  });
  return { accessKeyId, secretAccessKey, sessionToken };
}

function ratesOf(rates: boolean | readonly Rate[]): readonly Rate[] {
  if (typeof rates !== "boolean") return rates;
  return rates ? usualRates : [];
}
