import {
  type CharacterClass,
  characterClass,
  type GraphEdge,
  grammarMachine,
  type Piece,
  segments,
} from "../language/machine.ts";
import { accepts } from "../language/walk.ts";

/** Letters that read as a placeholder come first: an example is made of the first that fits. */
const small = "xabcdefghijklmnopqrstuvwyz";
const digits = "0123456789";
const letters = `${small}${small.toUpperCase()}`;
/** Policies are in Latin-1, and git takes what lies beyond ASCII. */
const beyondAscii = Array.from({ length: 0x5f }, (_, at) => String.fromCharCode(0xa1 + at)).join(
  "",
);

/** A text without some of its characters. */
function without(characters: string, taken: string): CharacterClass {
  return characterClass([...characters].filter((one) => !taken.includes(one)).join(""));
}

/** What a name may hold, apart from the characters that git allows only beside certain others. */
const inRef = `${letters}${digits}_#!$%&'()+,=;<>|"\`]}-${beyondAscii}`;

/**
 * The states of a branch's or tag's name: at its beginning, at the beginning of a later component, within
 * one, and after what git restricts the next character of: `@` (no `{`), a dot (no other), `.lock`.
 */
const at = {
  begin: 0,
  component: 1,
  within: 2,
  sign: 3,
  dot: 4,
  l: 5,
  lo: 6,
  loc: 7,
  lock: 8,
} as const;

const lockLetters = new Map<number, string>([
  [at.dot, "l"],
  [at.l, "o"],
  [at.lo, "c"],
  [at.loc, "k"],
]);

function refEdges(): readonly GraphEdge[] {
  return Object.values(at).flatMap((from): readonly GraphEdge[] => {
    const next = lockLetters.get(from) ?? "";
    const starts = from === at.begin || from === at.component;
    // A branch is not made whose name begins with a dash, since commands read it as an option.
    const plain = without(inRef, from === at.begin ? "-" : next);
    const edges: GraphEdge[] = [
      { from, on: plain, to: at.within },
      { from, on: "@", to: at.sign },
    ];
    if (next !== "") edges.push({ from, on: next, to: from + 1 });
    if (from !== at.sign) edges.push({ from, on: "{", to: at.within });
    if (!starts && from !== at.dot) edges.push({ from, on: ".", to: at.dot });
    if (!starts && from !== at.lock) edges.push({ from, on: "/", to: at.component });
    return edges;
  });
}

/**
 * What git lets a branch or a tag be called, without `refs/heads/`.
 *
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export const refName: Piece = {
  kind: "graph",
  edges: refEdges(),
  last: [at.within, at.sign, at.l, at.lo, at.loc],
};

const inLabel = characterClass(`${small}${digits}`);
const dash = "-";

/** A host with a dot: labels, and a last one of letters alone. */
const host: Piece = {
  kind: "graph",
  edges: [
    { from: 0, on: inLabel, to: 1 },
    { from: 1, on: inLabel, to: 1 },
    { from: 1, on: dash, to: 2 },
    { from: 2, on: dash, to: 2 },
    { from: 2, on: inLabel, to: 1 },
    { from: 1, on: ".", to: 3 },
    { from: 3, on: inLabel, to: 1 },
    { from: 1, on: ".", to: 4 },
    { from: 4, on: characterClass(small), to: 5 },
    { from: 5, on: characterClass(small), to: 6 },
    { from: 6, on: characterClass(small), to: 6 },
  ],
  last: [6],
};

const nameFirst = characterClass(`${letters}${digits}_`);
const nameRest = characterClass(`${letters}${digits}-._~`);

/** An owner's or repository's name: a repository's may begin with a dot (`.github`). */
const name: Piece = {
  kind: "graph",
  edges: [
    { from: 0, on: nameFirst, to: 2 },
    { from: 0, on: characterClass("."), to: 1 },
    { from: 1, on: nameFirst, to: 2 },
    { from: 2, on: nameRest, to: 2 },
  ],
  last: [2],
};

const slash: Piece = { kind: "text", text: "/" };

/**
 * The origins that CircleCI writes: host, owner, repository; or a path of more groups, which hosts of
 * GitLab have.
 */
export const originPieces: readonly (readonly Piece[])[] = [
  [host, slash, name, slash, name],
  [host, slash, name, slash, segments(nameFirst, nameRest), slash, name],
];

const origins = originPieces.map(grammarMachine);

/** The whole name of a branch or a tag. */
export const refPieces: readonly Piece[] = [
  { kind: "text", text: "refs/" },
  {
    kind: "graph",
    edges: [
      ...[..."heads"].map((on, at) => ({ from: at, on, to: at + 1 })),
      ...[..."tags"].map((on, at) => ({ from: at === 0 ? 0 : 10 + at, on, to: 11 + at })),
    ],
    last: [5, 14],
  },
  slash,
  refName,
];

const refs = grammarMachine(refPieces);

/** Does CircleCI write such an origin? GitHub and Bitbucket have owners and repositories only. */
export function isOrigin(text: string): boolean {
  const isTooLong = /^(?:github\.com|bitbucket\.org)(?:\/[^/]+){3}/.test(text);
  return !isTooLong && origins.some((machine) => accepts(machine, text));
}

/** Does git take the whole name of a branch or tag, `refs/heads/main`? */
export function isRef(text: string): boolean {
  return accepts(refs, text);
}
