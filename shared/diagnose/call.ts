import { parseSubject, type Subject } from "../circleci/tokens.ts";
import { readToken } from "../issuers/token.ts";
import { isRecord } from "../json.ts";

/** An AssumeRoleWithWebIdentity, from CloudTrail's record of it or described by hand. */
export type AskedCall = {
  readonly source: "record" | "question";
  /** The role as it was asked for: an ARN, or by hand a name; null where nobody says. */
  readonly role: string | null;
  readonly token: SeenToken | null;
  /** Why there is no token to look at; null where there is one. */
  readonly noToken: string | null;
  /** Null where the call named none. */
  readonly sessionName: string | null;
  readonly durationSeconds: number | null;
  readonly sessionPolicy: string | null;
  /** How many managed policies were passed. */
  readonly sessionPolicyArns: number;
  readonly outcome: Outcome;
  /** When it was asked, as CloudTrail writes instants; null: now. */
  readonly at: string | null;
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  readonly region: string | null;
};

/** What STS answered. A question asked by hand need not say. */
export type Outcome =
  | { readonly kind: "unknown" }
  | { readonly kind: "not-refused" }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

/** What is known of a token. */
export type SeenToken = {
  readonly issuer: string;
  readonly subject: string;
  /** Null where the record does not hold it. */
  readonly audiences: readonly string[] | null;
  /** Every claim that is known, `iss`, `sub` and `aud` among them. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** False of a token in a record: CloudTrail keeps subject and audience only. */
  readonly isWhole: boolean;
  /** Seconds since 1970; null where they are not known, or not to be read. */
  readonly expiresAt: number | null;
  readonly notBefore: number | null;
  readonly issuedAt: number | null;
  /** The claims among `exp`, `nbf` and `iat` of which nobody knows what STS makes: half a sentence each. */
  readonly oddTimes: readonly string[];
};

function projectOf(subject: Subject | null): Readonly<Record<string, string>> {
  return subject?.kind === "job" ? { "oidc.circleci.com/project-id": subject.projectId } : {};
}

/**
 * A token by its claims; null where it lacks one without which STS takes none. Who writes down the
 * claims of a CircleCI job may leave the project out: its subject names the same.
 */
function tokenOfClaims(
  given: Readonly<Record<string, unknown>>,
  isSigned: boolean,
): SeenToken | null {
  const { iss, sub, aud, azp } = given;
  if (typeof iss !== "string" || typeof sub !== "string") return null;
  const audiences = typeof azp === "string" ? [azp] : textsOf(aud);
  if (audiences === null) return null;
  const job = iss.startsWith("https://oidc.circleci.com") ? parseSubject(sub) : null;
  const claims = { ...projectOf(job), ...given };
  return {
    issuer: iss,
    subject: sub,
    audiences,
    claims,
    isWhole: true,
    expiresAt: secondsOf(claims["exp"]),
    notBefore: secondsOf(claims["nbf"]),
    issuedAt: secondsOf(claims["iat"]),
    oddTimes: oddTimesOf(claims, isSigned),
  };
}

/** A token, or its claims, as people have them; or why there is none. No part of it is repeated. */
export function tokenIn(text: string): Pick<AskedCall, "token" | "noToken"> {
  // What is around a token, such as a decoder's page, may be longer than the token.
  const length = /[{[]/.test(text) ? text.length / 16 : text.trim().length;
  if (length > tokenLengthMax) {
    const noToken = `it has ${text.length} characters, and STS takes a token of at most ${tokenLengthMax}`;
    return { token: null, noToken };
  }
  const read = readToken(text);
  if (read.kind === "unreadable") {
    return { token: null, noToken: `the token cannot be read: ${read.reason}` };
  }
  // Claims alone were written down by somebody, who may have left the times out.
  const isSigned = !/[{[]/.test(text) || text.includes("eyJ");
  const token = tokenOfClaims(read.claims, isSigned);
  const noToken =
    token === null ? "the token lacks a claim that STS requires: iss, sub or aud" : null;
  return { token, noToken };
}

/** STS API reference, AssumeRoleWithWebIdentity: WebIdentityToken has at most so many characters. */
const tokenLengthMax = 20_000;

/**
 * The token behind a record. The subject is in `userName`, the issuer in `identityProvider`, the
 * audience between the two in `principalId`; each may be missing, and no other claim is kept. What a
 * CircleCI subject says of its project, the claim says too.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 */
export function tokenOfRecord(record: Readonly<Record<string, unknown>>): SeenToken | null {
  const identity = record["userIdentity"];
  if (!isRecord(identity)) return null;
  const { identityProvider, principalId, userName } = identity;
  const answered = isRecord(record["responseElements"]) ? record["responseElements"] : {};
  const whole = textOf(principalId) ?? "";
  const subject =
    textOf(userName) ?? textOf(answered["subjectFromWebIdentityToken"]) ?? subjectBehind(whole);
  if (subject === null) return null;
  const job = parseSubject(subject);
  const named = textOf(identityProvider) ?? textOf(answered["provider"]);
  const provider = named ?? providerBefore(whole, subject);
  const issuer = issuerOfProvider(provider) ?? issuerOfSubject(subject);
  if (issuer === null) return null;
  const isBefore = named !== null && whole.startsWith(`${named}:`);
  const before = isBefore ? named : providerBefore(whole, subject);
  const between =
    before !== null && whole.endsWith(`:${subject}`)
      ? whole.slice(before.length + 1, -subject.length - 1)
      : "";
  // CircleCI's default audience is the organisation; a record of another issuer's token may not say.
  const audience =
    textOf(answered["audience"]) ?? (between === "" ? null : between) ?? job?.organizationId;
  return {
    issuer,
    subject,
    audiences: audience === undefined ? null : [audience],
    claims: {
      iss: issuer,
      sub: subject,
      ...(audience === undefined ? {} : { aud: audience }),
      ...projectOf(job),
    },
    isWhole: false,
    expiresAt: null,
    notBefore: null,
    issuedAt: null,
    oddTimes: [],
  };
}

/** Of `PROVIDER:AUDIENCE:SUBJECT` the subject, where it is one that cannot be read in two ways. */
/** What is longer is not of AWS, and would be looked through from each of its characters. */
const principalLengthMax = 4096;

function subjectBehind(principalId: string): string | null {
  if (principalId.length > principalLengthMax) return null;
  const subject = /:oidc-provider\/[^:]+:.+?:((?:org\/|repo:).+)$/.exec(principalId)?.[1];
  return subject ?? null;
}

/** `PROVIDER:AUDIENCE:SUBJECT`, where only the provider's ARN has colons before the audience. */
function providerBefore(principalId: string, subject: string): string | null {
  if (!principalId.endsWith(`:${subject}`)) return null;
  return /^arn:[^:]*:iam::\d*:oidc-provider\/[^:]+/.exec(principalId)?.[0] ?? null;
}

function issuerOfProvider(provider: string | null): string | null {
  if (provider === null) return null;
  return `https://${provider.replace(/^.*:oidc-provider\//, "").replace(/^https:\/\//, "")}`;
}

/** Some records name no provider; these two issuers' subjects say whose they are. */
function issuerOfSubject(subject: string): string | null {
  const organization = parseSubject(subject)?.organizationId;
  if (organization !== undefined) return `https://oidc.circleci.com/org/${organization}`;
  return subject.startsWith("repo:") ? "https://token.actions.githubusercontent.com" : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function textsOf(value: unknown): readonly string[] | null {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.filter((one) => typeof one === "string");
  return texts.length > 0 && texts.length === values.length ? texts : null;
}

/** The last second that a date is written of with four digits. */
const lastSecond = 253_402_300_799;

function oddTimesOf(
  claims: Readonly<Record<string, unknown>>,
  isSigned: boolean,
): readonly string[] {
  const unread = ["exp", "nbf", "iat"].flatMap((name) => {
    const value = claims[name];
    if (
      value === undefined ||
      (secondsOf(value) !== null && !(isSigned && typeof value === "string"))
    )
      return [];
    return [`its ${name} is not a number`];
  });
  const end = secondsOf(claims["exp"]) ?? 0;
  const late = end > lastSecond ? [`its exp, ${end}, is beyond the year 9999`] : [];
  const without = ["exp", "iat"].flatMap((name) =>
    isSigned && claims[name] === undefined ? [`it has no ${name}`] : [],
  );
  return [...without, ...unread, ...late];
}

function secondsOf(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}
