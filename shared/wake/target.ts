import type { Fields } from "../aws/event-fields.ts";
import {
  type DeployTargets,
  type KindName,
  kindNames,
  type ResolvedTargets,
  type TouchedTarget,
  targetKinds,
} from "../targets/index.ts";

/** The kinds whose targets a service has: more than one where they share it. */
function kindsAt(service: string): readonly KindName[] {
  return kindNames.filter((name) => targetKinds[name].events.service === service);
}

/** Has a service deploy targets? */
export function hasTargets(service: string): boolean {
  return kindsAt(service).length > 0;
}

/**
 * What a call touched: `unwatched` where it changes no target, `null` where its record does not say.
 * Kinds that share a service read the same of a record.
 */
export function touchedByCall(
  service: string,
  eventName: string,
  record: Fields,
): TouchedTarget | "unwatched" | null {
  const kind = kindsAt(service).find((name) => targetKinds[name].events.calls.includes(eventName));
  return kind === undefined ? "unwatched" : targetKinds[kind].events.ofCall(record);
}

/** The same of a service's own event. */
export function touchedByEvent(
  service: string,
  detailType: string,
  event: Fields,
): TouchedTarget | "unwatched" | null {
  const kind = kindsAt(service).find((name) =>
    targetKinds[name].events.detailTypes.includes(detailType),
  );
  return kind === undefined ? "unwatched" : targetKinds[kind].events.ofEvent(event);
}

/** A touched target in a sentence. */
export function touchedText(touched: TouchedTarget): string {
  const [name] = kindsAt(touched.service);
  return name === undefined ? touched.service : targetKinds[name].events.says(touched);
}

/** What an environment deploys to, and what is remembered of it. */
export type WatchedTargets = {
  readonly deploy: DeployTargets;
  readonly last: ResolvedTargets | null;
  /** The variables of the last status. */
  readonly outputs: Readonly<Record<string, string>>;
};

/** Does the environment deploy to what was touched? */
export function deploysTo(
  { deploy, last, outputs }: WatchedTargets,
  touched: TouchedTarget,
): boolean {
  return kindsAt(touched.service).some(<Name extends KindName>(name: Name) =>
    targetKinds[name].events.names(touched, {
      entries: deploy[name],
      last: last?.[name] ?? [],
      outputs,
    }),
  );
}
