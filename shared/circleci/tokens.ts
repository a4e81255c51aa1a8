/**
 * The tokens that CircleCI signs: their subjects as a grammar, what AWS makes of them, and what people
 * call them.
 *
 * Imports `language` and `issuers`. Public: `circleciProviderOf`, `parseSubject`, `shapeOf` and
 * `keyPresence` here, `isOrigin` and `isRef` (grammar.ts), `projectTie` (project-tie.ts).
 */

import { parseArn } from "../aws/arn.ts";
import { issuerNamed } from "../issuers/issuer.ts";
import { sendingOf } from "../issuers/keys.ts";
import { characterClass, grammarMachine, type Machine, type Piece } from "../language/machine.ts";
import { globPattern, type Pattern } from "../language/pattern.ts";
import { isOrigin, isRef, originPieces, refPieces } from "./grammar.ts";

/**
 * The tokens that CircleCI signs, as far as AWS can see them: audience, subject and project.
 *
 * @see https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
 */
export type TokenShape = "v2" | "v1" | "fork-pull-request" | "audit-log-stream" | "root-issuer";

/** An OIDC provider in IAM that trusts one of CircleCI's issuers. */
export type CircleciProvider = {
  readonly arn: string;
  /** Condition keys of its tokens begin with this and a colon, in lower case. */
  readonly keyPrefix: string;
  /** Null for the root issuer, which all organisations share. */
  readonly organizationId: string | null;
};

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const providerGrammar = new RegExp(
  `^arn:[a-z0-9-]+:iam::\\d{12}:oidc-provider/(oidc\\.circleci\\.com(?:/org/(${uuid}))?)$`,
);

/** Reads the ARN of a provider; null where it is not CircleCI's. */
export function circleciProviderOf(arn: string): CircleciProvider | null {
  const parts = providerGrammar.exec(arn);
  if (parts === null) return null;
  return { arn, keyPrefix: parts[1] ?? "", organizationId: parts[2] ?? null };
}

/**
 * Does STS make a condition key of the project's id? In the partition `aws` alone: elsewhere the key
 * is absent from every request.
 */
export function sendsProjectId(provider: {
  readonly arn: string;
  readonly keyPrefix: string;
}): boolean {
  const partition = parseArn(provider.arn)?.account.partition ?? "";
  const issuer = issuerNamed(provider.keyPrefix, partition);
  return sendingOf(issuer, `${provider.keyPrefix}:oidc.circleci.com/project-id`) !== "never";
}

/**
 * The 36 characters of a UUID as a glob, dashes in place, for a segment that something follows: a `*`
 * there would swallow the rest of the subject, and a branch can be named like the rest of a subject.
 */
export const uuidGlob = "????????-????-????-????-????????????";

/** The two kinds of tokens by their subjects: a job's, and the audit-log stream's. */
export function subjectSets({ arn, organizationId }: CircleciProvider): {
  readonly jobs: Machine;
  /** The name of the set of jobs' subjects. */
  readonly identity: string;
  readonly stream: Pattern;
} {
  return {
    identity: `subjects|${arn}`,
    jobs: automataOf(organizationId).any,
    stream: globPattern(`org/${organizationId ?? uuidGlob}/file-streaming/audit-logs`),
  };
}

const hex = characterClass("0123456789abcdef");

/** The pieces of a UUID in lower case, or of the one that is given. */
function uuidPieces(given: string | null): readonly Piece[] {
  if (given !== null) return [{ kind: "text", text: given }];
  const group = (length: number): Piece[] =>
    Array.from({ length }, () => ({ kind: "one", of: hex }));
  const dash: Piece = { kind: "text", text: "-" };
  return [...group(8), dash, ...group(4), dash, ...group(4), dash, ...group(4), dash, ...group(12)];
}

/** The subjects of an organisation's jobs, as automata. */
type Automata = {
  /** Those of V2 tokens, and at last that of V1's. */
  readonly each: readonly Machine[];
  /** Whatever begins as the subject of a job does; users, origins and refs are left open. */
  readonly any: Machine;
};

/** Those of the organisations that were asked about, nearly always one; all are dropped when there are many. */
const automata = new Map<string | null, Automata>();
const automataMax = 20;

function automataOf(organizationId: string | null): Automata {
  const known = automata.get(organizationId);
  if (known !== undefined) return known;
  const text = (name: string): Piece => ({ kind: "text", text: `/${name}/` });
  const project: readonly Piece[] = [
    { kind: "text", text: "org/" },
    ...uuidPieces(organizationId),
    text("project"),
    ...uuidPieces(null),
    text("user"),
  ];
  const job = [...project, ...uuidPieces(null)];
  const ofOrigins = originPieces.map((origin) =>
    grammarMachine([...job, text("vcs-origin"), ...origin, text("vcs-ref"), ...refPieces]),
  );
  const made = {
    each: [...ofOrigins, grammarMachine(job)],
    any: grammarMachine([...project, { kind: "rest" }]),
  };
  if (automata.size >= automataMax) automata.clear();
  automata.set(organizationId, made);
  return made;
}

/**
 * Every subject of a job's token, as automata: those of V2 tokens, and at last that of V1's. Forked pull
 * requests are V2 tokens of a certain branch, and the audit-log stream has one subject, which needs no automaton.
 */
export function subjectMachines({
  organizationId,
}: Pick<CircleciProvider, "organizationId">): readonly Machine[] {
  return automataOf(organizationId).each;
}

const jobGrammar = new RegExp(
  `^org/(${uuid})/project/(${uuid})/user/(${uuid})(?:/vcs-origin/(.+?)/vcs-ref/(refs/(?:heads|tags)/.+))?$`,
);

const streamGrammar = new RegExp(`^org/(${uuid})/file-streaming/audit-logs$`);

export type Subject =
  | {
      readonly kind: "job";
      readonly organizationId: string;
      readonly projectId: string;
      readonly userId: string;
      /** Null in V1 tokens and those of custom webhooks. */
      readonly origin: string | null;
      readonly ref: string | null;
    }
  | { readonly kind: "audit-log-stream"; readonly organizationId: string };

/** Reads a `sub` claim; null where CircleCI never writes one like it. */
export function parseSubject(text: string): Subject | null {
  const stream = streamGrammar.exec(text);
  if (stream !== null) return { kind: "audit-log-stream", organizationId: stream[1] ?? "" };
  const job = jobGrammar.exec(text);
  if (job === null) return null;
  const [, organizationId = "", projectId = "", userId = "", from = null, ref = null] = job;
  return { kind: "job", organizationId, projectId, userId, origin: from, ref };
}

/** Can CircleCI have written it? Its origin is a repository's, and git takes its ref. */
export function isWritten(subject: Subject): boolean {
  if (subject.kind === "audit-log-stream" || subject.origin === null) return true;
  return isOrigin(subject.origin) && isRef(subject.ref ?? "");
}

/** Which kind of token carries a subject from a provider; null where none does. */
export function shapeOf(provider: CircleciProvider, subject: Subject): TokenShape | null {
  if (provider.organizationId === null) return subject.kind === "job" ? "root-issuer" : null;
  if (subject.organizationId !== provider.organizationId) return null;
  if (subject.kind === "audit-log-stream") return subject.kind;
  if (subject.ref === null) return "v1";
  return /^refs\/heads\/pull\/\d+$/.test(subject.ref) ? "fork-pull-request" : "v2";
}

/** What people call the tokens of a shape. */
export function shapeName(shape: TokenShape): string {
  switch (shape) {
    case "v2":
      return "a job's V2 token";
    case "v1":
      return "a job's V1 token (a custom webhook's V2 token looks the same)";
    case "fork-pull-request":
      return "the V2 token of a job for a forked pull request";
    case "audit-log-stream":
      return "the token of CircleCI's audit-log stream";
    case "root-issuer":
      return "a job's token from the issuer that all organisations share";
    default:
      return shape satisfies never;
  }
}

/** What STS knows of one key when a CircleCI token is presented. */
type KeyPresence =
  | { readonly kind: "absent" }
  | { readonly kind: "exactly"; readonly value: string }
  /** There, with a value that the caller or the moment decides; `sample` is a plausible one. */
  | { readonly kind: "present"; readonly sample: string }
  /** There in some requests; `usual` where nearly every one has it. */
  | { readonly kind: "either"; readonly sample: string; readonly usual?: true };

const absent: KeyPresence = { kind: "absent" };

/** What a request holds of a key unless something else is known of it; null where it has none. */
export function usualValue(presence: KeyPresence): string | null {
  switch (presence.kind) {
    case "absent":
      return null;
    case "exactly":
      return presence.value;
    case "present":
      return presence.sample;
    case "either":
      return presence.usual === true ? presence.sample : null;
    default:
      return presence satisfies never;
  }
}

/**
 * What a key holds in an AssumeRoleWithWebIdentity request with a CircleCI token. The provider's
 * own aud, sub and project-id keys are not answered here: they come from the token.
 *
 * @param key in lower case
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function keyPresence(provider: CircleciProvider, key: string): KeyPresence {
  const known = presences.get(key);
  if (known !== undefined) return known;
  if (key === "aws:federatedprovider") return { kind: "exactly", value: provider.arn };
  if (/^(?:aws|iam):resourcetag\//.test(key)) return { kind: "either", sample: "value" };
  // A context provider fills these, and whether the trust policy sees them no page says.
  if (/^aws:(?:originidentity|transactioncontext)\//.test(key)) {
    return { kind: "either", sample: "value" };
  }
  return absent;
}

const presences: ReadonlyMap<string, KeyPresence> = new Map<string, KeyPresence>([
  ["sts:rolesessionname", { kind: "present", sample: "deploy" }],
  ["sts:roleauthorizedbyidp", { kind: "exactly", value: "false" }],
  ["aws:securetransport", { kind: "exactly", value: "true" }],
  ["aws:viaawsservice", { kind: "exactly", value: "false" }],
  // Of the role, "for most service actions": whether STS is one of those is not said.
  ["aws:resourceaccount", { kind: "either", sample: "123456789012" }],
  ["aws:resourceorgid", { kind: "either", sample: "o-a1b2c3d4e5" }],
  ["aws:resourceorgpaths", { kind: "either", sample: "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/" }],
  ["aws:currenttime", { kind: "present", sample: "2026-11-22T12:00:00Z" }],
  ["aws:epochtime", { kind: "present", sample: "1795348800" }],
  // A request through a VPC endpoint has aws:VpcSourceIp in its place.
  ["aws:sourceip", { kind: "either", sample: "192.0.2.2", usual: true }],
  ["aws:useragent", { kind: "either", sample: "aws-cli/2" }],
  ["aws:requestedregion", { kind: "present", sample: "us-east-1" }],
  ["aws:sourcevpc", { kind: "either", sample: "vpc-0a1b2c3d" }],
  ["aws:sourcevpce", { kind: "either", sample: "vpce-0a1b2c3d" }],
  ["aws:vpcsourceip", { kind: "either", sample: "10.0.0.2" }],
]);
