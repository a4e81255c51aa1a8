import { Document, isMap, isScalar, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { byKind, kindNames, targetKinds } from "../targets/index.ts";
import type { EnvironmentDocument, ProjectEntry } from "./environment.ts";
import { parseEnvironment } from "./parse.ts";

/**
 * A document as a person would write it: the fields that differ from their defaults, in the order of
 * the reference, short lists on one line, and a comment where a field lets in more than one may
 * think. Reading it again gives the same document.
 *
 * @param said.head lines of the comment at the top
 * @param said.region the Region that a document without one deploys to
 */
export function writtenDocument(
  document: EnvironmentDocument,
  said: { readonly head: readonly string[]; readonly region: string },
): string {
  const defaults = leastDocument(document, said.region);
  const root = mapOf([
    ["circleci", membersOf(document.circleci, defaults.circleci)],
    ["trust", trustOf(document.trust)],
    ["role", membersOf(document.role, defaults.role)],
    ["policy", membersOf(document.policy, defaults.policy)],
    ["deploy", deployOf(document.deploy, defaults.deploy.region)],
    ["mode", different(document.mode, defaults.mode)],
    ["onWiden", guardsOf(document.onWiden)],
    ["onRemove", different(document.onRemove, defaults.onRemove)],
  ]);
  // A part that is not written has its defaults; `deploy` must be there, if only as {}.
  root.items = root.items.filter(
    ({ key, value }) => isNamed(key, "deploy") || !isMap(value) || value.items.length > 0,
  );
  const yaml = new Document(root, { version: "1.2" });
  if (said.head.length > 0) yaml.commentBefore = commentOf(said.head);
  const text = yaml.toString({ lineWidth: 0, flowCollectionPadding: false });
  // The library parts a comment of the whole document from it by an empty line.
  return text.replace(/^((?:#.*\n)+)\n/, "$1");
}

/** What the document would be if it said no more than it must: its defaults can be read off. */
function leastDocument({ circleci }: EnvironmentDocument, region: string): EnvironmentDocument {
  const { organizationId } = circleci;
  const least = { circleci: { organizationId }, trust: { projects: "all" }, deploy: {} };
  const source = { parameter: "", version: 0, text: JSON.stringify(least), region };
  const reading = parseEnvironment(source);
  if (reading.kind === "invalid") throw new Error("the least document is not valid");
  return { ...reading.document, circleci: { ...reading.document.circleci, organizationId: "" } };
}

/** A node of YAML, or nothing where the field is left out. */
type Written = Scalar | YAMLMap | YAMLSeq | null;

function mapOf(members: readonly (readonly [name: string, value: Written])[]): YAMLMap {
  const map = new YAMLMap();
  for (const [name, value] of members) {
    if (value !== null) map.items.push(new Pair(new Scalar(name), value));
  }
  return map;
}

function isNamed(key: unknown, name: string): boolean {
  return isScalar(key) && key.value === name;
}

/** The members of a part that differ from their defaults. */
function membersOf(
  part: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): YAMLMap {
  return mapOf(
    Object.entries(part).map(([name, value]) => [name, different(value, defaults[name])] as const),
  );
}

function different(value: unknown, usual: unknown): Written {
  return JSON.stringify(value) === JSON.stringify(usual) ? null : nodeOf(value);
}

/** Lists of plain values go on one line, whatever is in them. */
function nodeOf(value: unknown): Written {
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items = value.map(nodeOf).filter((item) => item !== null);
    list.flow = list.items.every(isScalar) && JSON.stringify(value).length <= 90;
    return list;
  }
  if (typeof value !== "object" || value === null) {
    return value === undefined ? null : new Scalar(value);
  }
  return mapOf(Object.entries(value).map(([name, member]) => [name, nodeOf(member)] as const));
}

const ofAll = "Every project of the organisation, builds of forks too. Name projects to narrow it.";
const ofAnyRepository =
  "Every job of this project, whatever its repository and branch. Add origin and refs to narrow it.";
const ofAnyRef = "Every branch and tag of this repository. Add refs to narrow it.";

function trustOf({ projects }: EnvironmentDocument["trust"]): YAMLMap {
  const map = new YAMLMap();
  const name = new Scalar("projects");
  if (projects === "all") name.commentBefore = ` ${ofAll}`;
  map.items.push(new Pair(name, projects === "all" ? new Scalar("all") : projectsOf(projects)));
  return map;
}

function projectsOf(projects: readonly ProjectEntry[]): YAMLSeq {
  const list = new YAMLSeq();
  list.items = projects.map((project) => {
    const node = nodeOf(inOrder(project));
    const says = aboutProject(project);
    if (node !== null && says !== null) node.commentBefore = ` ${says}`;
    return node;
  });
  return list;
}

function inOrder({ id, origin, refs, until }: ProjectEntry): object {
  return { id, origin, refs, until };
}

function aboutProject({ origin, refs }: ProjectEntry): string | null {
  if (origin === undefined) return ofAnyRepository;
  return refs === undefined ? ofAnyRef : null;
}

function deployOf(deploy: EnvironmentDocument["deploy"], usualRegion: string): YAMLMap {
  const written = byKind<"written">((name) => targetKinds[name].written(deploy[name]));
  const lists = kindNames.map((name) => {
    const entries = written[name].map(shortest);
    return [name, entries.length === 0 ? null : nodeOf(entries)] as const;
  });
  const map = mapOf([["region", different(deploy.region, usualRegion)], ...lists]);
  map.flow = map.items.length === 0;
  return map;
}

/** A target without what an empty list says; one of which only the name is left is a name. */
function shortest(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null) return entry;
  const said = Object.entries(entry).filter(([, value]) => !Array.isArray(value) || value.length);
  const [only] = said;
  return said.length === 1 && only !== undefined ? only[1] : Object.fromEntries(said);
}

function guardsOf({ trust, permissions }: EnvironmentDocument["onWiden"]): Written {
  if (trust === permissions) return trust === "hold" ? null : new Scalar(trust);
  return nodeOf({ trust, permissions });
}

/** Each line of a comment begins with a blank, behind the sign that YAML writes. */
function commentOf(lines: readonly string[]): string {
  return lines.map((text) => ` ${text}`).join("\n");
}
