import { evaluateTrust } from "../evaluate/index.ts";
import type { Role } from "../iam/state.ts";
import { shownTrust } from "../iam/trust.ts";
import type { Members } from "../input/members.ts";
import type { Issuer } from "../issuer/issuer.ts";
import { type Call, ServiceError } from "../server/operation.ts";
import {
  admitted,
  checkDuration,
  type RequestedSession,
  readRequestedSession,
  roleAt,
  trustContext,
} from "./assume-role.ts";
import type { PolicySources } from "./permissions.ts";
import { type Accepted, acceptToken } from "./token.ts";

/** What STS needs from the account. */
export type StsDependencies = PolicySources & { readonly issuer: Issuer };

const action = "sts:AssumeRoleWithWebIdentity";

/** The only other claim of CircleCI that becomes a condition key. */
const projectClaim = "oidc.circleci.com/project-id";

/**
 * AssumeRoleWithWebIdentity: checks the token first, then the role's trust policy. The error is the
 * same for a role that does not exist and for a role that does not admit the token.
 */
export async function assumeRoleWithWebIdentity(
  dependencies: StsDependencies,
  members: Members,
  call: Call,
): Promise<object> {
  const { directory } = dependencies;
  const requested = readRequestedSession(directory, members);
  checkRoleArn(requested.roleArn);
  checkPackedSize(requested.policies);
  const token = members.text("WebIdentityToken", { min: 4, max: 20_000 });
  const accepted = await acceptToken({ ...dependencies, now: call.now }, token);
  const role = roleAt(directory, requested.roleArn);
  if (role === null || !lets(dependencies, call, { role, requested, accepted })) {
    throw new ServiceError("AccessDenied", `Not authorized to perform ${action}`, 403);
  }
  checkDuration(role, requested.seconds);
  const { provider, subject, audience } = accepted;
  return {
    ...admitted(dependencies, call, { role, requested, provider: provider.arn }),
    SubjectFromWebIdentityToken: subject,
    Provider: provider.arn,
    Audience: audience,
  };
}

/** AWS documents neither the code nor the words. These come from public issues. */
function checkRoleArn(arn: string): void {
  if (/^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/.test(arn)) return;
  throw new ServiceError("ValidationError", "Request ARN is invalid");
}

/**
 * AWS does not document how it packs policies. Here their plain text counts, up to 2,048
 * characters.
 */
function checkPackedSize(policies: readonly string[]): void {
  const percent = Math.ceil(policies.join("").length / 20.48);
  if (percent <= 100) return;
  throw new ServiceError(
    "PackedPolicyTooLarge",
    `Packed size of session policies consumes ${percent}% of allotted space.`,
  );
}

function lets(
  dependencies: StsDependencies,
  call: Call,
  given: { readonly role: Role; readonly requested: RequestedSession; readonly accepted: Accepted },
): boolean {
  const { role, requested, accepted } = given;
  const trust: unknown = JSON.parse(shownTrust(dependencies.directory, role.trust));
  const decision = evaluateTrust(trust, {
    principal: { type: "Federated", id: accepted.provider.arn },
    action,
    context: new Map([...trustContext(call, role, requested), ...tokenContext(accepted)]),
  });
  return decision.decision === "allow";
}

/**
 * The condition keys of a CircleCI token. STS ignores every other claim, so its key is absent.
 * Source: IAM User Guide, "Available keys for AWS OIDC federation", CircleCI.
 */
function tokenContext(accepted: Accepted): ReadonlyMap<string, readonly string[]> {
  const { provider, subject, audience, claims } = accepted;
  const keys = new Map<string, readonly string[]>([
    [`${provider.url}:aud`, [audience]],
    [`${provider.url}:sub`, [subject]],
    ["aws:FederatedProvider", [provider.arn]],
    ["sts:RoleAuthorizedByIdp", ["false"]],
  ]);
  const original = typeof claims.aud === "string" ? claims.aud : claims.aud?.[0];
  if (original !== undefined) keys.set(`${provider.url}:oaud`, [original]);
  const project = claims[projectClaim];
  if (typeof project === "string") keys.set(`${provider.url}:${projectClaim}`, [project]);
  return keys;
}
