import { comparePermissions, compareTrust, isImpossible, mayWiden } from "../compare/index.ts";
import type { EnvironmentDocument, ProjectEntry } from "../document/index.ts";
import { type KindName, kindNames, noTargets, type Piece, targetKinds } from "../targets/index.ts";
import {
  type Account,
  type ParameterPlace,
  standingEntries,
  writeTrustPolicy,
} from "../trust/index.ts";
import { canonical } from "./canonical.ts";
import { namedPermissions } from "./named-targets.ts";
import type { ObservedTargets } from "./observed.ts";

/** A document that is compared, and what the comparison hangs on beside it. */
export type Compared = {
  readonly next: EnvironmentDocument;
  readonly targets: (region: string) => ObservedTargets;
  readonly account: Account;
  readonly place: ParameterPlace;
  readonly now: Date;
};

/** What a document is compared with: raw texts of policies, and the document that they are of, if any. */
export type Baseline = {
  readonly texts: readonly string[];
  readonly document: EnvironmentDocument | null;
};

/**
 * What a document admits or grants and its baseline does not, in the document's own words. Each is
 * decided by the engine, and so is whether they are the whole of it.
 */
export type InWords = {
  readonly says: readonly string[];
  /** Is there nothing new beside what the words say, a request that nobody can make apart? */
  readonly whole: boolean;
};

/** The projects, refs and audiences that a document newly admits. */
export function newlyAdmitted(
  { texts, document: before }: Baseline,
  { next, account, now }: Pick<Compared, "next" | "account" | "now">,
): InWords {
  const { organizationId, audiences } = next.circleci;
  const textOf = (projects: Projects, asked: readonly string[]): string => {
    const document = { ...next, trust: { projects } };
    const written = writeTrustPolicy({ document, account, now, audiences: asked });
    return written.kind === "written" ? JSON.stringify(written.policy) : "";
  };
  const within = (known: readonly string[], after: string): boolean =>
    known.length > 0 && isImpossible(compareTrust({ before: known, after: [after] }).widening);
  const sameOrganisation = before?.circleci.organizationId === organizationId;
  const old = before !== null && sameOrganisation ? standing(before, now) : [];
  const fresh = piecesOf(standing(next, now), old).filter(
    (piece) => !within(texts, textOf(together([piece]), [organizationId])),
  );
  const usual = sameOrganisation ? (before?.circleci.audiences ?? []) : [];
  const known = [...texts];
  if (fresh.length > 0) {
    const asked = [organizationId, ...audiences.filter((audience) => usual.includes(audience))];
    known.push(textOf(together(fresh), asked));
  }
  const { projects } = next.trust;
  const heard = audiences.filter((audience) => !within(known, textOf(projects, [audience])));
  if (heard.length > 0) known.push(textOf(projects, heard));
  const moved = before !== null && !sameOrganisation && fresh.length > 0;
  return {
    says: [
      ...(moved ? [`tokens of organisation ${organizationId}`] : []),
      ...projectWords(fresh, old, organizationId),
      ...heard.map((audience) => `tokens with the audience ${audience}`),
    ],
    whole: within(known, textOf(projects, [organizationId, ...audiences])),
  };
}

type Projects = EnvironmentDocument["trust"]["projects"];

/** `all`, or an entry with one ref at most. */
type TrustPiece = "all" | ProjectEntry;

function standing({ trust: { projects } }: EnvironmentDocument, now: Date): readonly TrustPiece[] {
  return projects === "all" ? [projects] : standingEntries(projects, now);
}

/** What of these is not word by word among the old ones, one ref each. */
function piecesOf(
  entries: readonly TrustPiece[],
  old: readonly TrustPiece[],
): readonly TrustPiece[] {
  const known = new Set(old.map(canonical));
  return entries
    .filter((entry) => !known.has(canonical(entry)))
    .flatMap((entry): readonly TrustPiece[] =>
      entry === "all" || entry.refs === undefined
        ? [entry]
        : entry.refs.map((ref) => ({ ...entry, refs: [ref] })),
    );
}

function together(pieces: readonly TrustPiece[]): Projects {
  const entries = pieces.filter((piece) => piece !== "all");
  return entries.length < pieces.length ? "all" : entries;
}

function projectWords(
  fresh: readonly TrustPiece[],
  old: readonly TrustPiece[],
  organization: string,
): readonly string[] {
  const groups = Map.groupBy(fresh, (piece) =>
    piece === "all" ? piece : canonical([piece.id, piece.origin, piece.until]),
  );
  return [...groups.values()].map((pieces) => {
    const [first = "all"] = pieces;
    if (first === "all") return `every project of organisation ${organization}`;
    const each = pieces.map((piece) => (piece === "all" ? [] : (piece.refs ?? [])));
    // One that names no ref is for every ref, whatever else is listed.
    const refs = each.some((named) => named.length === 0) ? [] : each.flat();
    const soFar = old.flatMap((entry) =>
      entry !== "all" && entry.id === first.id ? [limits(entry, entry.refs ?? [])] : [],
    );
    const before = soFar.length === 0 ? "" : ` (so far ${soFar.join("; ")})`;
    return `project ${first.id}: ${limits(first, refs)}${before}`;
  });
}

function limits({ origin, until }: ProjectEntry, refs: readonly string[]): string {
  const which = refs.length === 0 ? "every ref" : refs.join(", ");
  const end = until === undefined ? "" : ` until ${until}`;
  return `${which} of ${origin ?? "any repository"}${end}`;
}

/** A part of what a document grants, as a document that grants nothing else. */
type GrantPiece = {
  /** What the part is of; parts of one subject are said together. */
  readonly of: string;
  readonly says: string;
  readonly alone: EnvironmentDocument;
};

/** The targets and their words, and what else a document newly grants. */
export function newlyGranted(
  baseline: Baseline,
  { next, targets: observed, account, place }: Omit<Compared, "now">,
): InWords {
  const textOf = (document: EnvironmentDocument): string =>
    namedPermissions({ document, observed, account, place });
  const known = [...baseline.texts];
  const within = (after: string): boolean =>
    known.length > 0 && !mayWiden(comparePermissions({ before: known, after: [after] }).widening);
  const { pieces, shared } = grantPieces(next, baseline.document);
  const freshOf = (some: readonly GrantPiece[]): readonly GrantPiece[] => {
    const fresh = some.filter(({ alone }) => !within(textOf(alone)));
    known.push(...fresh.map(({ alone }) => textOf(alone)));
    return fresh;
  };
  const fresh = [...freshOf(pieces), ...freshOf(shared)];
  const says = [...Map.groupBy(fresh, ({ of }) => of)].map(([of, parts]) => {
    const words = parts.flatMap(({ says: word }) => (word === "" ? [] : [word]));
    return words.length === 0 ? of : `${of}: ${words.join(", ")}`;
  });
  return { says, whole: within(textOf(next)) };
}

/** What a document grants that is not word by word in the other one, and what follows from it. */
function grantPieces(
  next: EnvironmentDocument,
  before: EnvironmentDocument | null,
): { readonly pieces: readonly GrantPiece[]; readonly shared: readonly GrantPiece[] } {
  const { region } = next.deploy;
  const bare = { ...next, policy: { ...next.policy, readOutputs: false } };
  const nothing = { ...noTargets, region };
  const moved = before !== null && before.deploy.region !== region;
  const shared: GrantPiece[] = [];
  const ofKind = <Name extends KindName>(name: Name): readonly GrantPiece[] => {
    const { noun, pieces, together: sentence } = targetKinds[name];
    const entries = next.deploy[name];
    const old = before === null || moved ? [] : before.deploy[name];
    const known = new Set(old.map(canonical));
    const added = entries.filter((entry) => !known.has(canonical(entry)));
    if (sentence !== undefined && added.length > 0) {
      const alone = { ...bare, deploy: { ...nothing, [name]: entries } };
      shared.push({ of: sentence, says: "", alone });
    }
    return added.flatMap(pieces).map(({ entry, target, says }: Piece<unknown>) => ({
      of: `${noun} ${target}${moved ? ` in ${region}` : ""}`,
      says,
      alone: { ...bare, deploy: { ...nothing, [name]: [entry] } },
    }));
  };
  const pieces = kindNames.flatMap(ofKind);
  const outputs = { ...next, deploy: nothing };
  return {
    pieces: next.policy.readOutputs
      ? [...pieces, { of: "its own outputs in Parameter Store", says: "", alone: outputs }]
      : pieces,
    shared,
  };
}

/** Words as a reader gets them: where they are not the whole of it, the last one says so. */
export function saidOf({ says, whole }: InWords, isProved: boolean): readonly string[] {
  if (whole) return says.length > 0 ? says : ["only a request that nobody can make"];
  const more = says.length > 0 ? "and more than these words say" : "more than words say here";
  return [...says, isProved ? `${more}: see the example` : `${more}, or it could not be decided`];
}
