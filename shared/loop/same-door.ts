import { parseJson } from "../json.ts";
import { canonical } from "../plan/canonical.ts";
import type { DriftWidening, Trace } from "../plan/drift.ts";

/**
 * Is the very thing that a call opened open now as well? Then that is what is reported. Another text in the
 * same place may be the milder one, and says nothing of what was open for a moment.
 */
export function isAmong(open: readonly DriftWidening[], found: DriftWidening): boolean {
  const doors = open
    .filter(({ resource }) => resource === found.resource)
    .flatMap(({ traces }) => traces.map(doorOf));
  return found.traces.every((trace) => doors.includes(doorOf(trace)));
}

/** A slot and what it says. Nobody knows any more what an attached policy said. */
function doorOf(trace: Trace): string {
  const text = "document" in trace ? (trace.document ?? "") : null;
  const says = text === null ? trace : canonical(parseJson(text) ?? text);
  return JSON.stringify([slotOf(trace), trace.kind === "attachment" ? null : says]);
}

/** Where a door is: the place that can hold one text at a time. A role has one trust policy and one boundary. */
function slotOf(trace: Trace): string {
  if ("audience" in trace) return trace.audience;
  if ("policyArn" in trace) return `${trace.kind} ${trace.policyArn}`;
  return trace.kind === "inline-policy" ? `${trace.kind} ${trace.name}` : trace.kind;
}
