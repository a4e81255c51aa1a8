import { isRecord } from "../input/members.ts";
import type { EventBridgeEvent } from "./event.ts";
import type { Target } from "./state.ts";

/**
 * What a target gets: its constant `Input`, the part of the event at `InputPath`, the output of its
 * `InputTransformer`, or the event as it is. Source: EventBridge User Guide, "Input
 * transformation".
 */
export function inputFor(target: Target, event: EventBridgeEvent): Input {
  const constant = target["Input"];
  if (typeof constant === "string") return { input: JSON.parse(constant), text: constant };
  const path = target["InputPath"];
  if (typeof path === "string") return asText(at(event, path));
  const transformer = target["InputTransformer"];
  return isRecord(transformer) ? transformed(transformer, event) : asText(event);
}

/** The input for a function, and the same as text for a queue. */
export type Input = { readonly input: unknown; readonly text: string };

function asText(input: unknown): Input {
  return { input, text: JSON.stringify(input ?? null) };
}

/** The value at a path: `$.detail.name` goes into objects by name, `$` is the whole event. */
function at(event: unknown, path: string): unknown {
  return path
    .replace(/^\$\.?/, "")
    .split(".")
    .filter((step) => step !== "")
    .reduce<unknown>(
      (value, step) => (isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined),
      event,
    );
}

function transformed(
  transformer: Readonly<Record<string, unknown>>,
  event: EventBridgeEvent,
): Input {
  const template = transformer["InputTemplate"];
  const paths = transformer["InputPathsMap"];
  const text = String(template).replace(/"?<([^<>\s]+)>"?/g, (whole, name: string) => {
    const path = isRecord(paths) && Object.hasOwn(paths, name) ? paths[name] : undefined;
    if (typeof path !== "string") return whole;
    const value = at(event, path) ?? "";
    if (typeof value !== "string") return JSON.stringify(value);
    return whole.startsWith('"') && whole.endsWith('"')
      ? JSON.stringify(value)
      : whole.replace(`<${name}>`, JSON.stringify(value).slice(1, -1));
  });
  try {
    return { input: JSON.parse(text), text };
  } catch {
    return { input: text, text };
  }
}
