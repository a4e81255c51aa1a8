import type { Reading } from "../aws/reading.ts";
import { isBareIssuer, issuerNamed, issuerNameOf } from "../issuers/issuer.ts";
import type { SignatureReading } from "../issuers/signature.ts";
import type { ObservedProvider } from "../plan/observed.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Account } from "../trust/index.ts";
import type { AskedCall, SeenToken } from "./call.ts";
import { allOf, anyOf, type CauseCode, type CheckResult, shown } from "./causes.ts";
import { principalOf } from "./request.ts";

/** How far STS lets an issuer's clock be ahead of its own; `exp` and `nbf` get nothing. */
const issuedAheadSeconds = 300;

export const freshTokenNext =
  "CircleCI's tokens are valid for an hour from the start of the job. Let a late step get a fresh one with circleci run oidc get.";

/** Can the token be read at all? */
export function tokenFinding({ token, noToken, source }: AskedCall): CheckResult {
  const check = "token";
  if (token !== null) return { check, ok: true, detail: `its subject is ${shown(token.subject)}` };
  const detail = noToken ?? "there is no token";
  if (source === "record") return { check, ok: null, detail };
  return { check, ok: false, code: "token-unreadable", detail, next: tokenNext };
}

export const tokenNext =
  "Check that the job hands over CIRCLE_OIDC_TOKEN_V2 as it is: the whole token, nothing before or behind it.";

/** Is the token valid now? */
export function timeFinding(token: SeenToken, now: Date): CheckResult {
  const check = "time";
  const seconds = now.getTime() / 1000;
  const { expiresAt, notBefore, issuedAt, oddTimes } = token;
  if (expiresAt !== null && expiresAt <= seconds) {
    return {
      check,
      ok: false,
      code: "token-expired",
      detail: `the token expired at ${instant(expiresAt)}`,
      next: freshTokenNext,
    };
  }
  const ahead = issuedAt !== null && issuedAt > seconds + issuedAheadSeconds;
  const from = notBefore !== null && notBefore > seconds ? notBefore : ahead ? issuedAt : null;
  if (from !== null) {
    return {
      check,
      ok: false,
      code: "token-not-yet-valid",
      detail: `the token is valid from ${instant(from)} only`,
      next: notYetNext,
    };
  }
  const [odd] = oddTimes;
  if (odd !== undefined) {
    const detail = `${odd}, and what STS makes of that is not documented`;
    return { check, ok: null, detail, next: oddTimesNext };
  }
  if (expiresAt === null) return { check, ok: null, detail: "its times are not known" };
  return { check, ok: true, detail: `it is valid until ${instant(expiresAt)}` };
}

const oddTimesNext =
  "CircleCI's tokens have exp and iat in whole seconds since 1970: let the job hand over its own fresh token, unchanged.";

export const notYetNext =
  "Compare the issuer's clock with AWS's. A token that CircleCI did not make may have a later nbf.";

/** Is the signature the issuer's? Null: nobody gave its keys. */
export function signatureFinding(reading: SignatureReading | null): CheckResult {
  const check = "signature";
  if (reading === null)
    return { check, ok: null, detail: "not checked: nobody gave the issuer's keys" };
  if (reading.kind === "valid") {
    return { check, ok: true, detail: `it was made with the issuer's key ${shown(reading.by)}` };
  }
  const detail = `the token's signature is not valid: ${shown(reading.why)}`;
  return { check, ok: false, code: "signature-invalid", detail, next: signatureNext };
}

export const signatureNext =
  "Let the job hand over its own fresh token, unchanged. Right after the issuer changed its keys, try again.";

/** Seconds as CloudTrail writes instants; what has no year of four digits stays a number. */
function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999
    ? date.toISOString().replace(".000Z", "Z")
    : `${seconds} seconds since 1970`;
}

/** The issuers that the Allows of a trust policy admit, by name. */
type TrustedIssuers = {
  readonly names: readonly string[];
  readonly principals: readonly string[];
  readonly isOpen: boolean;
};

/** The issuers that a trust policy admits. A text that is not a policy admits no issuer. */
export function trustedIssuers(text: string): TrustedIssuers {
  const parsed = parseTrustPolicy(text);
  return parsed.kind === "parsed"
    ? issuersIn(parsed.policy)
    : { names: [], principals: [], isOpen: false };
}

function issuersIn(policy: TrustPolicy): TrustedIssuers {
  const principals: string[] = [];
  let isOpen = false;
  for (const { effect, principals: part } of policy.statements) {
    if (effect === "Deny") continue;
    if (part.kind === "except") isOpen = true;
    for (const principal of part.principals) {
      if (principal.kind === "everybody" || principal.kind === "any-federated") isOpen = true;
      if (principal.kind === "exact" && principal.type === "Federated")
        principals.push(principal.id);
    }
  }
  const names = principals.flatMap((id) => /:oidc-provider\/(.+)$/.exec(id)?.[1] ?? id);
  return { names, principals, isOpen };
}

export const issuerNext =
  "Compare circleci.organizationId in the document with the organisation of the project, and the provider with the token's issuer.";

/** What a token's issuer is compared with. */
type AskedIssuers =
  | { readonly kind: "trusted"; readonly by: TrustedIssuers }
  /** There is no role, and the document says which issuer it should trust. */
  | { readonly kind: "expected"; readonly name: string }
  | { readonly kind: "nobody" };

/** Is the token's issuer one that the role and the account know? */
export function issuerFinding(
  token: SeenToken,
  asked: AskedIssuers,
  provider: Reading<ProviderSeen>,
): CheckResult {
  const check = "issuer";
  const iss = shown(token.issuer);
  const failed = (code: CauseCode, detail: string, next = issuerNext): CheckResult => ({
    check,
    ok: false,
    code,
    detail: `the token's issuer is ${iss}, ${detail}`,
    next,
  });
  if (!token.issuer.startsWith("https://") && !isBareIssuer(token.issuer)) {
    return failed("issuer-unknown", "and STS knows only issuers that begin with https://");
  }
  const name = issuerNameOf(token.issuer);
  const { names, isOpen, says } = whomOf(asked);
  const isRoot = isRootName(name);
  if (isOpen || names.includes(name) || isBareIssuer(name)) {
    return { check, ok: true, detail: `its issuer is ${iss}` };
  }
  const isAbsent = provider.kind === "absent";
  if (isRoot && (asked.kind !== "nobody" || isAbsent)) {
    return failed("issuer-root", `which all organisations share; ${says}`, rootNext);
  }
  if (!isRoot && isCircleci(name) && names.some((one) => isCircleci(one) && !isRootName(one))) {
    const isCase = names.some((one) => one.toLowerCase() === name.toLowerCase());
    const why = isCase ? ": only the case differs" : "";
    return failed("issuer-other-organisation", `another organisation; ${says}${why}`);
  }
  if (!isCircleci(name) && isAbsent) {
    return failed("issuer-unknown", `which neither the account nor the role knows; ${says}`);
  }
  if (asked.kind === "nobody") {
    return { check, ok: null, detail: "there is no trust policy to compare the issuer with" };
  }
  return { check, ok: true, detail: `its issuer is ${iss}` };
}

const rootNext =
  "Let the job use CIRCLE_OIDC_TOKEN_V2 as it is: its issuer ends with the organisation's id. Never trust the shared one.";

/** The issuer that all organisations share: it belongs to no single one. */
function isRootName(name: string): boolean {
  return name.replace(/\/$/, "") === "oidc.circleci.com";
}

function isCircleci(name: string): boolean {
  return issuerNamed(name, null).kind === "circleci";
}

function whomOf(asked: AskedIssuers): {
  readonly names: readonly string[];
  readonly isOpen: boolean;
  readonly says: string;
} {
  switch (asked.kind) {
    case "trusted": {
      const { names, isOpen } = asked.by;
      return { names, isOpen, says: `the trust policy admits ${anyOf(names)}` };
    }
    case "expected": {
      const { name } = asked;
      return { names: [name], isOpen: false, says: `the document names ${shown(name)}` };
    }
    case "nobody":
      return { names: [], isOpen: false, says: "there is no such role" };
    default:
      return asked satisfies never;
  }
}

/** What of a provider decides whether a token is admitted. */
export type ProviderSeen = Pick<ObservedProvider, "audiences">;

/** Does the account have a provider for the issuer? */
export function providerFinding(
  token: SeenToken,
  provider: Reading<ProviderSeen>,
  account: Account,
): CheckResult {
  const check = "provider";
  const arn = shown(principalOf(token.issuer, account));
  if (isBareIssuer(issuerNameOf(token.issuer))) {
    return { check, ok: true, detail: `STS knows ${arn} without a provider in the account` };
  }
  switch (provider.kind) {
    case "found":
      return { check, ok: true, detail: `the account has ${arn}` };
    case "unreadable":
      return { check, ok: null, detail: provider.fault.message };
    case "absent":
      return {
        check,
        ok: false,
        code: "provider-missing",
        detail: `the account has no provider for the issuer ${shown(token.issuer)} (${arn})`,
        next: issuerNext,
      };
    default:
      return provider satisfies never;
  }
}

export const audienceNext =
  "Name it under circleci.audiences in the document, or let the job use the default audience, the organisation id.";

const severalNext =
  "Let the job get a token with one audience: circleci run oidc get with one text as aud, or the token that CircleCI gives it.";

/** Those of the token's audiences that a provider lists. */
export function listedAudiences(
  { audiences }: SeenToken,
  listed: readonly string[],
): readonly string[] {
  return audiences?.filter((audience) => listed.includes(audience)) ?? [];
}

/** Is the token's audience one of the provider's? */
export function providerAudienceFinding(
  token: SeenToken,
  provider: Reading<ProviderSeen>,
): CheckResult {
  const check = "provider-audience";
  if (token.audiences === null) return { check, ok: null, detail: "its audience is not known" };
  if (provider.kind !== "found") {
    return { check, ok: null, detail: "the provider's audiences are not known" };
  }
  const { audiences } = provider.value;
  const [listed] = listedAudiences(token, audiences);
  if (listed !== undefined && new Set(token.audiences).size > 1) {
    const detail = `it has the audiences ${allOf(token.audiences)}, and which of several STS goes by is not documented`;
    return { check, ok: null, detail, next: severalNext };
  }
  if (listed !== undefined) {
    return { check, ok: true, detail: `the provider lists its audience ${shown(listed)}` };
  }
  const folded = audiences.map((audience) => audience.toLowerCase());
  const isCase = token.audiences.some((audience) => folded.includes(audience.toLowerCase()));
  return {
    check,
    ok: false,
    code: "audience-not-at-provider",
    detail: `the token's audience ${anyOf(token.audiences)} is not listed by the provider, which has ${anyOf(audiences)}${isCase ? ": only the case differs" : ""}`,
    next: audienceNext,
  };
}
