import type { UniqueBytes } from "./unique.ts";

/** Who made a call, as STS names them. */
export type Caller = {
  readonly kind: "root" | "user" | "assumed-role" | "anonymous";
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  /** Name of the role, if the caller is a session of one. */
  readonly role?: string;
};

/** One request with its caller. */
export type Call = {
  /** SigV4 signing name. */
  readonly service: string;
  readonly operation: string;
  /** From the SigV4 credential scope; the sandbox's own Region for an unsigned call. */
  readonly region: string;
  readonly account: string;
  readonly caller: Caller;
  /**
   * Members under AWS's names. From the query protocol, numbers and booleans are text, and lists
   * and maps are arrays and objects. From the JSON protocols, all is as it was sent.
   */
  readonly input: Readonly<Record<string, unknown>>;
  readonly now: Date;
  readonly requestId: string;
  readonly uniqueBytes: UniqueBytes;
  /** The address and the program that the call came from, for condition keys and for CloudTrail. */
  readonly sourceIp: string;
  readonly userAgent: string;
};

/**
 * Does what a call asks for. The answer has AWS's names for its members. A `Date` is written as the
 * protocol writes times, a `Map` as the query protocol's map. Throws `ServiceError` to refuse.
 */
export type Operation = (call: Call) => object | Promise<object>;

/** Keeps the state of now; the result puts it back, as often as it is called. */
export type Keep = () => () => void;

/** The operations of a service, on states that it had before. */
export type Past = {
  /** Copies the state before a write. The caller calls the result once the write has succeeded. */
  note(call: Pick<Call, "region" | "now">): () => void;
  /** On the state from before the last write that succeeded. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** On a copy of the state of so many milliseconds ago. */
  behind(milliseconds: number): ReadonlyMap<string, Operation>;
  /** Is a write also refused for what the state of then lacks, or still has? */
  readonly writesToo: boolean;
  /** From now on there is no state from before. */
  forget(): void;
};

/** Code of a `ServiceError` that means no answer: the connection is closed. */
export const connectionResetCode = "connection-reset";

/** An error answer: its code, its message, its HTTP status and further members. */
export class ServiceError extends Error {
  readonly code: string;
  readonly httpStatus: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    httpStatus = 400,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.httpStatus = httpStatus;
    this.members = members;
  }
}

/** What IAM checks before a call runs: an action on a resource, with its own keys. */
export type AccessCheck = {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in addition to those that every request has. */
  readonly context?: ReadonlyMap<string, readonly string[]>;
};

export type Protocol = "query" | "json-1.0" | "json-1.1" | "rest-json" | "rest-xml";

/** Where a REST operation is. `path` is a template such as `/apps/{appId}/branches`. */
export type Route = {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  /** HTTP status of a successful answer; 200 by default. */
  readonly status?: number;
  /** The member that is the whole body, of the request and of the answer; default: all are JSON. */
  readonly payload?: string;
  /** Members that are headers, of the request and of the answer, by the header in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
};

export type Service = {
  /** SigV4 signing name: iam sts ssm ecr ecs events apprunner amplify lambda sns sqs cloudtrail s3. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Query only: the namespace of its XML answers. */
  readonly xmlNamespace?: string;
  /** JSON only: the part of `X-Amz-Target` before the dot. */
  readonly targetPrefix?: string;
  /** REST only. */
  readonly routes?: readonly Route[];
  readonly operations: ReadonlyMap<string, Operation>;
  /** For services whose reads can be stale. */
  readonly past?: Past;
  readonly keep: Keep;
  /** All of these must be allowed. The list is empty if an operation needs no permission. */
  authorize(call: Call): readonly AccessCheck[];
  /** The text of the policy on the resource that a call names, if the service has any. */
  readonly resourcePolicyOf?: (call: Call) => string | null;
  /** Whether an operation changes nothing. By default its verb decides (Get, List, …). */
  readonly isReadOnly?: (operation: string) => boolean;
};

const readingVerb = /^(Get|List|Describe|Lookup|BatchGet|Assume|Check|Simulate|Test)/;

/** Whether an operation only reads, as CloudTrail would record it. */
export function isReadOnly(service: Service, operation: string): boolean {
  return service.isReadOnly?.(operation) ?? readingVerb.test(operation);
}
