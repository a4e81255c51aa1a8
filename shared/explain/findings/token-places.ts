import { uuidGlob } from "../../circleci/tokens.ts";
import { unionOf } from "../../language/machine.ts";
import { literalPattern } from "../../language/pattern.ts";
import { plainBranch, type Shape, subjectsOfShape } from "./subject-grammar.ts";
import { globs, type SubjectSet, stranger } from "./subject-set.ts";

export type TokenKind =
  /** CircleCI: a job of any kind, of a branch, of a tag, of a pull request; the audit-log stream. */
  | "job"
  | "branch"
  | "tag"
  | "pull"
  | "stream"
  /** Other issuers: whatever there is. */
  | "any";

/** Somewhere to look for a subject: in one set, and not in the other. */
export type Place = { readonly inside: SubjectSet; readonly outside?: SubjectSet };

/** Subjects to look at first, and all there are, each place by itself. */
type Places = { readonly nice: readonly Place[]; readonly all: readonly Place[] };

/**
 * Where to look for a token of CircleCI's: first among subjects that read well, of a strange
 * repository and user, since those show most.
 */
export function placesOf(
  tokens: Exclude<TokenKind, "any">,
  organizationId: string | null,
  memo: (identity: string, make: () => SubjectSet["set"]) => SubjectSet,
): Places {
  if (tokens === "stream") {
    const stream = `org/${organizationId}/file-streaming/audit-logs`;
    const set = { kind: "patterns", patterns: [literalPattern(stream)] } as const;
    return { nice: [], all: [{ inside: { set, identity: `stream|${stream}` } }] };
  }
  const place = (name: string, shapes: () => readonly Shape[]): Place => ({
    inside: memo(`${name}|${organizationId}`, () => ({
      kind: "machine",
      machine: unionOf(shapes().map(subjectsOfShape)),
    })),
  });
  const nice = niceShapes(tokens).map((shape, at) =>
    place(`nice ${tokens} ${at}`, () => [{ organizationId, ...shape }]),
  );
  const all = (origin: "plain" | "deep"): readonly Shape[] =>
    refsOf(tokens).map((refs) => ({ organizationId, origin, refs }));
  const bare: readonly Shape[] =
    tokens === "job" ? [{ organizationId, origin: "none", refs: "branches" }] : [];
  // GitHub and Bitbucket have owners and repositories, and no groups below them.
  const flat = globs(...["github.com", "bitbucket.org"].map((host) => jobAt(`${host}/*`)));
  return {
    nice,
    all: [
      place(`plain|${tokens}`, () => [...bare, ...all("plain")]),
      { ...place(`deep|${tokens}`, () => all("deep")), outside: flat },
    ],
  };
}

const main = { kind: "text", text: "heads/main" } as const;
const pull = { kind: "text", text: "heads/pull/7" } as const;

type JobKind = Exclude<TokenKind, "stream" | "any">;

function refsOf(tokens: JobKind): readonly Shape["refs"][] {
  switch (tokens) {
    case "job":
      return ["branches", "tags"];
    case "branch":
      return ["branches"];
    case "tag":
      return ["tags"];
    case "pull":
      return [pull];
    default:
      return tokens satisfies never;
  }
}

function niceShapes(tokens: JobKind): readonly Omit<Shape, "organizationId">[] {
  const known = { userId: stranger.user };
  const strange = { ...known, origin: { named: stranger.origin } };
  if (tokens === "pull") return [{ ...strange, refs: pull }];
  if (tokens === "tag") return [{ ...strange, refs: "tags" }];
  return [
    { ...strange, projectId: stranger.project, refs: main },
    { ...strange, refs: main },
    { ...strange, refs: plainBranch("x/") },
    { ...known, origin: "plain", refs: plainBranch("x/") },
  ];
}

/** A pattern of the subjects of jobs whose origin and ref begin so. */
function jobAt(origin: string): string {
  return `org/${uuidGlob}/project/${uuidGlob}/user/${uuidGlob}/vcs-origin/${origin}`;
}
