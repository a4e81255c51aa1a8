import { randomUUID } from "node:crypto";
import { type HttpAnswer, writeAnswer, writeError } from "./answer.ts";
import type { Clock } from "./clock.ts";
import type { Fault } from "./faults.ts";
import { type Call, type Caller, isReadOnly, type Service, ServiceError } from "./operation.ts";
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
  takeFault(call: RecordedCall): Fault | null;
  onFinished(finished: FinishedCall): void;
};

export type Dispatched =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  | { readonly kind: "hang-up" };

type Settled = { readonly output: object } | { readonly error: ServiceError };

/** The account's front desk: takes requests, keeps the record of calls, and answers. */
export function dispatcher(front: Front): {
  readonly calls: readonly RecordedCall[];
  dispatch(request: HttpRequest): Promise<Dispatched>;
} {
  const calls: RecordedCall[] = [];
  const dispatch = async (request: HttpRequest): Promise<Dispatched> => {
    const asked = readRequest(front.services, request);
    if (asked === null) return { kind: "answer", answer: nobodyThere };
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
    const fault = front.takeFault(record);
    const early = begun.refusal ?? (fault?.at === "before" ? errorOf(fault) : null);
    const settled = early === null ? await carryOut(front, service, call) : { error: early };
    const hungUp = fault !== null && fault.how === "hang-up";
    if (!(hungUp && fault.at === "before")) finish(front, service, call, settled);
    const seen = fault?.at === "after" ? { error: errorOf(fault) } : settled;
    calls[record.index] = {
      ...record,
      happened: "output" in settled,
      error: hungUp ? "hang-up" : "error" in seen ? seen.error.code : null,
    };
    if (hungUp) return { kind: "hang-up" };
    const answer =
      "output" in seen
        ? writeAnswer(service, { operation, requestId }, seen.output)
        : writeError(service, requestId, seen.error);
    return { kind: "answer", answer };
  };
  return { calls, dispatch };
}

/** The call, and the refusal that stands before it is even looked at, if any. */
function begin(
  front: Front,
  asked: Asked,
  request: HttpRequest,
  requestId: string,
): { readonly call: Call; readonly refusal: ServiceError | null } {
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
  return { call, refusal: known ? unreadable : identified };
}

function unknownCaller(signature: Signature | null): Caller {
  return { kind: "anonymous", arn: "", userId: "", accessKeyId: signature?.accessKeyId ?? "" };
}

async function carryOut(front: Front, service: Service, call: Call): Promise<Settled> {
  const operation = service.operations.get(call.operation);
  if (operation === undefined) {
    const message = `The sandbox has no operation ${call.operation || "of that path"} of ${service.name}.`;
    return { error: frontRefusal(service, "unknown-operation", message) };
  }
  try {
    const refusal = front.refusalOf(service, call);
    if (refusal !== null) return { error: refusal };
    return { output: await operation(call) };
  } catch (error) {
    return { error: serviceErrorFrom(error) };
  }
}

function finish(front: Front, service: Service, call: Call, settled: Settled): void {
  front.onFinished({
    call,
    readOnly: isReadOnly(service, call.operation),
    outcome:
      "output" in settled
        ? { kind: "answered", output: settled.output }
        : { kind: "refused", error: settled.error },
  });
}

/** A refusal as it is; anything else is a bug of the sandbox, shown on stderr and answered 500. */
function serviceErrorFrom(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  console.error("sandbox:", error);
  return new ServiceError("InternalFailure", `The sandbox failed: ${String(error)}`, 500);
}

function errorOf(fault: Fault): ServiceError {
  if (fault.how === "hang-up") return new ServiceError("hang-up", "The connection was cut.", 500);
  return new ServiceError(fault.how.error, "A fault that a test asked for.", fault.how.httpStatus);
}

const nobodyThere: HttpAnswer = {
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "No service of this account answers here.\n",
};
