import { randomUUID } from "node:crypto";
import { isRecord, type Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { type Bridge, deliverToBus } from "./bus.ts";
import { type EventBridgeEvent, wholeSeconds } from "./event.ts";

/** All entries of a request together. */
const bytesMax = 1024 * 1024;

type Put =
  | { readonly kind: "event"; readonly event: EventBridgeEvent; readonly bus: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/**
 * PutEvents: each entry succeeds or fails alone, and the call succeeds in any case. An entry for a
 * bus that does not exist succeeds and is dropped. Source: EventBridge User Guide, "PutEvents".
 */
export function putEvents(bridge: Bridge, members: Members, call: Call): object {
  const entries = members.structures("Entries", { min: 1, max: 10 });
  const bytes = Buffer.byteLength(JSON.stringify(members.raw("Entries")), "utf8");
  if (bytes > bytesMax) {
    const message = "Total size of the entries in the request is over the limit.";
    throw refused("ValidationException", message);
  }
  const results = entries.map((entry) => {
    const put = readEntry(entry, call);
    if (put.kind === "failed") return { ErrorCode: put.code, ErrorMessage: put.message };
    deliverToBus(bridge, put.event, { region: call.region, bus: put.bus, readOnly: false }, 0);
    return { EventId: put.event.id };
  });
  return {
    FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
    Entries: results,
  };
}

function readEntry(entry: Members, call: Call): Put {
  const source = entry.optionalText("Source") ?? "";
  const detailType = entry.optionalText("DetailType") ?? "";
  const detail = entry.optionalText("Detail") ?? "";
  if (source === "") return missing("Source");
  if (detailType === "") return missing("DetailType");
  if (detail === "") return missing("Detail");
  if (source.startsWith("aws.")) {
    const message = "Not authorized for the source.";
    return { kind: "failed", code: "NotAuthorizedForSourceException", message };
  }
  if (detailType.length > 128) return invalid("DetailType", "it is longer than 128 characters");
  const read = objectOf(detail);
  if (read === null) {
    return { kind: "failed", code: "MalformedDetail", message: "Detail is malformed." };
  }
  return {
    kind: "event",
    bus: busName(entry.optionalText("EventBusName")),
    event: {
      version: "0",
      id: randomUUID(),
      "detail-type": detailType,
      source,
      account: call.account,
      time: wholeSeconds(entry.optionalTime("Time") ?? call.now),
      region: call.region,
      resources: entry.optionalTexts("Resources") ?? [],
      detail: read,
    },
  };
}

function missing(argument: string): Put {
  return invalid(argument, `${argument} is a required argument.`);
}

function invalid(argument: string, reason: string): Put {
  const message = `Parameter ${argument} is not valid. Reason: ${reason}`;
  return { kind: "failed", code: "InvalidArgument", message };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) ? read : null;
  } catch {
    return null;
  }
}

/** The name of a bus from its name or its ARN; without either, the default bus. */
export function busName(nameOrArn: string | null): string {
  if (nameOrArn === null) return "default";
  return nameOrArn.replace(/^arn:[^/]*:event-bus\//, "");
}
