import {
  type HandlerExecutionContext,
  type HttpResponse,
  type RequestHandler,
  SMITHY_CONTEXT_KEY,
} from "@smithy/types";
import type { HttpRequest, Sandbox, SessionCredentials } from "../../sandbox/index.ts";
import { remembering } from "./serde.ts";

/** A request as the SDK hands it to its HTTP handler. */
export type SdkRequest = {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

type Wire = RequestHandler<SdkRequest, HttpResponse, SendOptions>;

/** What every client of the SDK has and lets anybody replace. */
export type Connectable = {
  readonly config: {
    readonly defaultSigningName: string;
    readonly protocol: unknown;
    /** Was it given an endpoint, rather than finding one in the environment? */
    readonly isCustomEndpoint?: boolean | undefined;
    region(): Promise<string>;
  };
  readonly middlewareStack: Stack;
};

type Stack = {
  remove(name: string): boolean;
  resolve(
    handler: (args: { readonly request: unknown }) => Promise<{ response: unknown }>,
    context: HandlerExecutionContext,
  ): (args: Sent) => Promise<{ output: object }>;
  concat(from: unknown): Pick<Stack, "resolve">;
};

/** A command of the SDK, with the schema of its operation and what was put into it alone. */
type Sent = {
  readonly input: object;
  readonly schema?: unknown;
  readonly middlewareStack: OwnStack;
};

type OwnStack = { applyToStack(to: { add(): void; addRelativeTo(): void }): void };

type SendOptions = { readonly abortSignal?: AbortSignal };

/**
 * Takes the socket out from between an SDK client and a sandbox, and with it all that the SDK does to
 * a request for the network alone: trying again, serializing and reading the answer stay the SDK's
 * own, whatever the product has put into its client stays, and who may do what stays the account's.
 */
export function connect<Client extends Connectable>(
  client: Client,
  sandbox: Sandbox,
  line: Line = { keys: administratorOf(sandbox), answer: sandbox.answer },
): Client {
  const { config, middlewareStack } = client;
  for (const name of forTheNetwork) middlewareStack.remove(name);
  const wire = wireTo(line, client);
  const protocol = remembering(config.protocol, config.defaultSigningName);
  Object.assign(config, { requestHandler: wire, protocol, endpoint: async () => nowhere });
  return Object.assign(client, { send: senderOf(client, wire) });
}

/** What the SDK adds to a request, none of which a sandbox looks at but for the signature. */
const forTheNetwork = [
  "loggerMiddleware",
  "contentLengthMiddleware",
  "getUserAgentMiddleware",
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
  "httpAuthSchemeMiddleware",
  "httpSigningMiddleware",
];

const nowhere = { protocol: "https:", hostname: "sandbox.invalid", path: "/" };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Sends a command like the client itself, without the rules by which a command finds its endpoint. */
function senderOf({ middlewareStack }: Connectable, wire: Wire) {
  return async (command: Sent, options: SendOptions = {}): Promise<object> => {
    const handle = ({ request }: { readonly request: unknown }) =>
      isRequest(request)
        ? wire.handle(request, options)
        : Promise.reject(new Error("there is no request"));
    const { schema, middlewareStack: own } = command;
    const operation = Array.isArray(schema) ? String(schema[2]) : "";
    const stack = isEmpty(own) ? middlewareStack : middlewareStack.concat(own);
    const { output } = await stack.resolve(handle, {
      logger: silent,
      commandName: `${operation}Command`,
      [SMITHY_CONTEXT_KEY]: { operationSchema: schema, ...options },
    })(command);
    return output;
  };
}

function isEmpty(stack: OwnStack): boolean {
  let empty = true;
  const note = (): void => {
    empty = false;
  };
  stack.applyToStack({ add: note, addRelativeTo: note });
  return empty;
}

function isRequest(value: unknown): value is SdkRequest {
  return typeof value === "object" && value !== null && "method" in value && "headers" in value;
}

/** Who calls, and how a request gets its answer. */
export type Line = { readonly keys: Keys; readonly answer: Sandbox["answer"] };

type Keys = Pick<SessionCredentials, "accessKeyId" | "secretAccessKey"> & {
  readonly sessionToken?: string;
};

function administratorOf({ environment }: Sandbox): Keys {
  return {
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
}

function wireTo({ answer, keys }: Line, client: Connectable): Wire {
  const signature = signatureOf(client, keys);
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request, options = {}) => {
      const dispatched = await answer(received(request, await signature()));
      switch (dispatched.kind) {
        case "answer": {
          const { status, headers, body } = dispatched.answer;
          return {
            response: { statusCode: status, headers: { ...headers }, body: Buffer.from(body) },
          };
        }
        case "connection-reset":
          throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        case "no-response":
          return ended(options.abortSignal);
        default:
          throw new Error(`no such outcome: ${dispatched satisfies never}`);
      }
    },
  };
}

/** Never an answer; an error once the caller gives up. */
function ended(signal: unknown): Promise<never> {
  return new Promise((_, reject) => {
    if (!(signal instanceof AbortSignal)) return;
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

type Headers = readonly (readonly [string, string])[];

/**
 * Says who signs, for which Region and service, as a signature does, and leaves the sum out that no
 * sandbox checks. A call of IAM is signed for its one Region.
 */
function signatureOf({ config }: Connectable, { accessKeyId, sessionToken }: Keys) {
  let known: Headers | null = null;
  const { defaultSigningName: service } = config;
  return async (): Promise<Headers> => {
    if (known !== null) return known;
    const region = service === "iam" ? "us-east-1" : await config.region();
    const scope = `20261122/${region}/${service}/aws4_request`;
    known = [
      ["authorization", `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}`],
      ...(sessionToken === undefined ? [] : [["x-amz-security-token", sessionToken] as const]),
    ];
    return known;
  };
}

function received(
  { method, path, query = {}, headers, body }: SdkRequest,
  signature: Headers,
): HttpRequest {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value ?? ""]) search.append(name, each);
  }
  return {
    method,
    path,
    query: search,
    headers: new Map([
      ...Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
      ...signature,
    ]),
    body: typeof body === "string" ? body : textIn(body),
    sourceIp: "127.0.0.1",
  };
}

const decoder = new TextDecoder();

function textIn(body: unknown): string {
  return body instanceof Uint8Array ? decoder.decode(body) : "";
}
