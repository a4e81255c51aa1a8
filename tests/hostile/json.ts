import fc from "fast-check";
import { hostileText } from "./texts.ts";

/**
 * JSON as text, so that it can be what no value of JavaScript is: a member given twice, `-0`, a number
 * of four hundred digits.
 */
type Node =
  | { readonly kind: "object"; readonly members: readonly Member[] }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "text"; readonly text: string }
  /** Anything else, letter by letter. */
  | { readonly kind: "word"; readonly word: string };

type Member = { readonly name: string; readonly value: Node };

function nodeOf(value: unknown): Node {
  if (typeof value === "string") return { kind: "text", text: value };
  if (Array.isArray(value)) return { kind: "list", items: value.map(nodeOf) };
  if (typeof value !== "object" || value === null) {
    return { kind: "word", word: JSON.stringify(value) ?? "null" };
  }
  const members = Object.entries(value).map(([name, each]) => ({ name, value: nodeOf(each) }));
  return { kind: "object", members };
}

function textOf(node: Node): string {
  switch (node.kind) {
    case "text":
      return JSON.stringify(node.text);
    case "word":
      return node.word;
    case "list":
      return `[${node.items.map(textOf).join(",")}]`;
    case "object":
      return `{${node.members.map(({ name, value }) => `${JSON.stringify(name)}:${textOf(value)}`).join(",")}}`;
    default:
      return node satisfies never;
  }
}

function countOf(node: Node): number {
  switch (node.kind) {
    case "list":
      return node.items.reduce((sum, item) => sum + countOf(item), 1);
    case "object":
      return node.members.reduce((sum, { value }) => sum + countOf(value), 1);
    default:
      return 1;
  }
}

/** The node with one of it changed: the one of this number, counted from the outside in. */
function changedAt(node: Node, number: number, change: (node: Node) => Node): Node {
  if (number === 0) return change(node);
  let left = number - 1;
  const inside = (child: Node): Node => {
    const size = countOf(child);
    const at = left;
    left -= size;
    return at >= 0 && at < size ? changedAt(child, at, change) : child;
  };
  switch (node.kind) {
    case "list":
      return { ...node, items: node.items.map(inside) };
    case "object":
      return {
        ...node,
        members: node.members.map(({ name, value }) => ({ name, value: inside(value) })),
      };
    default:
      return node;
  }
}

const oddWords: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1.5",
  "1e999",
  "1e-999",
  "9".repeat(400),
  "9007199254740993",
  "2147483648",
  "[]",
  "{}",
  "[[[]]]",
  '{"length":-1}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":null,"valueOf":null}',
  '{"then":"x"}',
  `${"[".repeat(60)}${"]".repeat(60)}`,
  `${'{"a":'.repeat(200)}1${"}".repeat(200)}`,
  // Deeper than JSON.stringify can go.
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  // A text that is JSON in itself, as a policy is, and deeper than a reviver can go.
  `"${"[".repeat(6_000)}${"]".repeat(6_000)}"`,
  `[${"0,".repeat(3_000)}0]`,
  '"\\ud800"',
  '"\\u0000"',
];

export type Mutation = {
  readonly at: number;
  readonly how:
    | { readonly do: "replace"; readonly word: string }
    | { readonly do: "plant"; readonly text: string; readonly where: "all" | "front" | "end" }
    | { readonly do: "name"; readonly text: string; readonly which: number }
    | { readonly do: "twice"; readonly which: number; readonly word: string }
    | { readonly do: "add"; readonly text: string; readonly word: string }
    | { readonly do: "drop"; readonly which: number }
    | { readonly do: "wrap"; readonly in: "list" | "object" };
};

const name = fc.oneof(
  hostileText,
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty"),
);
const word = fc.oneof(
  fc.constantFrom(...oddWords),
  hostileText.map((text) => JSON.stringify(text)),
);
const which = fc.nat(30);

const how: fc.Arbitrary<Mutation["how"]> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("replace" as const), word }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("plant" as const),
      text: hostileText,
      where: fc.constantFrom("all" as const, "front" as const, "end" as const),
    }),
  },
  fc.record({ do: fc.constant("name" as const), text: name, which }),
  fc.record({ do: fc.constant("twice" as const), which, word }),
  fc.record({ do: fc.constant("add" as const), text: name, word }),
  fc.record({ do: fc.constant("drop" as const), which }),
  fc.record({ do: fc.constant("wrap" as const), in: fc.constantFrom("list", "object") }),
);

export const mutations = fc.array(fc.record({ at: fc.nat(100_000), how }), {
  minLength: 1,
  maxLength: 4,
});

function mutate(node: Node, { how: done }: Mutation): Node {
  switch (done.do) {
    case "replace":
      return { kind: "word", word: done.word };
    case "plant":
      return planted(node, done);
    case "wrap":
      return done.in === "list"
        ? { kind: "list", items: [node, node] }
        : { kind: "object", members: [{ name: "value", value: node }] };
    default:
      return node.kind === "object" ? { ...node, members: membersAfter(node.members, done) } : node;
  }
}

function planted(node: Node, how: Extract<Mutation["how"], { readonly do: "plant" }>): Node {
  if (node.kind !== "text" || how.where === "all") return { kind: "text", text: how.text };
  const text = how.where === "front" ? how.text + node.text : node.text + how.text;
  return { kind: "text", text };
}

function membersAfter(
  members: readonly Member[],
  done: Extract<Mutation["how"], { readonly do: "name" | "twice" | "add" | "drop" }>,
): readonly Member[] {
  if (done.do === "add") {
    return [...members, { name: done.text, value: { kind: "word", word: done.word } }];
  }
  const at = members.length === 0 ? -1 : done.which % members.length;
  return members.flatMap((member, index): readonly Member[] => {
    if (index !== at) return [member];
    switch (done.do) {
      case "name":
        return [{ ...member, name: done.text }];
      case "twice":
        return [member, { ...member, value: { kind: "word", word: done.word } }];
      case "drop":
        return [];
      default:
        return done satisfies never;
    }
  });
}

/** JSON text of something valid after some mutations anywhere in it. */
export function mutatedBy(valid: unknown, done: readonly Mutation[]): string {
  return textOf(
    done.reduce<Node>(
      (node, each) => changedAt(node, each.at % countOf(node), (found) => mutate(found, each)),
      nodeOf(valid),
    ),
  );
}

/** JSON text of one of several valid things after one to four mutations. */
export function mutatedJson(...valid: readonly unknown[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...valid), mutations)
    .map(([whole, done]) => mutatedBy(whole, done));
}
