import { originPieces, refName } from "../../circleci/grammar.ts";
import {
  type CharacterClass,
  characterClass,
  type GraphEdge,
  grammarMachine,
  type Machine,
  type Piece,
  segments,
} from "../../language/machine.ts";

/**
 * The subjects of jobs, by the form of their origin. An origin of which a segment is called
 * `vcs-ref` or `vcs-origin` is left out: its subject could be read in two ways.
 */
export type Shape = {
  /** Null: of every organisation. */
  readonly organizationId: string | null;
  readonly projectId?: string;
  readonly userId?: string;
  /** Nothing behind the user; a repository of an owner; one below more groups; this very one. */
  readonly origin: "none" | "plain" | "deep" | { readonly named: string };
  /** What a ref may be; every one is `refs/heads/` or `refs/tags/` and a name that git takes. */
  readonly refs: "branches" | "tags" | Piece | readonly Piece[];
};

const text = (value: string): Piece => ({ kind: "text", text: value });

/** An automaton of the subjects of a shape. */
export function subjectsOfShape(shape: Shape): Machine {
  const pieces: Piece[] = [
    text("org/"),
    ...id(shape.organizationId),
    text("/project/"),
    ...id(shape.projectId ?? null),
    text("/user/"),
    ...id(shape.userId ?? null),
  ];
  if (shape.origin === "none") return grammarMachine(pieces);
  const { refs } = shape;
  const ref =
    refs === "branches"
      ? [text("heads/"), refName]
      : refs === "tags"
        ? [text("tags/"), refName]
        : [refs].flat();
  return grammarMachine([
    ...pieces,
    text("/vcs-origin/"),
    ...origin(shape.origin),
    text("/vcs-ref/refs/"),
    ...ref,
  ]);
}

function id(given: string | null): readonly Piece[] {
  if (given !== null) return [text(given)];
  const of = characterClass("0123456789abcdef");
  return [8, 4, 4, 4, 12].flatMap((length, at) => [
    ...(at === 0 ? [] : [text("-")]),
    ...Array.from({ length }, (): Piece => ({ kind: "one", of })),
  ]);
}

function origin(form: Exclude<Shape["origin"], "none">): readonly Piece[] {
  if (typeof form === "object") return [text(form.named)];
  const [host] = originPieces[0] ?? [];
  return host === undefined ? [] : [host, path(form === "plain" ? 2 : 3)];
}

const small = "xabcdefghijklmnopqrstuvwyz";
const rest = "xabcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
/** Names that the words of a subject could be taken for. */
const shut: readonly string[] = ["vcs-ref", "vcs-origin"];

/** A slash and a name, so often; from three on, or more often. */
function path(names: 2 | 3): Piece {
  const edges: GraphEdge[] = [];
  const last: number[] = [];
  const first = (segment: number): number => 1 + segment * 40;
  edges.push({ from: 0, on: "/", to: first(0) });
  for (let segment = 0; segment < names; segment += 1) {
    const ends = nameEdges(first(segment), edges);
    const isLast = segment === names - 1;
    if (isLast) last.push(...ends);
    if (isLast && names === 2) continue;
    const next = first(isLast ? segment : segment + 1);
    for (const from of ends) edges.push({ from, on: "/", to: next });
  }
  return { kind: "graph", edges, last };
}

/** The edges of a name that begins at a state; gives the states in which it may end. */
function nameEdges(begin: number, edges: GraphEdge[]): readonly number[] {
  const dotted = begin + 1;
  const within = begin + 2;
  edges.push({ from: begin, on: ".", to: dotted });
  edges.push({ from: dotted, on: without([], rest), to: within });
  edges.push({ from: within, on: without([], `${rest}-.~`), to: within });
  const begins = [...new Set(shut.flatMap((word) => [...word].map((_, at) => word.slice(0, at))))];
  const read = (text: string): number => {
    if (text === "") return begin;
    const known = begins.indexOf(text);
    return begin + 2 + (known >= 0 ? known : begins.length + shut.indexOf(text));
  };
  const ends = [within];
  for (const text of [...begins, ...shut]) {
    const next = shut
      .filter((word) => word !== text && word.startsWith(text))
      .map((word) => word[text.length] ?? "");
    const from = read(text);
    if (text !== "" && !shut.includes(text)) ends.push(from);
    for (const letter of new Set(next)) edges.push({ from, on: letter, to: read(text + letter) });
    const others = without(next, text === "" ? rest : `${rest}-.~`);
    edges.push({ from, on: others, to: within });
  }
  return ends;
}

function without(taken: readonly string[], characters: string): CharacterClass {
  return characterClass([...characters].filter((one) => !taken.includes(one)).join(""));
}

/** A branch's name as a reader takes it in: small letters, digits and dashes between slashes. */
export function plainBranch(begin: string): readonly Piece[] {
  const first = characterClass(`${small}0123456789`);
  const more = characterClass(`${small}0123456789-.`);
  return [text(`heads/${begin}`), segments(first, more)];
}
