import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** A door in front of an account that lets requests through in groups, to count round trips. */
export type Gate = {
  readonly endpoint: string;
  /** How many requests went together, group after group. */
  readonly groups: readonly number[];
  close(): void;
};

/** Loads what a run loads with its first call, which takes time and is not a round trip. */
export async function loadClients(): Promise<void> {
  await Promise.all([
    import("../../shared/edge/sdk/amplify.ts"),
    import("../../shared/edge/sdk/apprunner.ts"),
    import("../../shared/edge/sdk/cloudtrail.ts"),
    import("../../shared/edge/sdk/ecr.ts"),
    import("../../shared/edge/sdk/eventbridge.ts"),
    import("../../shared/edge/sdk/sns.ts"),
  ]);
}

/** So long without a further request, anyone who waits for answers has asked all he can. */
const quietMs = 40;

/**
 * Starts a proxy that holds requests back until no more come, then lets all of them through at
 * once: each group is one round trip that something had to wait for.
 */
export async function openGate(target: string): Promise<Gate> {
  const groups: number[] = [];
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const letThrough = (): void => {
    groups.push(waiting.length);
    for (const pass of waiting) pass();
    waiting = [];
  };
  const server = createServer((incoming, outgoing) => {
    waiting.push(() => forward(target, incoming, outgoing));
    clearTimeout(timer);
    timer = setTimeout(letThrough, quietMs);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    groups,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url = "/" } = incoming;
  const onward = request(new URL(url, target), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
}
