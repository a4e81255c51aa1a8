import { noSuchEntity } from "./refusals.ts";
import type { Directory } from "./state.ts";

/** The ARN of a policy that may serve as a permissions boundary: it has to exist. */
export function requestedBoundary(directory: Directory, arn: string): string {
  if (!directory.policies.has(arn))
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  return arn;
}
