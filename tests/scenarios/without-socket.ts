import { IAMClient } from "@aws-sdk/client-iam";
import type { HttpRequest, Sandbox } from "../../sandbox/index.ts";
import { type Connectable, connect } from "../model/wire.ts";

/** What every client of the SDK inherits. */
type SdkClient = { send: (this: unknown, ...given: readonly unknown[]) => unknown };

const parent = parentOf(IAMClient);
const { send } = parent;

/** What a call waits for before it reaches its account. */
export type Before = (request: HttpRequest) => Promise<void>;

/** An account, and what its calls wait for. */
type Held = { readonly sandbox: Sandbox; readonly before: Before };

/** Accounts that are asked without a socket now, by their endpoints, and how many want that. */
const asked = new Map<string, Held & { readonly tasks: number }>();

/**
 * As long as a task lasts, a client that finds its account in the environment, as a function's clients do,
 * asks a sandbox that is there without a socket (`connect`). A client that was given an endpoint, and one that the
 * environment sends elsewhere, keeps its socket.
 */
export async function withoutSocket<T>(
  sandbox: Sandbox,
  task: () => Promise<T>,
  before: Before = async () => {},
): Promise<T> {
  const { endpoint } = sandbox;
  const more = (by: number): void => {
    const tasks = (asked.get(endpoint)?.tasks ?? 0) + by;
    if (tasks === 0) asked.delete(endpoint);
    else asked.set(endpoint, { sandbox, before, tasks });
    parent.send = asked.size === 0 ? send : sendWithout;
  };
  more(1);
  try {
    return await task();
  } finally {
    more(-1);
  }
}

/** The first call of a client connects it; from then on it has a `send` of its own. */
function sendWithout(this: unknown, ...given: readonly unknown[]): unknown {
  const { env } = process;
  const held = asked.get(env["AWS_ENDPOINT_URL"] ?? "");
  if (held === undefined || !isConnectable(this) || this.config.isCustomEndpoint === true) {
    return Reflect.apply(send, this, given);
  }
  const { sandbox, before } = held;
  const sessionToken = env["AWS_SESSION_TOKEN"];
  const client = connect(this, sandbox, {
    keys: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
      ...(sessionToken ? { sessionToken } : {}),
    },
    answer: async (request) => {
      await before(request);
      return sandbox.answer(request);
    },
  });
  return isSdkClient(client) ? client.send(...given) : undefined;
}

function parentOf({ prototype }: { readonly prototype: object }): SdkClient {
  const found: unknown = Object.getPrototypeOf(prototype);
  if (!isSdkClient(found)) throw new Error("the SDK's clients have no parent that sends");
  return found;
}

function isSdkClient(value: unknown): value is SdkClient {
  return typeof value === "object" && value !== null && "send" in value;
}

function isConnectable(value: unknown): value is Connectable {
  return isSdkClient(value) && "config" in value && "middlewareStack" in value;
}
