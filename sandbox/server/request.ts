import { readForm } from "./form.ts";
import { type Route, type Service, ServiceError } from "./operation.ts";
import { routeOf } from "./route.ts";
import { readSignature, type Signature } from "./signature.ts";

/** A request as HTTP carried it; header names in lower case. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly sourceIp: string;
};

/** What the request asks for. `input` throws if the request cannot be read. */
export type ParsedRequest = {
  readonly service: Service;
  readonly operation: string;
  readonly signature: Signature | null;
  readonly input: () => Readonly<Record<string, unknown>>;
};

/**
 * Finds the service and the operation of a request: by the credential scope, or if it is unsigned
 * by `X-Amz-Target`, by the form's `Action` or by the path. Null if no service of the account fits.
 */
export function readRequest(
  services: readonly Service[],
  request: HttpRequest,
): ParsedRequest | null {
  const signature = readSignature({
    authorization: request.headers.get("authorization"),
    securityToken: request.headers.get("x-amz-security-token"),
  });
  const service =
    services.find(({ name }) => name === signature?.service) ??
    (signature === null ? serviceUnsigned(services, request) : undefined);
  if (service === undefined) return null;
  return { service, signature, ...requestedOperation(service, request) };
}

function serviceUnsigned(services: readonly Service[], request: HttpRequest): Service | undefined {
  const target = request.headers.get("x-amz-target");
  if (target !== undefined) {
    const prefix = target.slice(0, target.lastIndexOf("."));
    return services.find(({ targetPrefix }) => targetPrefix === prefix);
  }
  const action = formOf(request).get("Action");
  if (action !== null) {
    return services.find(
      ({ protocol, operations }) => protocol === "query" && operations.has(action),
    );
  }
  return services.find(
    ({ routes }) => routeOf(routes ?? [], request.method, request.path) !== null,
  );
}

/** The query protocol takes a form body, or the same in the URL. */
function formOf(request: HttpRequest): URLSearchParams {
  const type = request.headers.get("content-type") ?? "";
  const isForm = type.startsWith("application/x-www-form-urlencoded");
  return isForm && request.body !== "" ? new URLSearchParams(request.body) : request.query;
}

function requestedOperation(
  service: Service,
  request: HttpRequest,
): Pick<ParsedRequest, "operation" | "input"> {
  switch (service.protocol) {
    case "query": {
      const form = formOf(request);
      return { operation: form.get("Action") ?? "", input: () => readForm(form.toString()) };
    }
    case "json-1.0":
    case "json-1.1": {
      const target = request.headers.get("x-amz-target") ?? "";
      const operation = target.slice(target.lastIndexOf(".") + 1);
      return { operation, input: () => readJson(request.body) };
    }
    case "rest-json":
    case "rest-xml": {
      const routed = routeOf(service.routes ?? [], request.method, request.path);
      return {
        operation: routed?.operation ?? "",
        input: () => ({
          ...bodyMembers(
            service.routes?.find(({ operation }) => operation === routed?.operation),
            request,
          ),
          ...queryMembers(request.query),
          ...routed?.labels,
        }),
      };
    }
    default:
      throw new Error(`no such protocol: ${service.protocol satisfies never}`);
  }
}

/** The body's members, or the body as one member, and those that headers carry. */
function bodyMembers(
  route: Route | undefined,
  { body, headers }: HttpRequest,
): Readonly<Record<string, unknown>> {
  const given = route?.payload === undefined ? readJson(body) : { [route.payload]: body };
  const carried = Object.entries(route?.headers ?? {}).flatMap(([header, member]) => {
    const value = headers.get(header);
    return value === undefined ? [] : [[member, value] as const];
  });
  return { ...given, ...Object.fromEntries(carried) };
}

function queryMembers(query: URLSearchParams): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

function readJson(body: string): Readonly<Record<string, unknown>> {
  if (body.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new ServiceError("SerializationException", "The request body is not JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ServiceError("SerializationException", "The request body is not a JSON object.");
  }
  return Object.fromEntries(Object.entries(parsed));
}
