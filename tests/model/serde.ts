import type { HttpResponse } from "@smithy/types";

/** The SDK's own reader and writer of a service's requests and answers. */
type Protocol = {
  serializeRequest(operation: Operation, input: object, context: object): Promise<Request>;
  deserializeResponse(
    operation: Operation,
    context: object,
    response: HttpResponse,
  ): Promise<Output>;
};

type Operation = { readonly name: string };
type Request = { readonly headers: Readonly<Record<string, string>> };
type Output = { readonly $metadata: object };

const requests = new Map<string, Request>();
const answers = new Map<string, Output>();
const entriesMax = 5_000;

/**
 * The SDK's protocol of a service, which does not write the same request twice, nor read the same
 * answer: in an account where little happens most calls are like one before.
 */
export function remembering(protocol: unknown, service: string): Protocol {
  if (!isProtocol(protocol)) throw new Error(`${service} has no protocol`);
  const own: Protocol = {
    serializeRequest: async (operation, input, context) => {
      const key = `${service} ${operation.name} ${JSON.stringify(input)}`;
      const request =
        requests.get(key) ?? (await protocol.serializeRequest(operation, input, context));
      keep(requests, key, request);
      return { ...request, headers: { ...request.headers } };
    },
    deserializeResponse: async (operation, context, response) => {
      // An error is this call's alone.
      if (response.statusCode >= 300) {
        return protocol.deserializeResponse(operation, context, response);
      }
      const requestId = response.headers["x-amzn-requestid"] ?? "";
      const text = String(response.body).replace(requestId, "");
      const key = `${service} ${operation.name} ${text}`;
      const output =
        answers.get(key) ?? (await protocol.deserializeResponse(operation, context, response));
      keep(answers, key, frozen(output));
      return { ...output, $metadata: { ...output.$metadata, requestId } };
    },
  };
  return Object.assign(Object.create(protocol), own);
}

function isProtocol(value: unknown): value is Protocol {
  return (
    typeof value === "object" &&
    value !== null &&
    "serializeRequest" in value &&
    "deserializeResponse" in value
  );
}

function keep<Value>(known: Map<string, Value>, key: string, value: Value): void {
  if (known.size >= entriesMax) known.clear();
  known.set(key, value);
}

/** Nobody may change what the next one gets too. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
