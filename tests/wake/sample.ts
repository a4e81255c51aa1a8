import { readdirSync, readFileSync } from "node:fs";

/** An event as AWS delivers it, parsed from `tests/wake/events`; each call gives a fresh copy. */
export type SampleEvent = {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
};

const folder = new URL("events/", import.meta.url);

export const sampleNames: readonly string[] = readdirSync(folder)
  .map((file) => file.replace(/\.json$/, ""))
  .toSorted();

export function sampleEvent(name: string): SampleEvent {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
}

/** The event with some members of its detail replaced. */
export function withDetail(
  event: SampleEvent,
  detail: Readonly<Record<string, unknown>>,
): SampleEvent {
  return { ...event, detail: { ...event.detail, ...detail } };
}
