import type { Account } from "../aws/account.ts";
import { circleciProviderOf } from "../circleci/tokens.ts";
import {
  compareTrust,
  type Direction,
  describeWitness,
  isImpossible,
  mayWiden,
  type Witness,
  witnessOf,
} from "../compare/index.ts";
import type { DocumentDraft, ProjectDraft } from "../document/draft.ts";
import { type EnvironmentDocument, parseEnvironment } from "../document/index.ts";
import { providerArn, writeTrustPolicy } from "../trust/index.ts";
import { capital, listed } from "./role.ts";
import { readSubject } from "./subjects.ts";
import { type TrustPiece, trustPartsOf, withAudiences } from "./trust-pieces.ts";

type Projects = DocumentDraft["trust"]["projects"];

/** Whose jobs a role lets in, as far as a document can say it. */
export type TrustDraft = {
  /** Null where the role trusts no organisation of CircleCI by itself. */
  readonly organizationId: string | null;
  readonly audiences: readonly string[];
  /** Null where nothing that the role admits can be said. */
  readonly projects: Projects | null;
};

type TrustContext = {
  /** Raw text of the role's trust policy. */
  readonly trustPolicy: string;
  readonly account: Account;
  readonly now: Date;
};

/**
 * What a document can say of a trust policy: only what the role admits already, by the engine. A
 * condition that is true for every caller who can exist may be left out, as may be a user; audiences
 * are the one exception, since every document takes the organisation's own id.
 *
 * @param organizationId the organisation that is meant; null: the first that the role trusts
 */
export function trustDraftOf(context: TrustContext, organizationId: string | null): TrustDraft {
  const { pieces, organizations } = trustPartsOf(context.trustPolicy);
  const organization = organizationId ?? organizations[0] ?? null;
  const carried = pieces
    .filter((piece) => piece.organizationId === organization)
    .map((piece) => ({ piece, ...carriedOf(piece, context) }))
    .filter(({ projects }) => projects !== null);
  const kept = withOneAudience(carried);
  return {
    organizationId: organization,
    audiences: audiencesOf(kept.map(({ piece }) => piece)),
    projects: joined(
      kept.flatMap(({ projects }) => (projects === null ? [] : [projects])),
      context.now,
    ),
  };
}

type Carried = {
  /** Null: nothing of the piece can be said. */
  readonly projects: Projects | null;
  /** Why, or why not all of it: the end of a sentence whose subject is the piece. */
  readonly why: string | null;
};

/** What of one piece the role admits in a document's words. */
function carriedOf(piece: TrustPiece, context: TrustContext): Carried {
  if (isDead(piece)) {
    const why = `${subjectOf(piece)}, in which a * is a character, so nobody gets in by it; use StringLike`;
    return { projects: null, why };
  }
  if (piece.audiences?.length === 0) {
    const why = `${subjectOf(piece)} and for no audience that a document can name`;
    return { projects: null, why };
  }
  const read = readSubject(piece.subject?.pattern ?? null, piece.projectIds);
  if (read.kind === "no-words") return { projects: null, why: `${subjectOf(piece)}, ${read.why}` };
  const proposals: readonly Projects[] =
    read.kind === "every-project"
      ? ["all"]
      : read.entries.map((entry) => [
          { ...entry, ...(piece.until === null ? {} : { until: piece.until }) },
        ]);
  const tried = proposals.map((projects) => ({ projects, why: whyNot(projects, piece, context) }));
  const fit = tried.flatMap(({ projects, why }) => (why === null ? [projects] : []));
  const why = tried.find((each) => each.why !== null)?.why ?? null;
  return { projects: joined(fit, null), why };
}

/** Does it ask for a `*` or `?` as a character? No token has one where people write them. */
function isDead({ subject }: TrustPiece): boolean {
  return subject?.isLiteral === true && /[*?]/.test(subject.pattern);
}

function subjectOf({ subject }: TrustPiece): string {
  return subject === null
    ? "asks for no subject"
    : `asks for ${subject.operator} sub ${subject.pattern}`;
}

/** Why a document with these projects alone would admit more than the role; null where it would not. */
function whyNot(projects: Projects, piece: TrustPiece, context: TrustContext): string | null {
  const { organizationId, provider } = piece;
  const draft = { circleci: { organizationId }, trust: { projects }, deploy: {} };
  const reading = readDraft(draft);
  if (reading.kind === "invalid") {
    const [{ path, allowed }] = reading.problems;
    return `${subjectOf(piece)}; a document takes at ${path}: ${allowed}`;
  }
  const written = trustTextOf(reading.document, context);
  if (written === null) return `${subjectOf(piece)}, for which IAM has no room`;
  const text = withAudiences(written, provider, piece.audiences ?? [organizationId]);
  const { widening } = compareTrust({ before: [context.trustPolicy], after: [text] });
  if (isImpossible(widening)) return null;
  if (piece.others.length > 0) return othersSay(piece);
  return `${subjectOf(piece)}, and a document would let in more${exampleOf(widening)}`;
}

function othersSay({ others }: TrustPiece): string {
  const each = others.map(({ operator, keyText, values }) => {
    return `${operator} ${keyText} = ${listed(values)}`;
  });
  return `asks for ${each.join(" and ")}, which no document can say`;
}

function readDraft(draft: DocumentDraft) {
  const text = JSON.stringify(draft);
  return parseEnvironment({ parameter: "", version: 0, text, region: "us-east-1" });
}

/** The trust policy of a document as text; null where IAM has no room for it. */
export function trustTextOf(
  document: EnvironmentDocument,
  { account, now }: Pick<TrustContext, "account" | "now">,
): string | null {
  const written = writeTrustPolicy({ document, account, now });
  return written.kind === "written" ? JSON.stringify(written.policy) : null;
}

function exampleOf(direction: Direction<Witness>): string {
  const subject = subjectIn(witnessOf(direction));
  return subject === null ? "" : `, with sub = ${subject}`;
}

function subjectIn(witness: Witness | null): string | null {
  const found = Object.entries(witness?.context ?? {}).find(([key]) => /:sub$/i.test(key));
  return found?.[1][0] ?? null;
}

type CarriedPiece = { readonly piece: TrustPiece } & Carried;

/** Where some statements take the organisation's id and others do not, those others are left out. */
function withOneAudience(carried: readonly CarriedPiece[]): readonly CarriedPiece[] {
  const usual = carried.filter(({ piece }) => takesOrganization(piece));
  return usual.length > 0 ? usual : carried;
}

function takesOrganization({ audiences, organizationId }: TrustPiece): boolean {
  return audiences === null || audiences.includes(organizationId);
}

/** The further audiences that every one of the pieces takes. */
function audiencesOf(pieces: readonly TrustPiece[]): readonly string[] {
  const named = pieces.map(({ audiences, organizationId }) => audiences ?? [organizationId]);
  const [first = []] = named;
  const organization = pieces[0]?.organizationId;
  const shared = first.filter((audience) => named.every((each) => each.includes(audience)));
  // Without any in common a document takes what the first statement takes.
  return (shared.length > 0 ? shared : first).filter((audience) => audience !== organization);
}

/**
 * Proposals as one: refs of one repository in one entry. Entries that have ended are left out unless
 * nothing else is there.
 */
function joined(parts: readonly Projects[], now: Date | null): Projects | null {
  if (parts.includes("all")) return "all";
  const entries = parts.flatMap((part) => (part === "all" ? [] : part));
  if (entries.length === 0) return null;
  const standing = entries.filter(
    ({ until }) => now === null || until === undefined || Date.parse(until) > now.getTime(),
  );
  const alike = Map.groupBy(standing.length > 0 ? standing : entries, (entry) =>
    JSON.stringify([entry.id, entry.origin, entry.refs === undefined, entry.until]),
  );
  return [...alike.values()].flatMap((same): readonly ProjectDraft[] => {
    const [first] = same;
    if (first === undefined) return [];
    if (first.refs === undefined) return [first];
    return [{ ...first, refs: [...new Set(same.flatMap(({ refs = [] }) => refs))] }];
  });
}

/** Why no document says whose jobs a trust policy lets in, one sentence for each statement and pattern. */
export function trustUnsaid(trustPolicy: string, where: Omit<TrustContext, "trustPolicy">) {
  const context = { ...where, trustPolicy };
  const { pieces, foreign } = trustPartsOf(trustPolicy);
  const unsaid = pieces.flatMap((piece) => {
    const { why } = carriedOf(piece, context);
    return why === null ? [] : [`${piece.says} ${why}`];
  });
  return inTrustPolicy([...foreign, ...unsaid]);
}

/**
 * What of a trust policy a document does not say, one sentence for each statement and pattern. Each is
 * compared with what the document would write: a sentence is missing only where the engine has proved
 * that nothing a caller can do is lost.
 */
export function trustLeftOut(
  context: TrustContext,
  written: { readonly document: EnvironmentDocument; readonly roleName: string },
): readonly string[] {
  const { pieces, foreign } = trustPartsOf(context.trustPolicy);
  const after = trustTextOf(written.document, context);
  const lost = pieces.flatMap((piece) => {
    const { widening } = compareTrust({
      before: after === null ? [] : [after],
      after: [piece.text],
    });
    const why = whyLost(piece, widening, { ...written, context });
    return why === null ? [] : [`${piece.says} ${why}`];
  });
  // A condition goes also where no caller is known who would see a difference.
  const conditions = pieces
    .filter(({ others, organizationId }) => {
      return others.length > 0 && organizationId === written.document.circleci.organizationId;
    })
    .map((piece) => `${piece.says} ${othersSay(piece)}`);
  const own = ownAudience(after, written.document, context);
  return inTrustPolicy([...foreign, ...lost, ...conditions, ...own]);
}

/** Sentences on the trust policy, each once. */
function inTrustPolicy(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].map((text) => capital(`trust policy: ${text}`));
}

/** The one thing that a document adds by itself: every one takes the organisation's id as audience. */
function ownAudience(
  after: string | null,
  { circleci }: EnvironmentDocument,
  { trustPolicy, account }: TrustContext,
): readonly string[] {
  const { organizationId, audiences } = circleci;
  const provider = circleciProviderOf(providerArn(account, organizationId));
  if (after === null || provider === null || audiences.length === 0) return [];
  const isMore = (text: string) =>
    !isImpossible(compareTrust({ before: [trustPolicy], after: [text] }).widening);
  if (!isMore(after) || isMore(withAudiences(after, provider, audiences))) return [];
  return [
    `not every statement takes the audience ${organizationId}, and every document does: more tokens get in`,
  ];
}

/** Null where nothing of the piece is lost, or nothing that anybody could miss. */
function whyLost(
  piece: TrustPiece,
  widening: Direction<Witness>,
  given: {
    readonly document: EnvironmentDocument;
    readonly roleName: string;
    readonly context: TrustContext;
  },
): string | null {
  if (!mayWiden(widening)) return null;
  const { circleci } = given.document;
  if (piece.organizationId !== circleci.organizationId) {
    return `lets in organisation ${piece.organizationId}, and a document names one organisation`;
  }
  const carried = carriedOf(piece, given.context);
  if (carried.why !== null || isImpossible(widening)) return carried.why;
  if (piece.audiences === null) {
    return "asks for no audience by name, and a document takes the organisation's id and circleci.audiences only";
  }
  const taken = [circleci.organizationId, ...circleci.audiences];
  const audiences = piece.audiences.filter((audience) => !taken.includes(audience));
  if (audiences.length > 0) {
    return `takes the audience ${listed(audiences)}, which another statement does not: a document has the same for all`;
  }
  if (piece.until !== null && Date.parse(piece.until) <= given.context.now.getTime()) {
    return `ended at ${piece.until}`;
  }
  const witness = witnessOf(widening);
  if (witness?.reachable !== true) {
    return `${subjectOf(piece)}; the document asks for more, and no caller is known who would miss it`;
  }
  return `${subjectOf(piece)}; by the document this ends, for example: ${describeWitness(witness, given.roleName)}`;
}
