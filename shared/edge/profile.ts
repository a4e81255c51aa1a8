import { SSMClient } from "@aws-sdk/client-ssm";

/** The Region in AWS's shared files, of the profile that `AWS_PROFILE` names; null where there is none. */
export async function regionOfProfile(): Promise<string | null> {
  try {
    return await new SSMClient({}).config.region();
  } catch {
    return null;
  }
}
