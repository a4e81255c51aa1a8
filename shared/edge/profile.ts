import { SSMClient } from "@aws-sdk/client-ssm";

/** The Region of the profile that `AWS_PROFILE` names in AWS's shared files; null where it has none. */
export async function regionOfProfile(): Promise<string | null> {
  try {
    return await new SSMClient({}).config.region();
  } catch {
    return null;
  }
}
