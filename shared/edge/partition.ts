import { IAMClient } from "@aws-sdk/client-iam";
import { partition as partitionInfo } from "@aws-sdk/core/client";

/** What a Region's partition changes in names and addresses. */
export type Partition = {
  /** As the second field of an ARN: `aws`, `aws-cn`, `aws-eusc`. */
  readonly partition: string;
  /** What host names end in: `amazonaws.com`, `amazonaws.eu`. */
  readonly dnsSuffix: string;
  /** Where IAM, a global service, is signed for and recorded by CloudTrail. */
  readonly iamRegion: string;
};

const known = new Map<string, Partition>();

/**
 * The partition of a Region, from the SDK's own data. A Region that the SDK does not know belongs to
 * the partition that its name looks like, otherwise to `aws`.
 *
 * IAM's Region comes from the rules for IAM's endpoint: in China, `implicitGlobalRegion` of the
 * partition data is another Region.
 */
export function partitionOf(region: string): Partition {
  const seen = known.get(region);
  if (seen !== undefined) return seen;
  const { name, dnsSuffix } = partitionInfo(region);
  const found: Partition = { partition: name, dnsSuffix, iamRegion: signingRegion(region) };
  known.set(region, found);
  return found;
}

function signingRegion(region: string): string {
  const { endpointProvider } = new IAMClient({ region }).config;
  const endpoint = endpointProvider({ Region: region, UseFIPS: false, UseDualStack: false });
  const [scheme] = endpoint.properties?.["authSchemes"] ?? [];
  return scheme?.["signingRegion"] ?? region;
}
