import type { Paging } from "../input/page.ts";
import type { HttpAnswer } from "../server/answer.ts";
import { delayAt, type Fault } from "../server/faults.ts";
import type { RatedCall } from "../server/rates.ts";
import type { RecordedCall } from "../server/record.ts";
import type { HttpRequest } from "../server/request.ts";
import { routeOf } from "../server/route.ts";
import type { Dispatched } from "../server/router.ts";
import { contextOperations } from "./contexts.ts";
import { projectOperations } from "./projects.ts";
import { ApiError, type ApiOperation } from "./request.ts";
import { routes } from "./routes.ts";
import { settingsOperations } from "./settings.ts";
import type { State, TokenKind } from "./state.ts";

/** Where the sandbox serves what `https://circleci.com/api` serves. */
export const apiPath = "/circleci/api";

/** What the API needs of the sandbox: it shares the record of calls, the faults and the rates. */
export type ApiOptions = {
  readonly state: State;
  readonly calls: RecordedCall[];
  readonly now: () => Date;
  readonly paging: () => Paging;
  takeFault(call: RecordedCall): Fault | null;
  isThrottled(call: RatedCall, now: Date): boolean;
  pause(milliseconds: number): Promise<boolean>;
};

const operations: ReadonlyMap<string, ApiOperation> = new Map(
  Object.entries({ ...projectOperations, ...contextOperations, ...settingsOperations }),
);

const service = "circleci";

type Outcome = {
  readonly dispatched: Dispatched;
  /** What the caller saw, as the record of calls has it. */
  readonly error: string | null;
  readonly happened: boolean;
};

/** Answers a request below the API's path, and records it like a call of AWS. */
export async function dispatchApi(
  options: ApiOptions,
  request: HttpRequest,
  requestId: string,
): Promise<Dispatched> {
  const { calls, now } = options;
  const path = pathOf(request);
  const routed = routeOf(routes, request.method, path);
  const version: Version = path.startsWith("/v3/") ? "v3" : "v2";
  const token = tokenOf(request, version);
  const kind = token === null ? null : (options.state.tokens.get(token) ?? null);
  const asked: Asked = {
    version,
    operation: routed?.operation ?? "",
    labels: routed?.labels ?? {},
    kind,
    readOnly: request.method === "GET",
    request,
  };
  const record: RecordedCall = {
    index: calls.length,
    at: now(),
    service,
    operation: asked.operation,
    region: "",
    caller: `circleci:${kind ?? "unknown"}`,
    input: { ...bodyOf(request.body), ...Object.fromEntries(request.query), ...asked.labels },
    error: null,
    happened: null,
    mutating: !asked.readOnly,
    requestId,
  };
  calls.push(record);
  const fault = options.takeFault(record);
  const early = fault?.at === "before" ? faulty(version, fault, false) : null;
  const delay = delayAt(fault, "before");
  const done =
    early ?? (delay > 0 && !(await options.pause(delay)) ? lost(false) : execute(options, asked));
  const seen = await afterFault(options, asked, fault, done);
  calls[record.index] = { ...record, error: seen.error, happened: done.happened };
  return seen.dispatched;
}

/** What follows `/api`. The slashes of a project's slug may be escaped (CircleCI's API reference). */
function pathOf(request: HttpRequest): string {
  const path = request.path.slice(apiPath.length);
  return path.startsWith("/v2/project/") ? path.replaceAll(/%2f/gi, "/") : path;
}

type Version = "v2" | "v3";

type Asked = {
  readonly version: Version;
  /** Empty where no route fits. */
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null for a token that CircleCI does not know, and for none. */
  readonly kind: TokenKind | null;
  readonly readOnly: boolean;
  readonly request: HttpRequest;
};

function execute(options: ApiOptions, asked: Asked): Outcome {
  const { state, now, paging, isThrottled } = options;
  const { version, operation, labels, readOnly, request } = asked;
  if (isThrottled({ service, operation, region: "", readOnly }, now())) {
    return refused(version, new ApiError(429, "Too many requests."), { "retry-after": "1" });
  }
  try {
    checkToken(asked);
    const body = bodyOf(request.body);
    if (body === null) throw new ApiError(400, "Invalid JSON.");
    const run = operations.get(operation);
    if (run === undefined) throw new ApiError(404, "Not found.");
    const call = { labels, query: request.query, body, now: now(), paging: paging() };
    const answer = run(state, call);
    return answered({ status: answer.status, headers: {}, body: JSON.stringify(answer.body) });
  } catch (error) {
    if (error instanceof ApiError) return refused(version, error);
    console.error("sandbox:", error);
    return refused(version, new ApiError(500, "Internal server error."));
  }
}

/** Only a person's token counts (CircleCI docs, "API developer's guide"). */
function checkToken({ kind, readOnly }: Asked): void {
  if (kind === null || kind === "project") throw new ApiError(401, "You must log in first.");
  if (kind === "personal-read-only" && !readOnly) throw new ApiError(403, "Permission denied.");
}

/**
 * v3 takes `Authorization: Bearer`, v2 `Circle-Token` or the name of HTTP Basic (circleci.com/auth.md). That v2 takes
 * `Bearer` too is not on that page, so it does not here.
 */
function tokenOf({ headers }: HttpRequest, version: Version): string | null {
  const [scheme = "", given = ""] = (headers.get("authorization") ?? "").split(" ");
  if (version === "v3") return scheme.toLowerCase() === "bearer" ? given : null;
  const own = headers.get("circle-token");
  if (own !== undefined) return own;
  if (scheme.toLowerCase() !== "basic") return null;
  return Buffer.from(given, "base64").toString().split(":")[0] ?? null;
}

/** Null where the body is not an object of JSON; empty where there is none. */
function bodyOf(text: string): Readonly<Record<string, unknown>> | null {
  if (text.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    return isObject ? Object.fromEntries(Object.entries(parsed)) : null;
  } catch {
    return null;
  }
}

async function afterFault(
  options: ApiOptions,
  { version }: Asked,
  fault: Fault | null,
  done: Outcome,
): Promise<Outcome> {
  if (fault?.at !== "after") return done;
  const delay = delayAt(fault, "after");
  if (delay > 0 && !(await options.pause(delay))) return lost(done.happened);
  return faulty(version, fault, done.happened) ?? done;
}

/** What a caller sees instead of an answer; null where a fault leaves the answer alone. */
function faulty(version: Version, { how }: Fault, happened: boolean): Outcome | null {
  if (how === "connection-reset") return lost(happened);
  if (how === "no-response") {
    return { dispatched: { kind: "no-response" }, error: "no-response", happened };
  }
  if (how === "stale" || "delayMs" in how || "garbled" in how) return null;
  const { error, httpStatus: status, message = error, headers = {}, body } = how;
  if (body === undefined) {
    const shaped = refused(version, new ApiError(status, message), headers);
    return { ...shaped, error, happened };
  }
  return { ...answered({ status, headers, body }), error, happened };
}

function lost(happened: boolean): Outcome {
  return { dispatched: { kind: "connection-reset" }, error: "connection-reset", happened };
}

function answered(answer: HttpAnswer): Outcome {
  const headers = { "content-type": "application/json;charset=utf-8", ...answer.headers };
  return {
    dispatched: { kind: "answer", answer: { ...answer, headers } },
    error: null,
    happened: true,
  };
}

/** The two shapes: `{"message"}` in v2, and v3's envelope. */
function refused(
  version: Version,
  { status, message }: ApiError,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const v3 = { error: { id: "00000000", type: "error", title: message, detail: message } };
  const body = JSON.stringify(version === "v3" ? v3 : { message });
  return { ...answered({ status, headers, body }), error: String(status), happened: false };
}
