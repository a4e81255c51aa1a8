import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/** A server in the place of AWS that behaves badly. */
export type BadServer = { readonly endpoint: string; close(): Promise<void> };

async function listening(server: Server): Promise<BadServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: endpointOf(server.address()),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function endpointOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return `http://127.0.0.1:${address.port}`;
}

/** Answers every request as given; its first argument counts from 1. */
export function serverThat(
  answer: (nth: number, request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<BadServer> {
  let nth = 0;
  return listening(
    createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        nth += 1;
        answer(nth, request, response, body);
      });
    }),
  );
}

/** Takes every request and never says a word. */
export function silentServer(): Promise<BadServer> {
  return serverThat(() => {});
}

/** Sends the head and the beginning of an answer, and stops. */
export function stallingServer(): Promise<BadServer> {
  return serverThat((_, __, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{");
  });
}

/** Sends a byte now and then and never comes to an end. */
export function drippingServer(): Promise<BadServer> {
  return serverThat((_, __, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drip));
  });
}

/**
 * A port on which nobody picks up: the thread that listens is blocked and its queue is full, so
 * that no further connection comes about.
 */
export async function deafServer(): Promise<BadServer> {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:net").createServer();
     server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  const fillers = Array.from({ length: 4 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await new Promise<void>((resolve) => fillers[0]?.once("connect", () => resolve()));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
