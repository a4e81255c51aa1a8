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

/** What STS needs of the account. */
export type StsDependencies = PolicySources & { readonly issuer: Issuer };

const action = "sts:AssumeRoleWithWebIdentity";

/** The one claim of CircleCI's, beside `aud` and `sub`, that STS makes a condition key of. */
const projectClaim = "oidc.circleci.com/project-id";

/**
 * AssumeRoleWithWebIdentity: the token first, then the role's trust policy. A role that does not
 * exist and a role that does not let the token in are refused with the same words.
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

/** AWS documents neither code nor words: they are those that people quote in public issues. */
function checkRoleArn(arn: string): void {
  if (/^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/.test(arn)) return;
  throw new ServiceError("ValidationError", "Request ARN is invalid");
}

/** How AWS packs policies is not documented: their plain text counts, against the 2,048 characters. */
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
 * The condition keys that STS makes of a CircleCI token. Every other claim is ignored: its key is
 * absent. Source: IAM User Guide, "Available keys for AWS OIDC federation", CircleCI.
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
