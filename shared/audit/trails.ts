import type { AuditedTrail, TrailField, TrailSelectors } from "./audited-account.ts";

/** How far the account's trails feed the watch: EventBridge gets only what a trail logs. */
export type Watch =
  | { readonly kind: "whole" }
  /** Every trail that logs writes is of one Region, or leaves IAM out. */
  | { readonly kind: "part"; readonly why: "one-region" | "no-iam" }
  /** Trails log, and none of them writes of management events. */
  | { readonly kind: "no-writes" }
  | { readonly kind: "none" };

/**
 * What the trails feed, together. A trail whose selectors could not be read counts as one that logs
 * writes: that it could not be read is a finding of its own.
 */
export function watchOf(trails: readonly AuditedTrail[]): Watch {
  const logging = trails.filter(({ logging: logs }) => logs);
  if (logging.length === 0) return { kind: "none" };
  const feeding = logging.filter(({ selectors }) => selectors === null || logsWrites(selectors));
  if (feeding.length === 0) return { kind: "no-writes" };
  if (!feeding.some(({ globalEvents }) => globalEvents)) return { kind: "part", why: "no-iam" };
  return feeding.some(({ multiRegion }) => multiRegion)
    ? { kind: "whole" }
    : { kind: "part", why: "one-region" };
}

/**
 * Do the selectors take every write of management events that the watch needs? A trail without any
 * logs them all. Advanced ones replace basic ones.
 *
 * Source: CloudTrail API reference, EventSelector and AdvancedFieldSelector.
 */
export function logsWrites({ basic, advanced }: TrailSelectors): boolean {
  if (advanced.length > 0) return advanced.some(takesWrites);
  if (basic.length === 0) return true;
  return basic.some(({ management, readWrite }) => management && readWrite !== "ReadOnly");
}

/** Sources that a trail may leave out, as people do for their volume: none of them is watched. */
const leftOut: ReadonlySet<string> = new Set(["kms.amazonaws.com", "rdsdata.amazonaws.com"]);

function takesWrites(fields: readonly TrailField[]): boolean {
  const category = fields.find(({ field }) => field === "eventCategory");
  if (category?.equals.includes("Management") !== true) return false;
  return fields.every(({ field, equals, notEquals, other }) => {
    if (field === "eventCategory") return true;
    if (field === "readOnly") return !other && equals.includes("false");
    const narrows = other || equals.length > 0;
    return field === "eventSource" && !narrows && notEquals.every((name) => leftOut.has(name));
  });
}
