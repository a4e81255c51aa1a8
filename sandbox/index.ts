import { administrator } from "./iam/administrator.ts";
import { addAwsPolicies } from "./iam/aws-policies.ts";
import { iam } from "./iam/index.ts";
import { noteKeyUse } from "./iam/key-use.ts";
import { type NewRole, plantRole, plantTags } from "./iam/plant.ts";
import { emptyDirectory, nameKey, type Quotas } from "./iam/state.ts";
import type { Paging } from "./input/page.ts";
import type { TokenRequest } from "./issuer/claims.ts";
import { circleciIssuer } from "./issuer/issuer.ts";
import { type Clock, clockFrom } from "./server/clock.ts";
import { dispatcher } from "./server/dispatch.ts";
import { type Faults, faultList } from "./server/faults.ts";
import type { RecordedCall } from "./server/record.ts";
import { listen } from "./server/server.ts";
import { type Events, type PublishedMessage, regionalServices } from "./services.ts";
import { callerOf } from "./sts/identify.ts";
import { sts } from "./sts/index.ts";
import { refusalOf } from "./sts/permissions.ts";
import { openSession, type Sessions } from "./sts/sessions.ts";

export type { NewRole } from "./iam/plant.ts";
export type { TokenRequest } from "./issuer/claims.ts";
export type { Clock } from "./server/clock.ts";
export type { Fault, Faults } from "./server/faults.ts";
export type { RecordedCall } from "./server/record.ts";
export type {
  Arrival,
  Delivery,
  EventBridgeEvent,
  Events,
  MessageAttribute,
  PublishedMessage,
} from "./services.ts";

export type SandboxOptions = {
  /** Default `123456789012`. */
  readonly account?: string;
  /** Region of the environment and of unsigned calls; default `us-east-1`. */
  readonly region?: string;
  /** Default: any free port. */
  readonly port?: number;
  /** What the account's clock shows at first; default: real time. */
  readonly now?: Date;
  /** Refuses unsigned calls and unknown access keys, which otherwise are the root user's. */
  readonly strict?: boolean;
  /** `ragged`: pages may be short or empty and still go on. */
  readonly paging?: Paging;
  /** Quotas of IAM that differ from a new account's. */
  readonly quotas?: Partial<Quotas>;
};

export type SessionCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/** An AWS account inside the process, behind a real socket. */
export type Sandbox = {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  /** Points any SDK or the AWS CLI at the account, as the user `administrator`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every request in order. */
  readonly calls: readonly RecordedCall[];
  readonly faults: Faults;
  /** How listings are cut from now on. */
  setPaging(paging: Paging): void;
  /** Credentials of a session of a role, without a call. Rejects where there is no such role. */
  credentialsOf(
    roleArn: string,
    sessionName: string,
    seconds?: number,
  ): Promise<SessionCredentials>;
  /** Makes a role without the API, such as a function's execution role; gives its ARN. */
  createRole(role: NewRole): string;
  /** Sets tags on a role, policy or provider without the API: so also those that start `aws:`. */
  setTags(arn: string, tags: Readonly<Record<string, string>>): void;
  readonly circleci: { issueToken(request: TokenRequest): Promise<string> };
  readonly events: Events;
  /** What was published to SNS topics. */
  readonly messages: readonly PublishedMessage[];
  close(): Promise<void>;
};

/** Starts an empty account. Rejects where the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const account = options.account ?? "123456789012";
  const region = options.region ?? "us-east-1";
  const clock = clockFrom(options.now);
  const directory = emptyDirectory(account, options.quotas);
  addAwsPolicies(directory, clock.now());
  const keys = administrator(directory, clock.now());
  const sessions: Sessions = new Map();
  let paging = options.paging ?? "full";
  const pagingNow = (): Paging => paging;
  let endpoint = "";
  const issuer = await circleciIssuer(clock, () => endpoint);
  const regional = regionalServices({
    account,
    paging: pagingNow,
    roleArnOf: (name) => directory.roles.get(nameKey(name))?.arn ?? null,
  });
  const faults = faultList();
  const desk = dispatcher({
    account,
    region,
    clock,
    services: [
      iam({ directory, paging: pagingNow }),
      sts({ directory, sessions, issuer }),
      ...regional.services,
    ],
    identify: (service, signature, operation) =>
      callerOf(
        { directory, sessions, strict: options.strict ?? false, now: clock.now() },
        { service, signature, operation },
      ),
    refusalOf: (service, call) => refusalOf({ directory, sessions }, service, call),
    takeFault: faults.take,
    onFinished: (finished) => {
      noteKeyUse(directory, finished.call);
      regional.onFinished(finished);
    },
  });
  const listening = await listen({ ...desk, page: issuer.page }, options.port ?? 0);
  endpoint = listening.endpoint;
  return {
    endpoint,
    account,
    region,
    clock,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
    calls: desk.calls,
    faults,
    setPaging: (next) => {
      paging = next;
    },
    credentialsOf: async (roleArn, sessionName, seconds = 3600) => {
      const role = [...directory.roles.values()].find(({ arn }) => arn === roleArn);
      if (role === undefined) throw new Error(`The sandbox has no role ${roleArn}.`);
      const now = clock.now();
      return credentials(
        openSession(sessions, {
          account,
          role,
          name: sessionName,
          now,
          seconds,
          policies: [],
          provider: null,
        }),
      );
    },
    createRole: (role) => plantRole(directory, role, clock.now()),
    setTags: (arn, tags) => plantTags(directory, arn, tags),
    circleci: { issueToken: issuer.issueToken },
    events: regional.events,
    messages: regional.messages,
    close: listening.close,
  };
}

function credentials(session: SessionCredentials): SessionCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  return { accessKeyId, secretAccessKey, sessionToken };
}
