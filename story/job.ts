import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { SessionCredentials, TokenRequest } from "../sandbox/index.ts";
import { organizationId, origin, projectId } from "./documents.ts";
import type { Stage } from "./stage.ts";

/** What STS answers to a CircleCI job that asks for a role. */
export type Answer =
  | { readonly kind: "session"; readonly credentials: SessionCredentials }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly token: string;
    };

/** A job's claims: those of the named project's main branch, but for what is said otherwise. */
export function jobClaims(other: Partial<TokenRequest> = {}): TokenRequest {
  return { organizationId, projectId, origin, ref: "refs/heads/main", ...other };
}

/** A job asks for a role with its token, with no other credential, as the aws-cli orb does. */
export async function assume(
  stage: Stage,
  input: { readonly claims: TokenRequest; readonly roleArn: string; readonly session: string },
): Promise<Answer> {
  const { sandbox } = stage;
  const token = await sandbox.circleci.issueToken(input.claims);
  const sts = new STSClient({ endpoint: sandbox.endpoint, region: sandbox.region });
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: input.roleArn,
        RoleSessionName: input.session,
        WebIdentityToken: token,
      }),
    );
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    return { kind: "session", credentials };
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return { kind: "refused", code: thrown.name, message: thrown.message, token };
  } finally {
    sts.destroy();
  }
}
