import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { SessionCredentials, TokenRequest } from "../sandbox/index.ts";
import { check } from "./check.ts";
import { organizationId, origin, projectId } from "./documents.ts";
import type { Page } from "./page.ts";
import { roleArnOf, type Stage } from "./stage.ts";

/** What STS answers to a CircleCI job that asks for a role. */
export type Answer =
  | { readonly kind: "session"; readonly credentials: SessionCredentials }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly token: string;
    };

/** A job's claims: those of the named project's main branch, except what the caller changes. */
export function jobClaims(other: Partial<TokenRequest> = {}): TokenRequest {
  return { organizationId, projectId, origin, ref: "refs/heads/main", ...other };
}

/** A job assumes a role with its token and no other credential, as the aws-cli orb does. */
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

export type Refusal = { readonly who: string; readonly claims: TokenRequest; readonly why: string };

/** Checks that STS refuses a token, and says why; returns the token. */
export async function checkRefused(stage: Stage, page: Page, refusal: Refusal): Promise<string> {
  const { who, claims, why } = refusal;
  const roleArn = roleArnOf(stage);
  const answer = await assume(stage, { claims, roleArn, session: "circleci-test-oidc-auth" });
  const isRefused = answer.kind === "refused" && isDenied(answer.code);
  check(page, `STS refuses ${who}`, isRefused, answer);
  if (answer.kind === "session") return "";
  page.note(`STS says: ${answer.message}`);
  page.note(`Why: ${why}.`);
  return answer.token;
}

export function isDenied(errorName: string): boolean {
  return errorName.startsWith("AccessDenied");
}

/** The name of the error that a call ends with; `none` if it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (thrown: unknown) => (thrown instanceof Error ? thrown.name : String(thrown)),
  );
}
