import { randomUUID } from "node:crypto";
import type { Members } from "../input/members.ts";
import type { Call } from "../server/operation.ts";
import {
  existingFunction,
  functionArn,
  lambdaError,
  notFound,
  type Place,
  requestedReference,
  versionOf,
} from "./reference.ts";
import type { Functions, LambdaFunction } from "./state.ts";

/** What an invoked function does: the event in, the answer out. What it throws is its own error. */
export type FunctionHandler = (
  event: unknown,
  invocation: { readonly functionArn: string; readonly requestId: string },
) => Promise<unknown>;

/** One Region's handlers, by the names of their functions. */
type Handlers = Map<string, FunctionHandler>;

export const newHandlers = (): Handlers => new Map();

/** The most bytes that a synchronous call may send or get (Lambda quotas): 6 MB. */
const payloadBytesMax = 6 * 1024 * 1024;

/**
 * Invoke: waits for the answer, or with `Event` and `DryRun` for none. The status is 200 where the
 * function failed too: the header `X-Amz-Function-Error` says so, and the body then has the error in
 * the shape of the Node.js runtime. A function for which nobody gave a handler answers `null`.
 * Source: Lambda API Reference, Invoke; Developer Guide, "Handling errors" for Node.js.
 */
export async function invoke(
  functions: Functions,
  handlers: Handlers,
  members: Members,
  call: Call,
): Promise<object> {
  const reference = requestedReference(members);
  const found = existingFunction(functions, call, reference);
  const version = versionOf(found, reference.qualifier);
  if (version === null) throw notFound(call, reference);
  const how =
    members.optionalText("InvocationType", { oneOf: ["RequestResponse", "Event", "DryRun"] }) ??
    "RequestResponse";
  const event = eventOf(members);
  if (how === "DryRun") return { StatusCode: 204 };
  const handler = handlers.get(found.name) ?? (async () => null);
  const functionArnAsked = functionArn(call, reference);
  const answering = handler(event, { functionArn: functionArnAsked, requestId: call.requestId });
  if (how === "Event") {
    answering.catch(() => undefined);
    return { StatusCode: 202 };
  }
  return { StatusCode: 200, ExecutedVersion: version.version, ...(await answerOf(answering)) };
}

function eventOf(members: Members): unknown {
  const text = members.has("Payload") ? String(members.raw("Payload")) : "";
  if (Buffer.byteLength(text) > payloadBytesMax) {
    const message = `Request must be smaller than ${payloadBytesMax} bytes for the InvokeFunction operation`;
    throw lambdaError("RequestTooLargeException", message, 413);
  }
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    const message = "Could not parse request body into json.";
    throw lambdaError("InvalidRequestContentException", message);
  }
}

async function answerOf(answering: Promise<unknown>): Promise<object> {
  try {
    const Payload = JSON.stringify((await answering) ?? null);
    if (Buffer.byteLength(Payload) <= payloadBytesMax) return { Payload };
    return failed({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: `Response payload size exceeded maximum allowed payload size (${payloadBytesMax} bytes).`,
    });
  } catch (thrown) {
    const { name, message, stack = "" } = thrown instanceof Error ? thrown : new Error(`${thrown}`);
    return failed({ errorType: name, errorMessage: message, trace: stack.split("\n") });
  }
}

function failed(error: object): object {
  return { FunctionError: "Unhandled", Payload: JSON.stringify(error) };
}

/** Puts a function into the Region without the API and without code; leaves one that is there. */
export function seedFunction(functions: Functions, place: Place, name: string): string {
  const arn = functionArn(place, { name, qualifier: null });
  if (functions.has(name)) return arn;
  const seeded: LambdaFunction = {
    name,
    arn,
    latest: {
      version: "$LATEST",
      settings: {
        role: `arn:aws:iam::${place.account}:role/${name}`,
        packageType: "Zip",
        runtime: "nodejs24.x",
        handler: "index.handler",
        description: "",
        timeout: 3,
        memorySize: 128,
        environment: new Map(),
        architectures: ["x86_64"],
        code: { sha256: "", size: 0, imageUri: null },
      },
      modifiedAt: new Date(0),
      revisionId: randomUUID(),
    },
    published: [],
    versionsEver: 0,
    aliases: new Map(),
    tags: new Map(),
  };
  functions.set(name, seeded);
  return arn;
}
