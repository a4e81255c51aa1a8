import type { Obstacle } from "../compare/index.ts";
import type { ObservedProvider, ObservedRole, Reading } from "../plan/observed.ts";
import type { Account } from "../trust/index.ts";
import type { AskedCall, SeenToken } from "./call.ts";
import type { Finding } from "./causes.ts";
import { policyFindings } from "./policy-checks.ts";
import { knownRequest } from "./request.ts";
import { askedRole, type RoleFound, roleFinding } from "./role.ts";
import { lengthFinding, nameFinding, sessionPolicyFinding } from "./session.ts";
import {
  issuerFinding,
  providerAudienceFinding,
  providerFinding,
  timeFinding,
  tokenFinding,
  trustedIssuers,
} from "./token-checks.ts";

/** What of a role decides whether a token gets in. */
export type RoleSeen = Pick<ObservedRole, "arn" | "trustPolicy" | "maxSessionSeconds" | "tags">;

/** A call, and what the account has now. */
export type Scene = {
  readonly call: AskedCall;
  readonly account: Account;
  readonly role: Reading<RoleSeen>;
  readonly provider: Reading<ObservedProvider>;
  readonly now: Date;
};

/** Every check of a scene, and the places of the trust policy that stop it. */
export type Examination = {
  readonly findings: readonly Finding[];
  readonly obstacles: readonly Obstacle[];
};

/**
 * Goes through everything that STS can refuse, in the order of the causes. Each finding stands on its
 * own: what cannot be looked at leaves the others as they are.
 */
export function examine(scene: Scene): Examination {
  const { call, account, role, provider, now } = scene;
  const { token } = call;
  const ofToken = tokenFinding(call);
  const ofRole = roleFinding(
    call.role === null ? null : askedRole(call.role),
    roleFound(role),
    account,
  );
  const longest = role.kind === "found" ? role.value.maxSessionSeconds : null;
  const ofSession = [lengthFinding(call, longest), nameFinding(call), sessionPolicyFinding(call)];
  if (token === null) return { findings: [ofToken, ofRole, ...ofSession], obstacles: [] };
  const before = [ofToken, timeFinding(token, now)];
  const ofProvider = providerFinding(token, provider, account);
  const ofAudience = providerAudienceFinding(token, provider);
  if (role.kind !== "found") {
    return {
      findings: [...before, ofRole, ofProvider, ofAudience, ...ofSession],
      obstacles: [],
    };
  }
  const issuer = issuerFinding(token, trustedIssuers(role.value.trustPolicy), provider);
  const { findings, obstacles } = trustFindings(scene, token, role.value);
  const [principal = [], rest = []] = [findings.slice(0, 2), findings.slice(2)];
  return {
    findings: [
      ...before,
      issuer,
      ofRole,
      ofProvider,
      ...principal,
      ofAudience,
      ...rest,
      ...ofSession,
    ],
    obstacles,
  };
}

function roleFound(role: Reading<RoleSeen>): RoleFound {
  switch (role.kind) {
    case "found":
      return { kind: "found", arn: role.value.arn };
    case "absent":
      return role;
    case "unreadable":
      return { kind: "unreadable", why: role.fault.message };
    default:
      return role satisfies never;
  }
}

function trustFindings(scene: Scene, token: SeenToken, role: RoleSeen): Examination {
  const { call, account, provider, now } = scene;
  // Of several audiences STS takes one that the provider lists.
  const listed = provider.kind === "found" ? provider.value.audiences : [];
  const { audiences } = token;
  const audience = audiences?.find((one) => listed.includes(one)) ?? audiences?.[0] ?? null;
  const at = instantOf(call.at) ?? now;
  const known = knownRequest({ call, token, account, roleTags: role.tags, audience, at });
  return policyFindings(role.trustPolicy, known, token.isWhole);
}

function instantOf(text: string | null): Date | null {
  if (text === null) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
