import { randomUUID } from "node:crypto";
import { type HttpAnswer, writeAnswer, writeError } from "./answer.ts";
import type { Clock } from "./clock.ts";
import { delayAt, type Exposure, type Fault } from "./faults.ts";
import {
  type Call,
  type Caller,
  hangUpCode,
  isReadOnly,
  type Operation,
  type Service,
  ServiceError,
} from "./operation.ts";
import type { RatedCall } from "./rates.ts";
import type { FinishedCall, RecordedCall } from "./record.ts";
import { frontRefusal } from "./refusals.ts";
import { type Asked, type HttpRequest, readRequest } from "./request.ts";
import type { Signature } from "./signature.ts";

/** What stands around the services: who calls, what they may do, and who watches. */
export type Front = {
  readonly account: string;
  /** Region of calls that are unsigned. */
  readonly region: string;
  readonly clock: Clock;
  readonly services: readonly Service[];
  /** Who signed. A `ServiceError` is the refusal of an unknown or expired key. */
  identify(service: Service, signature: Signature | null, operation: string): Caller | ServiceError;
  /** The refusal of a call that the caller's policies do not allow, else null. */
  refusalOf(service: Service, call: Call): ServiceError | null;
  takeFault(call: RecordedCall, exposure: Exposure): Fault | null;
  /** Whether the account makes such calls too often: this one is refused then. */
  isThrottled(call: RatedCall, now: Date): boolean;
  /** Waits; false where the account was closed meanwhile. */
  pause(milliseconds: number): Promise<boolean>;
  /** Does what the account does by itself in the course of time. */
  keepTime(now: Date): void;
  onFinished(finished: FinishedCall): void;
};

export type Dispatched =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  | { readonly kind: "hang-up" }
  | { readonly kind: "silence" };

type Settled =
  | { readonly kind: "answered"; readonly output: object }
  | { readonly kind: "refused"; readonly error: ServiceError }
  | { readonly kind: "unreachable" }
  | { readonly kind: "silent" };

/** The account's front desk: takes requests, keeps the record of calls, and answers. */
export function dispatcher(front: Front): {
  readonly calls: readonly RecordedCall[];
  dispatch(request: HttpRequest): Promise<Dispatched>;
} {
  const calls: RecordedCall[] = [];
  const dispatch = async (request: HttpRequest): Promise<Dispatched> => {
    const asked = readRequest(front.services, request);
    if (asked === null) return { kind: "answer", answer: nobodyThere };
    front.keepTime(front.clock.now());
    const { service, operation } = asked;
    const requestId = randomUUID();
    const begun = begin(front, asked, request, requestId);
    const { call } = begun;
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
    const fault = front.takeFault(record, { canBeStale });
    const settled = begun.refusal ?? (await settle(front, service, call, fault));
    if ("output" in settled || "error" in settled) finish(front, service, call, settled);
    const seen = await lost(front, fault, settled);
    calls[record.index] = {
      ...record,
      happened: settled.kind === "answered",
      error: errorSeen(seen),
    };
    return answered(service, { operation, requestId }, seen);
  };
  return { calls, dispatch };
}

/** The call, and the refusal that stands before it is even looked at, if any. */
function begin(
  front: Front,
  asked: Asked,
  request: HttpRequest,
  requestId: string,
): { readonly call: Call; readonly refusal: Settled | null } {
  const identified = front.identify(asked.service, asked.signature, asked.operation);
  const known = !(identified instanceof ServiceError);
  let input: Readonly<Record<string, unknown>> = {};
  let unreadable: ServiceError | null = null;
  try {
    input = asked.input();
  } catch (error) {
    unreadable = serviceErrorFrom(error);
  }
  const call: Call = {
    service: asked.service.name,
    operation: asked.operation,
    region: asked.signature?.region ?? front.region,
    account: front.account,
    caller: known ? identified : unknownCaller(asked.signature),
    input,
    now: front.clock.now(),
    requestId,
    sourceIp: request.sourceIp,
    userAgent: request.headers.get("user-agent") ?? "",
  };
  const error = known ? unreadable : identified;
  return { call, refusal: error === null ? null : { kind: "refused", error } };
}

function unknownCaller(signature: Signature | null): Caller {
  return { kind: "anonymous", arn: "", userId: "", accessKeyId: signature?.accessKeyId ?? "" };
}

async function settle(
  front: Front,
  service: Service,
  call: Call,
  fault: Fault | null,
): Promise<Settled> {
  const cut = fault?.at === "before" ? struck(fault) : null;
  if (cut !== null) return cut;
  const delay = delayAt(fault, "before");
  if (delay > 0 && !(await front.pause(delay))) return { kind: "unreachable" };
  const operations = fault?.how === "stale" ? service.past?.operations : service.operations;
  const operation = operations?.get(call.operation);
  if (operation === undefined) {
    const message = `The sandbox has no operation ${call.operation || "of that path"} of ${service.name}.`;
    return { kind: "refused", error: frontRefusal(service, "unknown-operation", message) };
  }
  try {
    const now = delay > 0 ? { ...call, now: front.clock.now() } : call;
    const refusal = throttling(front, service, now) ?? front.refusalOf(service, now);
    if (refusal !== null) return { kind: "refused", error: refusal };
    return { kind: "answered", output: await carriedOut(service, operation, now) };
  } catch (error) {
    const refusal = serviceErrorFrom(error);
    if (refusal.code === hangUpCode) return { kind: "unreachable" };
    return { kind: "refused", error: refusal };
  }
}

function throttling(front: Front, service: Service, call: Call): ServiceError | null {
  const { operation, region } = call;
  const rated = {
    service: service.name,
    operation,
    region,
    readOnly: isReadOnly(service, operation),
  };
  if (!front.isThrottled(rated, call.now)) return null;
  return frontRefusal(service, "throttled", "Rate exceeded");
}

/** Carries the call out; the state before a write that succeeds is kept for stale reads. */
async function carriedOut(service: Service, operation: Operation, call: Call): Promise<object> {
  const keep = isReadOnly(service, call.operation) ? undefined : service.past?.note(call);
  const output = await operation(call);
  keep?.();
  return output;
}

/** What becomes of an answer on its way back. */
async function lost(front: Front, fault: Fault | null, settled: Settled): Promise<Settled> {
  if (fault?.at !== "after") return settled;
  const delay = delayAt(fault, "after");
  if (delay > 0 && !(await front.pause(delay))) return { kind: "unreachable" };
  return struck(fault) ?? settled;
}

function finish(
  front: Front,
  service: Service,
  call: Call,
  outcome: Extract<Settled, { readonly kind: "answered" | "refused" }>,
): void {
  front.onFinished({ call, readOnly: isReadOnly(service, call.operation), outcome });
}

function errorSeen(seen: Settled): string | null {
  switch (seen.kind) {
    case "answered":
      return null;
    case "refused":
      return seen.error.code;
    case "unreachable":
      return hangUpCode;
    case "silent":
      return "silence";
    default:
      throw new Error(`no such outcome: ${seen satisfies never}`);
  }
}

function answered(
  service: Service,
  called: { readonly operation: string; readonly requestId: string },
  seen: Settled,
): Dispatched {
  switch (seen.kind) {
    case "answered":
      return { kind: "answer", answer: writeAnswer(service, called, seen.output) };
    case "refused":
      return { kind: "answer", answer: writeError(service, called.requestId, seen.error) };
    case "unreachable":
      return { kind: "hang-up" };
    case "silent":
      return { kind: "silence" };
    default:
      throw new Error(`no such outcome: ${seen satisfies never}`);
  }
}

/** A refusal as it is; anything else is a bug of the sandbox, shown on stderr and answered 500. */
function serviceErrorFrom(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  console.error("sandbox:", error);
  return new ServiceError("InternalFailure", `The sandbox failed: ${String(error)}`, 500);
}

/** What the caller sees in place of an answer; null where the fault leaves it the answer. */
function struck(fault: Fault): Settled | null {
  if (fault.how === "hang-up") return { kind: "unreachable" };
  if (fault.how === "silence") return { kind: "silent" };
  if (fault.how === "stale" || "delayMs" in fault.how) return null;
  const { error: code, httpStatus } = fault.how;
  const usual = code === "Throttling" ? "Rate exceeded" : "A fault that a test asked for.";
  const message = fault.how.message ?? usual;
  return { kind: "refused", error: new ServiceError(code, message, httpStatus) };
}

const nobodyThere: HttpAnswer = {
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "No service of this account answers here.\n",
};
