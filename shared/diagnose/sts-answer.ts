import { type CauseCode, shown } from "./causes.ts";

/**
 * What STS's answer says of the cause. `named`: it names it. `among`: its code leaves these, and what
 * is checked has to show which; `otherwise` is the cause where none of them is found.
 */
export type StsAnswer =
  | { readonly kind: "named"; readonly codes: readonly [CauseCode, ...CauseCode[]] }
  | {
      readonly kind: "among";
      readonly codes: readonly CauseCode[];
      readonly otherwise: CauseCode | null;
    };

const named = (...codes: readonly [CauseCode, ...CauseCode[]]): StsAnswer => ({
  kind: "named",
  codes,
});

/** What STS checks before it looks at any role, and refuses as InvalidIdentityToken. */
const ofTheToken: readonly CauseCode[] = [
  "token-unreadable",
  "token-expired",
  "token-not-yet-valid",
  "issuer-unknown",
  "issuer-root",
  "issuer-other-organisation",
  "signature-invalid",
  "provider-missing",
  "audience-not-at-provider",
];

const ofTheParameters: readonly CauseCode[] = [
  "role-missing",
  "session-too-long",
  "session-name-invalid",
  "session-too-short",
  "session-policy-invalid",
  "session-policy-too-large",
];

/** A role that is not there and one that lets nobody in are refused with the same words. */
const ofTheRole: readonly CauseCode[] = [
  "issuer-unknown",
  "issuer-root",
  "issuer-other-organisation",
  "role-missing",
  "trust-other-provider",
  "action-refused",
  "audience-refused",
  "project-refused",
  "origin-refused",
  "ref-refused",
  "token-version",
  "user-refused",
  "entry-ended",
  "denied",
  "condition-refused",
];

/**
 * Reads STS's error code and message. Codes come with and without `Exception` behind them: the wire,
 * the SDKs and CloudTrail differ.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
export function answerOfSts(code: string, whole: string): StsAnswer {
  const message = whole.slice(0, messageLengthMax);
  switch (code.replace(/^(?:Client|Server)\.|Exception$/g, "").toLowerCase()) {
    case "expiredtoken":
      return named("token-expired");
    case "idpcommunicationerror":
      return named("issuer-unreachable");
    case "idprejectedclaim":
      return named("token-rejected");
    case "invalididentitytoken":
      return firstOf(tokenMessages, message) ?? among(ofTheToken, "token-rejected");
    case "malformedpolicydocument":
      return named("session-policy-invalid");
    case "packedpolicytoolarge":
      return named("session-policy-too-large");
    case "regiondisabled":
      return named("region-disabled");
    case "validationerror":
    case "validation":
      return parametersNamed(message) ?? among(ofTheParameters, "parameter-invalid");
    case "accessdenied":
    case "notauthorized":
      if (/explicit deny/i.test(message)) return named("denied");
      // A token with AWS's own claims asks for these two beside the session.
      if (/sts:(?:TagSession|SetSourceIdentity)/i.test(message)) return named("action-refused");
      return among(ofTheRole, null);
    case "missingparameter":
    case "invalidparametervalue":
    case "invalidparametercombination":
    case "malformedquerystring":
      return parametersNamed(message) ?? named("parameter-invalid");
    case "throttling":
    case "requestlimitexceeded":
    case "serviceunavailable":
    case "internalfailure":
    case "internalerror":
      return named("sts-unavailable");
    default:
      // Some tools keep the message alone.
      return firstOf(tokenMessages, message) ?? parametersNamed(message) ?? among([], null);
  }
}

/** The error's code out of a job's log, which has it in the message, each SDK in words of its own. */
export function codeWithin(message: string): string {
  const grammar = /An error occurred \((\w+)\)|\bapi error (\w+):|\bError Code: (\w+)/i;
  const codes = grammar.exec(message)?.slice(1) ?? [];
  return codes.find((code) => code !== undefined) ?? "";
}

function among(codes: readonly CauseCode[], otherwise: CauseCode | null): StsAnswer {
  return { kind: "among", codes, otherwise };
}

/**
 * The messages of InvalidIdentityToken, of which AWS documents none: they are those that people
 * quote in public issues.
 */
const tokenMessages: readonly (readonly [RegExp, CauseCode])[] = [
  [/no openidconnect provider found/i, "provider-missing"],
  [/audience/i, "audience-not-at-provider"],
  [/thumbprint|https certificate/i, "thumbprint-mismatch"],
  [/signature|verification key|matching key/i, "signature-invalid"],
  [/not yet valid|\bnbf\b|in the future/i, "token-not-yet-valid"],
  [/token (?:has |is )?expired|expired token|expiration date/i, "token-expired"],
  [/not a valid jwt|missing a required claim|could not be (?:parsed|decoded)/i, "token-unreadable"],
  [
    /could ?n[o']t (?:be )?(?:parse|decode)|malformed token|invalid token format/i,
    "token-unreadable",
  ],
  [/issuer/i, "issuer-unknown"],
];

function firstOf(
  messages: readonly (readonly [RegExp, CauseCode])[],
  message: string,
): StsAnswer | null {
  const found = messages.find(([grammar]) => grammar.test(message));
  return found === undefined ? null : named(found[1]);
}

/** One validation message can name several members: `Value … at 'a' failed …; Value … at 'b' failed …`. */
function parametersNamed(message: string): StsAnswer | null {
  if (/DurationSeconds exceeds|session limit/i.test(message)) return named("session-too-long");
  if (/\barn\b.*\bis invalid|invalid arn|is not a valid arn/i.test(message)) {
    return named("role-missing");
  }
  const codes = [...message.matchAll(/at '([A-Za-z.0-9]+)' failed to satisfy constraint: ([^;]*)/g)]
    .map(([, member = "", constraint = ""]) => codeOfMember(member, constraint))
    .filter((code, index, all) => all.indexOf(code) === index);
  const [first, ...more] = codes;
  if (first !== undefined) return named(first, ...more);
  if (/role ?session ?name/i.test(message)) return named("session-name-invalid");
  if (/session policy/i.test(message)) return named("session-policy-invalid");
  return null;
}

function codeOfMember(member: string, constraint: string): CauseCode {
  switch (member.split(".")[0]?.toLowerCase()) {
    case "rolesessionname":
      return "session-name-invalid";
    case "rolearn":
      return "role-missing";
    case "durationseconds":
      return /greater than or equal/.test(constraint) ? "session-too-short" : "session-too-long";
    case "webidentitytoken":
      return "token-unreadable";
    case "policy":
      return /less than or equal/.test(constraint)
        ? "session-policy-too-large"
        : "session-policy-invalid";
    case "policyarns":
      return "session-policy-invalid";
    default:
      return "parameter-invalid";
  }
}

/**
 * Had STS verified the token when it refused the call? It looks at the role's trust policy and its
 * longest session only then.
 */
export function isAfterTheToken(refused: {
  readonly code: string;
  readonly message: string;
}): boolean {
  if (/^(?:AccessDenied|NotAuthorized)(?:Exception)?$/i.test(refused.code)) return true;
  return /^Validation(?:Error)?/i.test(refused.code) && /MaxSessionDuration/.test(refused.message);
}

/** STS says a few sentences; a longer text is a stranger's, and is looked through many times. */
const messageLengthMax = 4096;

/** AccessDenied alone names no cause. */
export function isPlainDenial(code: string): boolean {
  return /^AccessDenied(?:Exception)?$/i.test(code);
}

/** Of a value whose end is cut off nobody knows whether it is the token. */
function withoutCutValue(message: string): string {
  if (message.length <= messageLengthMax) return message;
  const text = message.slice(0, messageLengthMax);
  const start = text.lastIndexOf("Value '");
  return start < 0 || text.includes("' at '", start)
    ? text
    : `${text.slice(0, start)}Value (hidden)`;
}

/** STS's own words in quotation marks; empty where they say no more than that the call was refused. */
export function saidBySts({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): string {
  const says = withoutCutValue(message).replaceAll(
    /Value '[\s\S]*?' at 'webIdentityToken'/g,
    "Value (hidden) at 'webIdentityToken'",
  );
  const nothing =
    says === "" ||
    /^an unknown error occurred|^not authorized to perform sts:AssumeRoleWithWebIdentity$/i.test(
      says,
    );
  if (nothing) return isPlainDenial(code) ? "" : shown(code);
  return `"${shown(says)}"${code === "" ? "" : ` (${shown(code)})`}`;
}
