import type { Protocol, Route, Service, ServiceError } from "./operation.ts";
import { element, writeXmlMembers } from "./xml.ts";

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The answer to a successful call, in the protocol of its service. */
export function writeAnswer(
  service: Service,
  called: { readonly operation: string; readonly requestId: string },
  output: object,
): HttpAnswer {
  const { operation, requestId } = called;
  if (service.protocol !== "query") {
    const route = service.routes?.find((each) => each.operation === operation);
    const headers = headersOf(service.protocol, requestId);
    if (route?.payload !== undefined) return writePayload(route, headers, output);
    const status = route?.status ?? 200;
    return {
      status,
      headers,
      body: status === 204 ? "" : writeJson(output),
    };
  }
  const body =
    `<${operation}Response xmlns="${service.xmlNamespace ?? ""}">` +
    `<${operation}Result>${writeXmlMembers(output)}</${operation}Result>` +
    `<ResponseMetadata>${element("RequestId", requestId)}</ResponseMetadata>` +
    `</${operation}Response>`;
  return { status: 200, headers: headersOf("query", requestId), body };
}

/** An answer whose body is one member as it is; `StatusCode` and the route's headers are beside it. */
function writePayload(
  { payload = "", headers: names = {} }: Route,
  headers: HttpAnswer["headers"],
  output: object,
): HttpAnswer {
  const members = new Map<string, unknown>(Object.entries(output));
  const carried = Object.entries(names).flatMap(([header, member]) => {
    const value = members.get(member);
    return typeof value === "string" ? [[header, value] as const] : [];
  });
  return {
    status: Number(members.get("StatusCode") ?? 200),
    headers: { ...headers, ...Object.fromEntries(carried) },
    body: String(members.get(payload) ?? ""),
  };
}

/** The answer to a call that failed. */
export function writeError(service: Service, requestId: string, error: ServiceError): HttpAnswer {
  const headers = headersOf(service.protocol, requestId);
  const { code, message, httpStatus: status } = error;
  switch (service.protocol) {
    case "query": {
      const type = status >= 500 ? "Receiver" : "Sender";
      const body =
        `<ErrorResponse xmlns="${service.xmlNamespace ?? ""}">` +
        `<Error><Type>${type}</Type>${element("Code", code)}${element("Message", message)}` +
        `${writeXmlMembers(error.members)}</Error>${element("RequestId", requestId)}` +
        "</ErrorResponse>";
      return { status, headers, body };
    }
    case "json-1.0":
    case "json-1.1":
      return { status, headers, body: writeJson({ __type: code, message, ...error.members }) };
    case "rest-xml": {
      const body =
        `<Error>${element("Code", code)}${element("Message", message)}` +
        `${writeXmlMembers(error.members)}${element("RequestId", requestId)}</Error>`;
      return { status, headers: { ...headers, "x-amz-request-id": requestId }, body };
    }
    case "rest-json":
      return {
        status,
        headers: { ...headers, "x-amzn-errortype": code },
        body: writeJson({ message, ...error.members }),
      };
    default:
      throw new Error(`no such protocol: ${service.protocol satisfies never}`);
  }
}

function headersOf(protocol: Protocol, requestId: string): Readonly<Record<string, string>> {
  return { "content-type": contentType(protocol), "x-amzn-requestid": requestId };
}

function contentType(protocol: Protocol): string {
  switch (protocol) {
    case "query":
      return "text/xml";
    case "json-1.0":
      return "application/x-amz-json-1.0";
    case "json-1.1":
      return "application/x-amz-json-1.1";
    case "rest-json":
      return "application/json";
    case "rest-xml":
      return "application/xml";
    default:
      throw new Error(`no such protocol: ${protocol satisfies never}`);
  }
}

/** JSON as the AWS JSON protocols write it: a time is a number of seconds since 1970. */
function writeJson(output: object): string {
  return JSON.stringify(plain(output));
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      item === undefined || item === null ? [] : [[name, plain(item)]],
    ),
  );
}
