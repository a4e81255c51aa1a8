import type { HttpAnswer } from "../../sandbox/index.ts";
import { isRecord } from "../stack/template.ts";
import type { Kind } from "./fault-kinds.ts";

/** One member of an answer, in each entry of the lists that it is in, is not what AWS sends. */
type Change = { readonly says: string; readonly body: string };

/** An answer's body with one member after the other left out, null, or of another type. */
export function changesOf(body: string): readonly Change[] {
  return body.startsWith("<") ? changesInXml(body) : changesInJson(body);
}

/** The same as faults of a call whose answer that is, as long as it is as long as that answer. */
export function kindsOf(body: string): readonly Kind[] {
  return changesOf(body).map(({ says }): Kind => {
    const garbled = (answer: HttpAnswer): HttpAnswer => ({
      ...answer,
      body: changesOf(answer.body).find((change) => change.says === says)?.body ?? answer.body,
    });
    return { kind: says, fault: () => ({ at: "after", how: { garbled } }) };
  });
}

const gone = Symbol("left out");

const others: readonly (readonly [string, unknown])[] = [
  ["left out", gone],
  ["null", null],
  ["a number", 7],
  ["a text", "x"],
  ["an empty object", {}],
  ["a list of nothing", [null]],
];

function changesInJson(body: string): readonly Change[] {
  let whole: unknown;
  try {
    whole = JSON.parse(body);
  } catch {
    return [];
  }
  const members = new Map(pathsIn(whole, []).map(([path, value]) => [path.join("."), value]));
  return [...members].flatMap(([path, is]) =>
    others
      .filter(
        ([, value]) => value === null || typeof value === "object" || typeof value !== typeof is,
      )
      .map(([says, value]) => ({
        says: `${path} ${says}`,
        body: JSON.stringify(replaced(whole, path.split("."), value)),
      })),
  );
}

type Path = readonly string[];

/** The members of a value and of what is in it, with what they are; `[]` stands for each entry of a list. */
function pathsIn(value: unknown, before: Path): readonly (readonly [Path, unknown])[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsIn(each, [...before, "[]"]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const path = [...before, name];
    return [[path, member] as const, ...pathsIn(member, path)];
  });
}

function replaced(value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown {
  if (first === undefined) return by;
  if (first === "[]") {
    return Array.isArray(value) ? value.map((each) => replaced(each, rest, by)) : value;
  }
  if (!isRecord(value) || !(first in value)) return value;
  if (rest.length === 0 && by === gone) {
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== first));
  }
  return { ...value, [first]: replaced(value[first], rest, by) };
}

type Element = { readonly name: string; readonly inside: readonly (Element | string)[] };

function changesInXml(body: string): readonly Change[] {
  const [root] = parsed(body);
  if (root === undefined || typeof root === "string") return [];
  const result = root.inside.find((each) => typeof each !== "string" && /Result$/.test(each.name));
  if (result === undefined || typeof result === "string") return [];
  const elements = new Map(elementsIn(result, []).map(([path, is]) => [path.join("."), is]));
  const head = body.slice(0, body.indexOf(">") + 1);
  return [...elements].flatMap(([path, is]) => {
    const isList = path.endsWith(".[]");
    const ways: readonly (readonly [string, readonly (Element | string)[] | typeof gone])[] = [
      ...(isList ? [] : ([["left out", gone]] as const)),
      // An empty list is what AWS says where there is nothing.
      ...(elements.has(`${path}.[]`) ? [] : ([["empty", []]] as const)),
      ...(isText(is) ? [] : ([["a text", ["x"]]] as const)),
      ["an element", [{ name: "x", inside: ["y"] }]],
      ...(isList ? [] : ([["a list of nothing", [{ name: "member", inside: [] }]]] as const)),
    ];
    return ways.map(([says, inside]) => {
      const next = withInside(result, path.split("."), inside);
      const all = root.inside.map((each) => (each === result ? next : each));
      return {
        says: `${path} ${says}`,
        body: `${head}${all.map(written).join("")}</${root.name}>`,
      };
    });
  });
}

function parsed(text: string): readonly (Element | string)[] {
  const open: { name: string; inside: (Element | string)[] }[] = [{ name: "", inside: [] }];
  for (const [, tag = "", plain = ""] of text.matchAll(/<([^>]+)>|([^<]+)/g)) {
    const top = open.at(-1);
    if (plain !== "") top?.inside.push(plain);
    else if (tag.startsWith("/")) open.pop();
    else {
      const element = { name: tag.split(/[\s/]/, 1)[0] ?? "", inside: [] };
      top?.inside.push(element);
      if (!tag.endsWith("/")) open.push(element);
    }
  }
  return open[0]?.inside ?? [];
}

function written(part: Element | string): string {
  if (typeof part === "string") return part;
  return `<${part.name}>${part.inside.map(written).join("")}</${part.name}>`;
}

const stepOf = (name: string): string => (name === "member" ? "[]" : name);

function elementsIn({ inside }: Element, before: Path): readonly (readonly [Path, Element])[] {
  return inside.flatMap((each) => {
    if (typeof each === "string") return [];
    const path = [...before, stepOf(each.name)];
    return [[path, each] as const, ...elementsIn(each, path)];
  });
}

/** Is it a text, rather than a number, a flag, or other elements? */
function isText({ inside }: Element): boolean {
  const [only] = inside;
  return typeof only === "string" && !/^(\d+|true|false)$/.test(only);
}

function withInside(
  element: Element,
  [first = "", ...rest]: readonly string[],
  by: readonly (Element | string)[] | typeof gone,
): Element {
  const inside = element.inside.flatMap((each) => {
    if (typeof each === "string" || stepOf(each.name) !== first) return [each];
    if (rest.length > 0) return [withInside(each, rest, by)];
    return by === gone ? [] : [{ ...each, inside: by }];
  });
  return { ...element, inside };
}
