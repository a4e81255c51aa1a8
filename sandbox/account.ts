import type { CircleciSeeds } from "./circleci/index.ts";
import type { NewPolicy, NewRole } from "./iam/seed.ts";
import type { Directory, Quotas } from "./iam/state.ts";
import type { Paging } from "./input/page.ts";
import type { TokenRequest } from "./issuer/claims.ts";
import type { SandboxFunctions } from "./lambda/index.ts";
import type { SandboxQueues } from "./queues.ts";
import type { Clock } from "./server/clock.ts";
import type { Faults } from "./server/faults.ts";
import type { Lag } from "./server/lag.ts";
import type { Rate } from "./server/rates.ts";
import type { RecordedCall } from "./server/record.ts";
import type { HttpRequest } from "./server/request.ts";
import type { Dispatched } from "./server/router.ts";
import type { Events, PublishedMessage } from "./services.ts";
import type { NewParameter } from "./ssm/index.ts";

export type SandboxOptions = {
  /** Default `123456789012`. */
  readonly account?: string;
  /** Region of the environment and of unsigned calls; default `us-east-1`. */
  readonly region?: string;
  /** Default: any free port. `null`: no socket; only `answer` gets requests to the account. */
  readonly port?: number | null;
  /** The account's time at the start; default: real time. */
  readonly now?: Date;
  /**
   * The account's time moves only when `clock` moves it, and by so many milliseconds with each call.
   * Default: real time.
   */
  readonly millisecondsPerCall?: number;
  /** Deploy targets get their ids from this text, so that they are the same each time. Default: at random. */
  readonly idsFrom?: string;
  /** Refuses unsigned calls and unknown access keys. Without it they act as the root user. */
  readonly strict?: boolean;
  /** `short-pages`: pages may be short or empty although more follow. */
  readonly paging?: Paging;
  /** Quotas of IAM that differ from those of a new account. */
  readonly quotas?: Partial<Quotas>;
  /** Refuses calls that come too fast, by the usual rates or by these. Default: no limit. */
  readonly rates?: boolean | readonly Rate[];
  /** How old the account is that a call sees. Default: every call sees every write before it. */
  readonly lag?: Lag;
};

export type SessionCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/** An AWS account inside the process, behind a real socket unless it was started without one. */
export type Sandbox = {
  /** `http://127.0.0.1:PORT`; without a socket, an address that leads nowhere. */
  readonly endpoint: string;
  /** Answers a request to AWS as the socket would, without the socket. */
  answer(request: HttpRequest): Promise<Dispatched>;
  /** What IAM holds now, without a call. */
  readonly directory: () => Directory;
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  /**
   * Environment variables that point an SDK or the AWS CLI at the account, as `administrator`, and
   * CircleCI's tools at its API, with a personal token.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Every request in order. */
  readonly calls: readonly RecordedCall[];
  readonly faults: Faults;
  /** How listings are cut into pages from now on. */
  setPaging(paging: Paging): void;
  /** The rates over which calls are refused from now on, in the account's own time. */
  setRates(rates: boolean | readonly Rate[]): void;
  /** How old the account is that a call sees from now on. `null`: every call sees every write. */
  setLag(lag: Lag | null): void;
  /**
   * The service control policies from now on, on the only level of the organisation. A call that
   * none of them allows is refused. An empty list means no organisation. Throws if a text is not a
   * policy.
   */
  setServiceControlPolicies(documents: readonly string[]): void;
  /** Credentials of a session of a role, without a call. Rejects if the role does not exist. */
  credentialsOf(
    roleArn: string,
    sessionName: string,
    seconds?: number,
  ): Promise<SessionCredentials>;
  /** Creates a role without the API, such as an execution role of a function; returns its ARN. */
  createRole(role: NewRole): string;
  /**
   * Puts a parameter, or a new version of one, into the store without the API, so it may also be
   * older than now. Returns the version's number.
   */
  createParameter(parameter: NewParameter): number;
  /** Creates so much at once, without the API, that one by one would take long. */
  createMany(crowd: {
    readonly roles: readonly NewRole[];
    readonly policies: readonly NewPolicy[];
    readonly parameters: readonly NewParameter[];
  }): void;
  /**
   * Sets tags on a role, policy or provider without the API, so they may also start with `aws:`.
   */
  setTags(arn: string, tags: Readonly<Record<string, string>>): void;
  /** CircleCI: its issuer's tokens, and what its API at `CIRCLECI_CLI_HOST` keeps. */
  readonly circleci: CircleciSeeds & { issueToken(request: TokenRequest): Promise<string> };
  readonly events: Events;
  /** What was published to SNS topics. */
  readonly messages: readonly PublishedMessage[];
  /** What is in SQS queues, and how a function gets it. */
  readonly queues: SandboxQueues;
  /** What Lambda functions do when they are invoked. */
  readonly functions: SandboxFunctions;
  /**
   * Keeps what every service of AWS holds now. The result puts it back, as often as it is called.
   * The clock goes on, and what was called, sent or set by a test stays.
   */
  snapshot(): () => void;
  close(): Promise<void>;
};
