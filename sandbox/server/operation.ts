/** Who made a call, as STS would name them. `role` is the role's name where the caller is a session. */
export type Caller = {
  readonly kind: "root" | "user" | "assumed-role" | "anonymous";
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  /** Name of the role whose session this is. */
  readonly role?: string;
};

/** One request, read from the wire and attributed to a caller. */
export type Call = {
  /** SigV4 signing name. */
  readonly service: string;
  readonly operation: string;
  /** From the SigV4 credential scope; the sandbox's own Region where a call is unsigned. */
  readonly region: string;
  readonly account: string;
  readonly caller: Caller;
  /**
   * Members under AWS's names. The query protocol sends numbers and booleans as text and its lists
   * and maps are read into arrays and objects; the JSON protocols arrive as they were sent.
   */
  readonly input: Readonly<Record<string, unknown>>;
  readonly now: Date;
  readonly requestId: string;
  /** The address and the program that the call came from, for condition keys and for CloudTrail. */
  readonly sourceIp: string;
  readonly userAgent: string;
};

/**
 * Carries a call out. The answer's members stand under AWS's names; a `Date` is written as the
 * protocol writes instants, a `Map` as the query protocol's map. Throws `ServiceError` to refuse.
 */
export type Operation = (call: Call) => object | Promise<object>;

/** The operations of a service as they would answer before the last write that succeeded. */
export type Past = {
  /** Notes the state before a write; what it gives back is called once the write has succeeded. */
  note(call: Pick<Call, "region">): () => void;
  readonly operations: ReadonlyMap<string, Operation>;
};

/** Code of a `ServiceError` that stands for no answer at all: the connection is cut. */
export const connectionResetCode = "connection-reset";

/** An error answer: the code on the wire, the sentence, the HTTP status, further modelled members. */
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

/** What IAM checks before a call is carried out: an action on a resource, with its own keys. */
export type AccessCheck = {
  readonly action: string;
  readonly resource: string;
  /** Condition keys beyond the ones that every request has. */
  readonly context?: ReadonlyMap<string, readonly string[]>;
};

export type Protocol = "query" | "json-1.0" | "json-1.1" | "rest-json";

/** A REST-JSON operation's place: `path` is a template such as `/apps/{appId}/branches`. */
export type Route = {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  /** HTTP status of a successful answer; 200 by default. */
  readonly status?: number;
};

export type Service = {
  /** SigV4 signing name: iam sts ssm ecr ecs events apprunner amplify lambda sns sqs cloudtrail. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Query only: the namespace of its XML answers. */
  readonly xmlNamespace?: string;
  /** JSON only: what stands before the dot in `X-Amz-Target`. */
  readonly targetPrefix?: string;
  /** REST-JSON only. */
  readonly routes?: readonly Route[];
  readonly operations: ReadonlyMap<string, Operation>;
  /** Where reads of the service can be stale. */
  readonly past?: Past;
  /** Every pair has to be allowed. An operation that needs no permission gives none. */
  authorize(call: Call): readonly AccessCheck[];
  /** The text of the policy on the resource that a call names, where the service has such. */
  readonly resourcePolicyOf?: (call: Call) => string | null;
  /** Whether an operation changes nothing; by default its verb tells (Get, List, Describe, …). */
  readonly isReadOnly?: (operation: string) => boolean;
};

const readingVerb = /^(Get|List|Describe|Lookup|BatchGet|Assume|Check|Simulate|Test)/;

/** Whether an operation only reads, as CloudTrail would record it. */
export function isReadOnly(service: Service, operation: string): boolean {
  return service.isReadOnly?.(operation) ?? readingVerb.test(operation);
}
