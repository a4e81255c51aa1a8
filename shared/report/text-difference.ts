import { isRecord } from "../json.ts";
import { type Line, line } from "./layout.ts";

/** A value as a tree of names; what has nothing below it is a text. */
type Branch = {
  readonly name: string;
  /** The name only says the place in a list, so another place may hold the same. */
  readonly placed: boolean;
  readonly below: readonly Branch[];
};

/**
 * What goes and what comes between two states of a thing, as a tree of its members. What is in
 * both is not repeated, only named. Lists have no order here, and one value is the list of that
 * value, as in IAM's documents; statements are paired by their Sid, otherwise by what they say,
 * otherwise by their place. `null` is nothing at all.
 */
export function differenceLines(before: unknown, after: unknown): readonly Line[] {
  return compared(membersOf(before), membersOf(after), 0);
}

function membersOf(value: unknown): readonly Branch[] {
  if (isRecord(value)) {
    const members = Object.entries(value).filter(([, of]) => of !== null && of !== undefined);
    return members.flatMap(([name, of]) => branchesOf(name, of));
  }
  return listOf(value).map((item) => branch(textOf(item), []));
}

function listOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function branch(name: string, below: readonly Branch[], placed = false): Branch {
  return { name, below, placed };
}

/** A list of things with members is a branch for each; any other value is one branch. */
function branchesOf(name: string, value: unknown): readonly Branch[] {
  const items = listOf(value);
  if (isRecord(value) && name !== "Statement") return [branch(name, orNone(membersOf(value)))];
  if (!items.some(isRecord)) {
    return [branch(name, orNone(items.map((item) => branch(textOf(item), []))))];
  }
  return items.map((item, index) => {
    const sid = isRecord(item) ? item["Sid"] : undefined;
    const below = membersOf(item).filter(({ name }) => name !== "Sid");
    if (typeof sid === "string") return branch(`statement ${sid}`, orNone(below));
    const kind = name === "Statement" ? "statement" : name;
    return branch(`${kind} ${index + 1}`, orNone(below), true);
  });
}

function orNone(below: readonly Branch[]): readonly Branch[] {
  return below.length === 0 ? [branch("none", [])] : below;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}

type Pair = { readonly was: Branch | null; readonly is: Branch | null };

function compared(
  before: readonly Branch[],
  after: readonly Branch[],
  indent: number,
): readonly Line[] {
  const pairs = pairsOf(before, after);
  const same = pairs.flatMap(({ was, is }) =>
    was !== null && is !== null && isSame(was, is) ? [is] : [],
  );
  const lines = pairs.flatMap(({ was, is }): readonly Line[] => {
    if (was === null) return is === null ? [] : whole(is, "+", indent);
    if (is === null) return whole(was, "-", indent);
    if (isSame(was, is)) return [];
    return [line(is.name, { indent }), ...compared(was.below, is.below, indent + 2)];
  });
  if (same.length === 0 || lines.length === 0) return lines;
  const values = same.every(({ below }) => below.length === 0);
  const names = values ? `${same.length} more` : same.map(({ name }) => name).join(", ");
  return [...lines, line(`unchanged: ${names}`, { indent, tone: "quiet" })];
}

/** A name and its value share one line up to this length together. */
const inlineLengthMax = 60;

/** A branch that only one side has, with everything below it. */
function whole({ name, below }: Branch, mark: "+" | "-", indent: number): readonly Line[] {
  const tone = mark === "+" ? "added" : "removed";
  const [first] = below;
  const single = below.length === 1 && first?.below.length === 0 ? first.name : null;
  if (single !== null && name.length + single.length <= inlineLengthMax) {
    return [line(`${name}: ${single}`, { indent, mark, tone })];
  }
  return [
    line(name, { indent, mark, tone }),
    ...below.flatMap((each) => whole(each, mark, indent + 2)),
  ];
}

/** Which branch of `before` became which of `after`: what goes is before what comes. */
function pairsOf(before: readonly Branch[], after: readonly Branch[]): readonly Pair[] {
  const open = [...before];
  const take = (fits: (was: Branch) => boolean): Branch | null => {
    const at = open.findIndex(fits);
    return at < 0 ? null : (open.splice(at, 1)[0] ?? null);
  };
  const exact = new Map(after.map((is) => [is, take((was) => alike(was, is) && isSame(was, is))]));
  const pairs = after.map((is): Pair => {
    const was = exact.get(is) ?? take((other) => alike(other, is));
    return { was, is };
  });
  return [...open.map((was): Pair => ({ was, is: null })), ...pairs];
}

function alike(was: Branch, is: Branch): boolean {
  return was.placed && is.placed ? true : was.name === is.name;
}

function isSame(was: Branch, is: Branch): boolean {
  return shapeOf(was.below) === shapeOf(is.below);
}

function shapeOf(branches: readonly Branch[]): string {
  const shapes = branches.map(({ name, below, placed }) =>
    JSON.stringify([placed ? "" : name, shapeOf(below)]),
  );
  return [...new Set(shapes)].toSorted().join();
}
