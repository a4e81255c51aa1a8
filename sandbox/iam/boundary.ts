import { noSuchEntity } from "./refusals.ts";
import type { Directory } from "./state.ts";

/** Checks that the policy of a permissions boundary exists; returns its ARN. */
export function requestedBoundary(directory: Directory, arn: string): string {
  if (!directory.policies.has(arn))
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  return arn;
}
