/**
 * Why a job was refused. `question.ts` reads the input into calls, `examine.ts` makes every check that
 * STS makes, on what the account has now, `sts-answer.ts` reads STS's own words, and this file picks
 * the cause from both. Nothing here calls AWS: `shared/runs/diagnose.ts` reads the role and provider.
 */

import type { Obstacle } from "../explain/index.ts";
import { safeText } from "../language/visible.ts";
import type { AskedCall, Outcome } from "./call.ts";
import {
  byOrder,
  type Cause,
  type CauseCode,
  type Check,
  type CheckName,
  type CheckResult,
  causeCodes,
  type FailedCheck,
  isFailure,
  shown,
} from "./causes.ts";
import { examine, type Scene } from "./examine.ts";
import { askedRole } from "./role.ts";
import { answerOfSts, isPlainDenial, type StsAnswer, saidBySts } from "./sts-answer.ts";
import { genericCause } from "./sts-causes.ts";

/** Why a call was refused, as far as the account of now shows it. */
export type Diagnosis = {
  /** The role's name, without its path. Null where the record does not name a role. */
  readonly role: string | null;
  readonly subject: string | null;
  /** When it was asked; null: now. */
  readonly at: string | null;
  /** Can the token assume the role? Null where it cannot be decided. */
  readonly admitted: boolean | null;
  /** Null where nothing is refused, and where it cannot be decided. */
  readonly cause: Cause | null;
  readonly message: string;
  /** Which condition refused which value; empty where no condition did. */
  readonly obstacles: readonly Obstacle[];
  readonly next: string;
  /** Everything that was looked at, in the order of the causes. */
  readonly checks: readonly Check[];
};

type Answer = Pick<Diagnosis, "admitted" | "cause" | "message" | "next" | "obstacles">;

/**
 * Says why a call was refused. A cause that STS's own answer names counts, whatever the policies say
 * now. Otherwise the cause is the first check that fails, those that STS's code suggests first.
 */
export function diagnosisOf(scene: Scene): Diagnosis {
  const { call } = scene;
  const { findings, obstacles } = examine(scene);
  const answer = answerTo(call.outcome, findings);
  return {
    role: roleName(call),
    subject: call.token === null ? null : shown(call.token.subject),
    at: call.at === null ? null : shown(call.at),
    ...answer,
    obstacles:
      answer.cause !== null && isOfTrust(answer.cause.code, findings)
        ? obstacles.map(tokenless)
        : [],
    checks: findings.map(({ check, ok, detail }) => ({ check, ok, detail })),
  };
}

/** A token in the place of a subject is not repeated. */
function tokenless(obstacle: Obstacle): Obstacle {
  const { asked, given, message } = obstacle;
  return {
    ...obstacle,
    asked: safeText(asked),
    given: safeText(given),
    message: safeText(message),
  };
}

function roleName({ role }: AskedCall): string | null {
  if (role === null) return null;
  return shown(askedRole(role).name ?? role);
}

/** What the trust policy is asked for: only of these the places in it are shown. */
const ofTrust: ReadonlySet<CheckName> = new Set<CheckName>([
  "principal",
  "action",
  "audience",
  "subject",
  "until",
  "deny",
  "conditions",
]);

function isOfTrust(code: CauseCode, findings: readonly CheckResult[]): boolean {
  return findings.some(
    (finding) => isFailure(finding) && finding.code === code && ofTrust.has(finding.check),
  );
}

function answerTo(outcome: Outcome, findings: readonly CheckResult[]): Omit<Answer, "obstacles"> {
  switch (outcome.kind) {
    case "not-refused":
      return {
        admitted: true,
        cause: null,
        message: "this call was not refused: its record has no error",
        next: "Pick a record with an errorCode, such as AccessDenied. Each try of a job has its own record.",
      };
    case "unknown":
      return refusedBy(firstOf(findings.filter(isFailure))) ?? withoutFailure(findings, outcome);
    case "refused": {
      const answer = answerOfSts(outcome.code, outcome.message);
      return (
        refusedBy(causeOfRefusal(answer, findings), outcome) ?? withoutFailure(findings, outcome)
      );
    }
    default:
      return outcome satisfies never;
  }
}

type Refused = Extract<Outcome, { readonly kind: "refused" }>;

type NamedCause = { readonly code: CauseCode; readonly message: string; readonly next: string };

/** The cause of a refusal, followed by STS's own words where they say more than "no". */
function refusedBy(found: NamedCause | null, outcome?: Refused): Omit<Answer, "obstacles"> | null {
  if (found === null) return null;
  const said = outcome === undefined ? "" : saidBySts(outcome);
  const message = `${found.message}${said === "" ? "" : `; STS said ${said}`}`;
  return { admitted: false, cause: { code: found.code, message }, message, next: found.next };
}

function firstOf(failures: readonly FailedCheck[]): NamedCause | null {
  const [first] = failures.toSorted(byOrder);
  if (first === undefined) return null;
  return { code: first.code, message: first.detail, next: first.next };
}

/** These are one refusal in STS's eyes: it knows no provider for the issuer. */
const withoutProvider: readonly CauseCode[] = [
  "issuer-unknown",
  "issuer-root",
  "issuer-other-organisation",
  "provider-missing",
];

function causeOfRefusal(answer: StsAnswer, findings: readonly CheckResult[]): NamedCause | null {
  const failures = findings.filter(isFailure);
  if (answer.kind === "named") {
    const [code = answer.codes[0]] = answer.codes.toSorted(
      (one, other) => causeCodes.indexOf(one) - causeCodes.indexOf(other),
    );
    const same = code === "provider-missing" ? withoutProvider : [code];
    const seen = firstOf(failures.filter((failure) => same.includes(failure.code)));
    return seen ?? { code, ...genericCause(code) };
  }
  const fitting = firstOf(failures.filter(({ code }) => answer.codes.includes(code)));
  if (fitting !== null) return fitting;
  if (answer.otherwise !== null) {
    return { code: answer.otherwise, ...genericCause(answer.otherwise) };
  }
  // Another check may fail because of a later change. While the policy itself is open, it proves nothing.
  return isOpen(findings) ? null : firstOf(failures);
}

/** What has to be known before a token can be called admitted. */
const needed: ReadonlySet<CheckName> = new Set<CheckName>([
  ...ofTrust,
  "token",
  "role",
  "provider",
  "session-length",
]);

function isOpenAndNeeded(finding: CheckResult): boolean {
  return finding.ok === null && (needed.has(finding.check) || finding.next !== undefined);
}

function openOf(findings: readonly CheckResult[]): readonly CheckResult[] {
  return findings.filter(isOpenAndNeeded);
}

function isOpen(findings: readonly CheckResult[]): boolean {
  return openOf(findings).length > 0;
}

/** A record lacks claims, and a question lacks what CloudTrail keeps of the request. */
const openRecordNext =
  'Ask with the job\'s token, which holds every claim: {"role": "…", "token": "…"}. If something cannot be read, it needs a permission to read it.';
const openNext =
  "If something cannot be read, it needs a permission to read it: iam:GetRole, iam:GetOpenIDConnectProvider. If the trust policy asks for something of the request, CloudTrail's record of the call has it: oidc-reconciler diagnose.";

/** What an open check asks for itself, unless another one is open that only a permission or a record closes. */
function nextOf(open: readonly CheckResult[]): string | null {
  const own = open.flatMap((each) => (each.ok === null ? [each.next ?? null] : []));
  return own.includes(null) ? null : (own[0] ?? null);
}

function withoutFailure(
  findings: readonly CheckResult[],
  outcome: Exclude<Outcome, { readonly kind: "not-refused" }>,
): Omit<Answer, "obstacles"> {
  const open = openOf(findings);
  const said = outcome.kind === "refused" ? saidBySts(outcome) : "";
  if (open.length > 0) {
    const details = [...new Set(open.map(({ detail }) => detail))].join("; ");
    return {
      admitted: null,
      cause: null,
      message: `undecided: ${details}${said === "" ? "" : `; STS said ${said}`}`,
      next: nextOf(open) ?? (outcome.kind === "unknown" ? openNext : openRecordNext),
    };
  }
  if (outcome.kind === "refused" && said !== "" && !isPlainDenial(outcome.code)) {
    return {
      admitted: null,
      cause: null,
      message: `undecided: STS said ${said}, and no check refuses this call now`,
      next: "Run the job again. If the same answer comes back, look it up in the STS API reference.",
    };
  }
  return {
    admitted: true,
    cause: null,
    message: "the trust policy as it is now admits this token",
    next: "If it was refused, the policy was changed since then, or a change had not spread yet: run the job again. If it is refused again, a policy of the organisation refuses it.",
  };
}
