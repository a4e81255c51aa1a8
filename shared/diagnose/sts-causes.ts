import type { CauseCode } from "./causes.ts";
import { lengthNext, nameNext, policyNext } from "./session.ts";
import {
  audienceNext,
  freshTokenNext,
  issuerNext,
  notYetNext,
  signatureNext,
  tokenNext,
} from "./token-checks.ts";

type Advice = { readonly message: string; readonly next: string };

const noProvider: Advice = {
  message: "the account had no provider for the token's issuer when the job asked",
  next: issuerNext,
};

/** Causes that STS's answer alone shows. */
const advice: Partial<Readonly<Record<CauseCode, Advice>>> = {
  "token-unreadable": { message: "STS could not read the token", next: tokenNext },
  "token-expired": { message: "the token had expired", next: freshTokenNext },
  "token-not-yet-valid": { message: "the token was not yet valid", next: notYetNext },
  "token-rejected": {
    message: "STS or the issuer rejected the token",
    next: "Let the job fetch a fresh token and try again; if that is refused too, compare its issuer with the provider's.",
  },
  "issuer-unknown": noProvider,
  "issuer-root": noProvider,
  "issuer-other-organisation": noProvider,
  "provider-missing": noProvider,
  "issuer-unreachable": {
    message: "STS could not reach the token's issuer to fetch its keys",
    next: "Try again: this usually passes. If it stays, look at the issuer's status page.",
  },
  "thumbprint-mismatch": {
    message: "the certificate of the issuer's host has none of the provider's thumbprints",
    next: "Take thumbprints out of circleci.thumbprints in the document, so that IAM's own list of authorities decides, or add the new one.",
  },
  "signature-invalid": {
    message: "STS could not verify the token's signature with the issuer's keys",
    next: signatureNext,
  },
  "audience-not-at-provider": {
    message: "the provider did not list the token's audience",
    next: audienceNext,
  },
  "role-missing": {
    message: "what the job asked for is not the ARN of a role",
    next: "Compare AWS_ROLE_ARN in CircleCI with the output AWS_ROLE_ARN of the environment's status.",
  },
  "session-too-long": {
    message: "the session that the job asked for was too long",
    next: lengthNext,
  },
  "session-too-short": {
    message:
      "the session that the job asked for was too short: STS allows no fewer than 900 seconds",
    next: lengthNext,
  },
  "session-name-invalid": {
    message: "the session's name is not valid: it has 2 to 64 of A-Z a-z 0-9 _ + = , . @ -",
    next: nameNext,
  },
  "session-policy-invalid": {
    message: "a policy that was passed for the session is not valid",
    next: policyNext,
  },
  "session-policy-too-large": {
    message: "the policies and tags that were passed for the session are too large",
    next: policyNext,
  },
  "parameter-invalid": {
    message: "STS did not accept a parameter of the call",
    next: "Compare the call with the STS API reference, AssumeRoleWithWebIdentity: lengths, patterns, and no ProviderId with an OIDC token.",
  },
  "region-disabled": {
    message: "STS is switched off in the Region that the job asked in",
    next: "Switch STS on for this Region (IAM, account settings), or let the job use another Region.",
  },
  "sts-unavailable": {
    message: "STS did not answer the call this time",
    next: "Try again, with growing pauses: this usually passes.",
  },
  "action-refused": {
    message: "the trust policy does not allow what the token asks for beside the session",
    next: "Let the statement's Action hold sts:TagSession or sts:SetSourceIdentity too, where tokens of this issuer carry AWS's own claims; CircleCI's carry none.",
  },
  denied: {
    message: "an explicit Deny refuses the call",
    next: "Look for a Deny in the trust policy and in the organisation's resource control policies.",
  },
};

const unknown: Advice = {
  message: "STS refused the call",
  next: "Ask oidc-reconciler trust explain what the trust policy says.",
};

/** What a cause means and what to do, for a refusal that STS's answer alone explains. */
export function genericCause(code: CauseCode): Advice {
  return advice[code] ?? unknown;
}
