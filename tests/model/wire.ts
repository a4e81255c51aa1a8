import type { HttpResponse, RequestHandler } from "@smithy/types";
import type { HttpRequest, Sandbox, SessionCredentials } from "../../sandbox/index.ts";

/** A request as the SDK hands it to its HTTP handler. */
type SdkRequest = {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

type Wire = RequestHandler<SdkRequest, HttpResponse, { readonly abortSignal?: unknown }>;

/** What every client of the SDK has and lets anybody replace. */
export type Connectable = {
  readonly config: { readonly defaultSigningName: string; region(): Promise<string> };
};

/**
 * Takes the socket out from between an SDK client and a sandbox: serializing,
 * trying again and reading the answer stay the SDK's own, and who may do what stays the account's.
 */
export function connect<Client extends Connectable>(
  client: Client,
  sandbox: Sandbox,
  line: Line = { keys: administratorOf(sandbox), answer: sandbox.answer },
): Client {
  Object.assign(client.config, {
    requestHandler: wireTo(line),
    credentials: async () => line.keys,
    signer: signerFor(client, line.keys),
  });
  return client;
}

/** Who calls, and how a request gets its answer. */
export type Line = { readonly keys: Keys; readonly answer: Sandbox["answer"] };

type Keys = Pick<SessionCredentials, "accessKeyId" | "secretAccessKey"> & {
  readonly sessionToken?: string;
};

/** What the endpoint rules say of a service's signature, where they say anything. */
type Scheme = { readonly signingRegion?: string; readonly signingName?: string };

/**
 * Says who signs, for which Region and service, as a signature does, and leaves the sum out that no
 * sandbox checks: it would cost as much as all else of a call.
 */
function signerFor({ config }: Connectable, { accessKeyId, sessionToken }: Keys) {
  const { defaultSigningName, region } = config;
  return async ({ signingRegion, signingName = defaultSigningName }: Scheme = {}) => {
    const scope = `${signingRegion ?? (await region())}/${signingName}/aws4_request`;
    const added = {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261122/${scope}`,
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    };
    return {
      sign: async <Request extends Pick<SdkRequest, "headers">>(request: Request) =>
        Object.assign(request, { headers: { ...request.headers, ...added } }),
    };
  };
}

function administratorOf({ environment }: Sandbox): Keys {
  return {
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
}

function wireTo({ answer }: Line): Wire {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request, options = {}) => {
      const dispatched = await answer(received(request));
      switch (dispatched.kind) {
        case "answer": {
          const { status, headers, body } = dispatched.answer;
          return { response: { statusCode: status, headers, body: Buffer.from(body) } };
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

function received({ method, path, query = {}, headers, body }: SdkRequest): HttpRequest {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value ?? ""]) search.append(name, each);
  }
  return {
    method,
    path,
    query: search,
    headers: new Map(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
    ),
    body: typeof body === "string" ? body : textIn(body),
    sourceIp: "127.0.0.1",
  };
}

const decoder = new TextDecoder();

function textIn(body: unknown): string {
  return body instanceof Uint8Array ? decoder.decode(body) : "";
}
