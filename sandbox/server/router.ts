import { randomUUID } from "node:crypto";
import { type HttpAnswer, writeAnswer, writeError } from "./answer.ts";
import type { Clock } from "./clock.ts";
import { delayAt, type Exposure, type Fault } from "./faults.ts";
import {
  type Call,
  type Caller,
  connectionResetCode,
  isReadOnly,
  type Operation,
  type Service,
  ServiceError,
} from "./operation.ts";
import { protocolError } from "./protocol-errors.ts";
import type { RatedCall } from "./rates.ts";
import type { FinishedCall, RecordedCall } from "./record.ts";
import { type HttpRequest, type ParsedRequest, readRequest } from "./request.ts";
import type { Signature } from "./signature.ts";
import type { UniqueBytes } from "./unique.ts";

/** What the router needs of the account: its services, who calls, and what they may do. */
export type RouterOptions = {
  readonly account: string;
  /** Region of unsigned calls. */
  readonly region: string;
  readonly clock: Clock;
  /** How far each call moves the clock. */
  readonly millisecondsPerCall: number;
  readonly uniqueBytes: UniqueBytes;
  readonly services: readonly Service[];
  /** Every call in order; each is added when it arrives, and completed when it ends. */
  readonly calls: RecordedCall[];
  /** Who signed the call, or the error for an unknown or expired key. */
  identify(service: Service, signature: Signature | null, operation: string): Caller | ServiceError;
  /** The error for a call that the caller's policies do not allow, or null. */
  refusalOf(service: Service, call: Call): ServiceError | null;
  takeFault(call: RecordedCall, exposure: Exposure): Fault | null;
  /** How many milliseconds old the state is that a call sees. */
  lagOf(call: RecordedCall): number;
  /** Whether this call is over its rate. */
  isThrottled(call: RatedCall, now: Date): boolean;
  /** Waits; false if the account closes before the time is over. */
  pause(milliseconds: number): Promise<boolean>;
  /** Does what is due by now without a call, such as the expiration of a parameter. */
  catchUp(now: Date): void;
  onFinished(finished: FinishedCall): void;
};

export type Dispatched = { readonly kind: "answer"; readonly answer: HttpAnswer } | NoAnswer;

type NoAnswer = { readonly kind: "connection-reset" | "no-response" };

type Outcome =
  | { readonly kind: "answered"; readonly output: object }
  | { readonly kind: "refused"; readonly error: ServiceError }
  /** Nothing was done; something that is not AWS answers. */
  | { readonly kind: "swallowed" }
  | NoAnswer;

/** Routes requests to the services, keeps the record of calls, and answers. */
export function createRouter(options: RouterOptions): {
  dispatch(request: HttpRequest): Promise<Dispatched>;
} {
  const { calls } = options;
  const dispatch = async (request: HttpRequest): Promise<Dispatched> => {
    const parsed = readRequest(options.services, request);
    if (parsed === null) return { kind: "answer", answer: noSuchService };
    options.clock.advance(options.millisecondsPerCall);
    options.catchUp(options.clock.now());
    const { service, operation } = parsed;
    const requestId = randomUUID();
    const { call, refusal } = callOf(options, parsed, request, requestId);
    const record: RecordedCall = {
      index: calls.length,
      at: call.now,
      service: service.name,
      operation,
      region: call.region,
      caller: call.caller.arn,
      input: call.input,
      error: null,
      happened: null,
      mutating: !isReadOnly(service, operation),
      requestId,
    };
    calls.push(record);
    const canBeStale = service.past !== undefined && !record.mutating;
    const fault = options.takeFault(record, { canBeStale });
    const lagMs = service.past === undefined ? 0 : options.lagOf(record);
    const outcome = refusal ?? (await execute(options, service, call, { fault, lagMs }));
    if (outcome.kind === "answered" || outcome.kind === "refused") {
      options.onFinished({ call, readOnly: !record.mutating, outcome });
    }
    const seen = await afterFault(options, fault, outcome);
    calls[record.index] = {
      ...record,
      happened: outcome.kind === "answered",
      error: errorCodeOf(seen),
    };
    return garbledBy(fault, responseTo(service, { operation, requestId }, seen));
  };
  return { dispatch };
}

/** The call, and the error if its key or its input is already wrong. */
function callOf(
  options: RouterOptions,
  parsed: ParsedRequest,
  request: HttpRequest,
  requestId: string,
): { readonly call: Call; readonly refusal: Outcome | null } {
  const identified = options.identify(parsed.service, parsed.signature, parsed.operation);
  const known = !(identified instanceof ServiceError);
  let input: Readonly<Record<string, unknown>> = {};
  let unreadable: ServiceError | null = null;
  try {
    input = parsed.input();
  } catch (error) {
    unreadable = serviceErrorFrom(error);
  }
  const call: Call = {
    service: parsed.service.name,
    operation: parsed.operation,
    region: parsed.signature?.region ?? options.region,
    account: options.account,
    caller: known ? identified : unknownCaller(parsed.signature),
    input,
    now: options.clock.now(),
    requestId,
    uniqueBytes: options.uniqueBytes,
    sourceIp: request.sourceIp,
    userAgent: request.headers.get("user-agent") ?? "",
  };
  const error = known ? unreadable : identified;
  return { call, refusal: error === null ? null : { kind: "refused", error } };
}

function unknownCaller(signature: Signature | null): Caller {
  return { kind: "anonymous", arn: "", userId: "", accessKeyId: signature?.accessKeyId ?? "" };
}

/** What a call sees instead of the state of now. */
type Seeing = { readonly fault: Fault | null; readonly lagMs: number };

/** A write is always done on the state of now, whatever it is checked against before. */
function operationsFor(
  service: Service,
  { operation }: Call,
  { fault, lagMs }: Seeing,
): Service["operations"] | undefined {
  const { operations, past } = service;
  if (fault?.how === "stale") return past?.operations;
  const isLate = past !== undefined && lagMs > 0 && isReadOnly(service, operation);
  return isLate ? past.behind(lagMs) : operations;
}

async function execute(
  options: RouterOptions,
  service: Service,
  call: Call,
  { fault, lagMs }: Seeing,
): Promise<Outcome> {
  const early = fault?.at === "before" ? faultOutcome(fault) : null;
  if (early !== null) return early;
  const delay = delayAt(fault, "before");
  if (delay > 0 && !(await options.pause(delay))) return { kind: "connection-reset" };
  const operation = operationsFor(service, call, { fault, lagMs })?.get(call.operation);
  if (operation === undefined) {
    const message = `The sandbox has no operation ${call.operation || "of that path"} of ${service.name}.`;
    return { kind: "refused", error: protocolError(service, "unknown-operation", message) };
  }
  try {
    const now = delay > 0 ? { ...call, now: options.clock.now() } : call;
    const refusal = throttling(options, service, now) ?? options.refusalOf(service, now);
    if (refusal !== null) return { kind: "refused", error: refusal };
    if (lagMs > 0 && service.past?.writesToo === true && !isReadOnly(service, call.operation)) {
      await service.past.behind(lagMs).get(call.operation)?.(now);
    }
    return { kind: "answered", output: await runOperation(service, operation, now) };
  } catch (error) {
    const refusal = serviceErrorFrom(error);
    if (refusal.code === connectionResetCode) return { kind: "connection-reset" };
    return { kind: "refused", error: refusal };
  }
}

function throttling(options: RouterOptions, service: Service, call: Call): ServiceError | null {
  const { operation, region } = call;
  const rated = {
    service: service.name,
    operation,
    region,
    readOnly: isReadOnly(service, operation),
  };
  if (!options.isThrottled(rated, call.now)) return null;
  return protocolError(service, "throttled", "Rate exceeded");
}

/** Runs the operation, and keeps the state before a successful write for stale reads. */
async function runOperation(service: Service, operation: Operation, call: Call): Promise<object> {
  const keep = isReadOnly(service, call.operation) ? undefined : service.past?.note(call);
  const output = await operation(call);
  keep?.();
  return output;
}

/** What a fault does to an answer on its way back. */
async function afterFault(
  options: RouterOptions,
  fault: Fault | null,
  outcome: Outcome,
): Promise<Outcome> {
  if (fault?.at !== "after") return outcome;
  const delay = delayAt(fault, "after");
  if (delay > 0 && !(await options.pause(delay))) return { kind: "connection-reset" };
  return faultOutcome(fault) ?? outcome;
}

function errorCodeOf(seen: Outcome): string | null {
  switch (seen.kind) {
    case "answered":
    case "swallowed":
      return null;
    case "refused":
      return seen.error.code;
    case "connection-reset":
    case "no-response":
      return seen.kind;
    default:
      throw new Error(`no such outcome: ${seen satisfies never}`);
  }
}

/** What goes over the wire. */
function responseTo(
  service: Service,
  called: { readonly operation: string; readonly requestId: string },
  seen: Outcome,
): Dispatched {
  switch (seen.kind) {
    case "answered":
      return { kind: "answer", answer: writeAnswer(service, called, seen.output) };
    case "swallowed":
      return { kind: "answer", answer: writeAnswer(service, called, {}) };
    case "refused":
      return { kind: "answer", answer: writeError(service, called.requestId, seen.error) };
    case "connection-reset":
    case "no-response":
      return seen;
    default:
      throw new Error(`no such outcome: ${seen satisfies never}`);
  }
}

/**
 * A `ServiceError` as it is. Anything else is a bug of the sandbox: it goes to stderr and as 500.
 */
function serviceErrorFrom(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  console.error("sandbox:", error);
  return new ServiceError("InternalFailure", `The sandbox failed: ${String(error)}`, 500);
}

/** What the caller sees instead of an answer; null if the fault leaves the answer alone. */
function faultOutcome(fault: Fault): Outcome | null {
  if (fault.how === "connection-reset" || fault.how === "no-response") return { kind: fault.how };
  if (fault.how === "stale" || "delayMs" in fault.how) return null;
  if ("garbled" in fault.how) return fault.at === "before" ? { kind: "swallowed" } : null;
  const { error: code, httpStatus } = fault.how;
  const usual = code === "Throttling" ? "Rate exceeded" : "A fault that a test asked for.";
  const message = fault.how.message ?? usual;
  return { kind: "refused", error: new ServiceError(code, message, httpStatus) };
}

function garbledBy(fault: Fault | null, dispatched: Dispatched): Dispatched {
  if (dispatched.kind !== "answer") return dispatched;
  if (fault === null || typeof fault.how === "string" || !("garbled" in fault.how)) {
    return dispatched;
  }
  return { kind: "answer", answer: fault.how.garbled(dispatched.answer) };
}

const noSuchService: HttpAnswer = {
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "No service of this account answers here.\n",
};
