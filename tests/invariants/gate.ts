import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** A door in front of an account, which holds one write back for as long as a test likes. */
export type Gate = {
  readonly endpoint: string;
  /** Holds back the write of that number from now on, counted from 1, until it is released. */
  hold(nth: number): Held;
  close(): void;
};

export type Held = {
  /** The operation that was held; resolves when it waits. */
  readonly reached: Promise<string>;
  release(): void;
};

const writing =
  /^(Put|Create|Update|Delete|Attach|Detach|Tag|Untag|Add|Remove|Label|Unlabel|Publish)/;

/** Opens a proxy that lets everything through but the write that is to be held. */
export async function openGate(target: string): Promise<Gate> {
  let next: ((operation: string) => Promise<void>) | null = null;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await textOf(incoming);
      const operation = operationOf(incoming, body);
      if (writing.test(operation)) await next?.(operation);
      forward(target, { incoming, body }, outgoing);
    })();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    hold: (nth) => {
      const reached = Promise.withResolvers<string>();
      const released = Promise.withResolvers<void>();
      let seen = 0;
      next = async (operation) => {
        seen += 1;
        if (seen !== nth) return;
        reached.resolve(operation);
        await released.promise;
      };
      return { reached: reached.promise, release: () => released.resolve() };
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

/** By the target of the JSON protocols, or the action of the query protocol. */
function operationOf({ headers }: IncomingMessage, body: string): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.slice(target.lastIndexOf(".") + 1);
  return new URLSearchParams(body).get("Action") ?? "";
}

function forward(
  target: string,
  { incoming, body }: { readonly incoming: IncomingMessage; readonly body: string },
  outgoing: ServerResponse,
): void {
  const { method, headers, url = "/" } = incoming;
  const onward = request(new URL(url, target), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.end(body);
}
