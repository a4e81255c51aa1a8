/**
 * The HTTP side of the account: reads requests in AWS's protocols, finds service and operation,
 * checks the signer and the permission, applies faults and rates, and writes answers. It knows no
 * service; each hands in its operations as a `Service`.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { HttpAnswer } from "./answer.ts";
import type { HttpRequest } from "./request.ts";
import type { Dispatched } from "./router.ts";

/** What the HTTP server calls. */
export type Router = {
  dispatch(request: HttpRequest): Promise<Dispatched>;
  /** Pages that are not part of an API (the token issuer's); null for any other path. */
  page(path: string, query: URLSearchParams): Promise<HttpAnswer | null>;
};

export type Listening = { readonly endpoint: string; close(): Promise<void> };

const bodyBytesMax = 16 * 1024 * 1024;

/** Listens on 127.0.0.1; port 0 takes any free port. Rejects if the port is taken. */
export async function listen(router: Router, port: number): Promise<Listening> {
  const server = createServer((incoming, response) => {
    handle(router, incoming, response).catch((error: unknown) => {
      console.error("sandbox:", error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { endpoint: `http://127.0.0.1:${portOf(server)}`, close: () => close(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function handle(
  router: Router,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(`http://sandbox${incoming.url ?? "/"}`);
  const page = incoming.method === "GET" ? await router.page(url.pathname, url.searchParams) : null;
  if (page !== null) return send(response, page);
  const dispatched = await router.dispatch({
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: headersOf(incoming),
    body: await bodyOf(incoming),
    sourceIp: incoming.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "127.0.0.1",
  });
  switch (dispatched.kind) {
    case "connection-reset":
      response.destroy();
      return;
    case "no-response":
      // The socket stays open until the client gives up or the account is closed.
      return;
    case "answer":
      return send(response, dispatched.answer);
    default:
      throw new Error(`no such outcome: ${dispatched satisfies never}`);
  }
}

function headersOf(incoming: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > bodyBytesMax) throw new Error(`a request body of more than ${bodyBytesMax} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
}
