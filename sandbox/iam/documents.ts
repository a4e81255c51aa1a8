import {
  countedCharacters,
  problemOfPermissionPolicy,
  problemOfTrustPolicy,
} from "../evaluate/index.ts";
import type { Members } from "../input/members.ts";
import { ServiceError } from "../server/operation.ts";
import { limitExceeded } from "./refusals.ts";
import { documentRule } from "./rules.ts";
import type { Directory } from "./state.ts";
import { storedTrust } from "./trust.ts";

/** Reads and checks the trust policy of a request; returns it as IAM stores it. */
export function requestedTrust(directory: Directory, members: Members, name: string): string {
  const text = members.text(name, documentRule);
  const problem = problemOfTrustPolicy(text);
  if (problem !== null) throw new ServiceError(problem.code, problem.message, 400);
  const most = directory.quotas.AssumeRolePolicySizeQuota;
  if (countedCharacters(text) > most) {
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${most}`);
  }
  return storedTrust(directory, text);
}

/** Reads and checks the policy of a request, except for its quota. */
export function requestedPermissions(members: Members): string {
  const text = members.text("PolicyDocument", documentRule);
  const problem = problemOfPermissionPolicy(text);
  if (problem !== null) throw new ServiceError(problem.code, problem.message, 400);
  return text;
}

/** Refuses a managed policy's document that is too long. */
export function checkPolicySize(directory: Directory, text: string): void {
  const most = directory.quotas.PolicySizeQuota;
  if (countedCharacters(text) > most) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${most}`);
  }
}

/** A document as in answers: percent-encoded by RFC 3986. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
