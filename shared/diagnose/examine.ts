import type { Reading } from "../aws/reading.ts";
import type { Obstacle } from "../explain/index.ts";
import type { SignatureReading } from "../issuers/signature.ts";
import { safeText } from "../language/visible.ts";
import type { ObservedRole, Tags } from "../plan/observed.ts";
import type { Account } from "../trust/index.ts";
import type { AskedCall, SeenToken } from "./call.ts";
import { type CheckName, type CheckResult, checkNames, isFailure } from "./causes.ts";
import { policyFindings } from "./policy-checks.ts";
import { knownRequest } from "./request.ts";
import { askedRole, type RoleFound, roleFinding } from "./role.ts";
import { lengthFinding, nameFinding, sessionPolicyFinding } from "./session.ts";
import {
  issuerFinding,
  listedAudiences,
  type ProviderSeen,
  providerAudienceFinding,
  providerFinding,
  signatureFinding,
  timeFinding,
  tokenFinding,
  trustedIssuers,
} from "./token-checks.ts";

/** What of a role decides whether a token can assume it. */
export type RoleSeen = Pick<ObservedRole, "trustPolicy"> & {
  /** Each null where a file holds the trust policy and not this. */
  readonly arn: string | null;
  readonly maxSessionSeconds: number | null;
  readonly tags: Tags | null;
};

/** A call, and what the account has now. */
export type Scene = {
  readonly call: AskedCall;
  readonly account: Account;
  readonly role: Reading<RoleSeen>;
  readonly provider: Reading<ProviderSeen>;
  readonly now: Date;
  /** Left out: nobody gave the issuer's keys. */
  readonly signature?: SignatureReading;
  /** The issuer that the role should trust, where there is no role to ask; without its scheme. */
  readonly expectedIssuer?: string;
};

/** Every check of a scene, and the places of the trust policy that stop it. */
type Examination = {
  readonly findings: readonly CheckResult[];
  readonly obstacles: readonly Obstacle[];
};

/**
 * Goes through everything that STS can refuse, in the order of the causes. Every check is always
 * made, on its own: one that cannot be decided is open, with the reason, and does not change the
 * others.
 */
export function examine(scene: Scene): Examination {
  const { call, account, role, provider, now } = scene;
  const { token } = call;
  const longest = role.kind === "found" ? role.value.maxSessionSeconds : null;
  const ofRole = roleFinding(
    call.role === null ? null : askedRole(call.role),
    roleFound(role),
    account,
  );
  const ofCall = [
    tokenFinding(call),
    ofRole,
    lengthFinding(call, longest),
    nameFinding(call),
    sessionPolicyFinding(call),
  ];
  if (token === null) {
    return inOrder([...ofCall, ...openFindings(ofTokenAlone, needsToken)]);
  }
  const ofToken = [
    timeFinding(token, now),
    signatureFinding(scene.signature ?? null),
    providerFinding(token, provider, account),
    providerAudienceFinding(token, provider),
  ];
  if (role.kind !== "found") {
    const { expectedIssuer: name } = scene;
    const asked =
      name === undefined ? { kind: "nobody" as const } : { kind: "expected" as const, name };
    const issuer = issuerFinding(token, asked, provider);
    return inOrder([...ofCall, ...ofToken, issuer, ...openFindings(ofTrustAlone, needsRole)]);
  }
  const { findings, obstacles } = trustFindings(scene, token, role.value);
  const by = trustedIssuers(role.value.trustPolicy);
  const issuer = issuerFinding(token, { kind: "trusted", by }, provider);
  return { ...inOrder([...ofCall, ...ofToken, issuer, ...findings]), obstacles };
}

/** Why there is none, the check itself says. */
const needsToken = "not known without the token: see the check token";
const needsRole = "not known without the role's trust policy: see the check role";

/** What needs the role's trust policy, and what needs a token. */
const ofTrustAlone: readonly CheckName[] = [
  "principal",
  "action",
  "audience",
  "subject",
  "until",
  "deny",
  "conditions",
];
const ofTokenAlone: readonly CheckName[] = [
  "time",
  "issuer",
  "signature",
  "provider",
  "provider-audience",
  ...ofTrustAlone,
];

function openFinding(check: CheckName, detail: string): CheckResult {
  return { check, ok: null, detail };
}

function openFindings(names: readonly CheckName[], detail: string): readonly CheckResult[] {
  return names.map((check) => openFinding(check, detail));
}

function inOrder(findings: readonly CheckResult[]): Examination {
  const sorted = findings.toSorted(
    (one, other) => checkNames.indexOf(one.check) - checkNames.indexOf(other.check),
  );
  return { findings: sorted.map(inSafeWords), obstacles: [] };
}

/** A finding repeats what the token, the role and the policies of anybody say. */
function inSafeWords(finding: CheckResult): CheckResult {
  const detail = safeText(finding.detail);
  return finding.ok === false
    ? { ...finding, detail, next: safeText(finding.next) }
    : { ...finding, detail };
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
  const at = instantOf(call.at) ?? now;
  const by = (audience: string | null): Examination => {
    const known = knownRequest({ call, token, account, roleTags: role.tags, audience, at });
    return policyFindings(role.trustPolicy, known, token.isWhole);
  };
  const listed = listedAudiences(token, provider.kind === "found" ? provider.value.audiences : []);
  // Which of several STS goes by nobody knows: what one of them may do is not refused.
  const [first, ...others] = listed.length === 0 ? [token.audiences?.[0] ?? null] : listed;
  const found = by(first ?? null);
  const isRefused = ({ findings }: Examination) => findings.some(isFailure);
  return isRefused(found) ? (others.map(by).find((each) => !isRefused(each)) ?? found) : found;
}

function instantOf(text: string | null): Date | null {
  if (text === null) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
