/**
 * The query protocol's form body: `Tags.member.1.Key=a` is the first element of the list `Tags`,
 * `Attributes.entry.1.key=…` and `….value=…` are an entry of the map `Attributes`. `Tags=` alone is
 * how a client sends an empty list. Source: Smithy, "AWS query protocol".
 */
export function readForm(body: string): Readonly<Record<string, unknown>> {
  const root: Branch = new Map();
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === "Action" || name === "Version") continue;
    setAt(root, name.split("."), value);
  }
  return structureOf(root);
}

type Branch = Map<string, Branch | string>;

function setAt(root: Branch, path: readonly string[], value: string): void {
  let at = root;
  for (const part of path.slice(0, -1)) {
    const next = at.get(part);
    if (next instanceof Map) {
      at = next;
      continue;
    }
    const branch: Branch = new Map();
    at.set(part, branch);
    at = branch;
  }
  const last = path.at(-1);
  if (last !== undefined && !(at.get(last) instanceof Map)) at.set(last, value);
}

function structureOf(branch: Branch): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...branch].map(([name, value]) => [name, read(value)]));
}

function read(value: Branch | string): unknown {
  if (typeof value === "string") return value;
  const members = value.get("member");
  if (members instanceof Map) return inOrder(members).map(read);
  const entries = value.get("entry");
  if (entries instanceof Map) return mapOf(entries);
  return structureOf(value);
}

function inOrder(numbered: Branch): readonly (Branch | string)[] {
  return [...numbered].sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
}

function mapOf(entries: Branch): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    inOrder(entries).map((entry): [string, unknown] => {
      if (typeof entry === "string") return [entry, ""];
      const key = entry.get("key") ?? entry.get("Name");
      const value = entry.get("value") ?? entry.get("Value");
      return [typeof key === "string" ? key : "", value === undefined ? "" : read(value)];
    }),
  );
}
