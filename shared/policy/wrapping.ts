import { withoutSurroundings } from "../language/surroundings.ts";
import { type JsonValue, readJson } from "./json.ts";
import { elementPath, memberPath, type Problem } from "./problem.ts";

/** A policy document that was found inside something else, and whose it is as far as that says. */
type Found = {
  readonly text: string;
  readonly owner: string;
  readonly path: string;
  /** It was under a name that only trust policies have. */
  readonly isTrust: boolean;
};

export type Unwrapped =
  | { readonly kind: "document"; readonly text: string }
  | { readonly kind: "refused"; readonly problem: Problem };

/**
 * Takes a policy document out of what people have it in: the output of `aws iam get-role` and its
 * like, percent-encoding as the API gives it, a string of JSON, Terraform's and CloudFormation's JSON,
 * a byte order mark, a code fence. The document itself stays as it is, letter by letter, so that it is
 * read as strictly as without a wrapping. A text without a document is returned for the parser to
 * refuse.
 *
 * @param owner which role's document to take, where there are several
 */
export function documentIn(given: string, owner: string | null = null): Unwrapped {
  if (isDocument(given)) return { kind: "document", text: given };
  const text = withoutSurroundings(given);
  const all = documentsIn(text, "", 0);
  const trusts = all.filter(({ isTrust }) => isTrust);
  const found = distinct(trusts.length > 0 ? trusts : all);
  const wanted = owner === null ? found : found.filter((each) => each.owner === owner);
  const texts = new Map(wanted.map((each) => [unspaced(each.text), each.text]));
  const [only] = texts.values();
  if (only !== undefined && texts.size === 1) return { kind: "document", text: only };
  if (found.length === 0) return { kind: "document", text: innermost(text, 0) };
  return { kind: "refused", problem: severalProblem(found, wanted, owner) };
}

/** The usual case at a glance: nothing around the document, which is not to be read twice. */
function isDocument(text: string): boolean {
  return /^[ \t\r\n]*\{[ \t\r\n]*"(?:Version|Statement|Id)"/.test(text);
}

function distinct(found: readonly Found[]): readonly Found[] {
  return [...new Map(found.map((each) => [`${each.owner} ${unspaced(each.text)}`, each])).values()];
}

/** The same document indented and not, as Terraform's states keep both, is one document. */
function unspaced(text: string): string {
  if (!isJson(text)) return text;
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text: string | undefined) => text ?? "");
}

const shownOwners = 10;

function severalProblem(
  found: readonly Found[],
  wanted: readonly Found[],
  owner: string | null,
): Problem {
  const code = "several-documents";
  const owners = [...new Set(found.map((each) => each.owner))];
  if (wanted.length === 0) {
    const message = `The text holds no policy document of ${owner}, but of ${listed(owners)}.`;
    return { code, message, where: "" };
  }
  const ownersWanted = new Set(wanted.map((each) => each.owner));
  const message =
    ownersWanted.size > 1
      ? `The text holds ${wanted.length} policy documents (${listed([...ownersWanted])}). Say whose with --role NAME, or give the one document alone.`
      : `The text holds ${wanted.length} policy documents of ${[...ownersWanted].join()} that differ (${listed(wanted.map((each) => each.path))}). Give the one that you mean alone.`;
  return { code, message, where: "" };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, shownOwners).join(", ");
  return names.length > shownOwners ? `${shown} and ${names.length - shownOwners} more` : shown;
}

/** JSON in a string in JSON, as AWS Config has it, is as deep as it gets. */
const depthMax = 5;

function documentsIn(text: string, path: string, depth: number): readonly Found[] {
  if (depth > depthMax) return [];
  const inner = decoded(text);
  if (inner !== null) return documentsIn(inner, path, depth + 1);
  if (/^\s*</.test(text)) return inXml(text, depth);
  const read = readJson(text);
  return read.kind === "read" ? inValue(read.value, { text, path, owner: null, depth }) : [];
}

/** The API's own answers: XML with the document percent-encoded. */
function inXml(text: string, depth: number): readonly Found[] {
  const tagged = [
    ...text.matchAll(/<(AssumeRolePolicyDocument|PolicyDocument|Document)>([^<]+)</g),
  ];
  return tagged.flatMap(([, name = "", content = ""], index) => {
    const owner = tagged.length > 1 ? `number ${index + 1}` : name;
    const isTrust = name === "AssumeRolePolicyDocument";
    return documentsIn(content, owner, depth + 1).map((each) => ({ ...each, isTrust }));
  });
}

/** A text without a document, with every layer off, so that the parser is about the innermost text. */
function innermost(text: string, depth: number): string {
  if (depth > depthMax) return text;
  const inner = decoded(text);
  if (inner !== null) return innermost(inner, depth + 1);
  const read = readJson(text);
  if (read.kind === "refused" || read.value.kind !== "string") return text;
  return innermost(read.value.text, depth + 1);
}

/** The text behind one layer of percent-encoding or of backslashes; null where there is none. */
function decoded(text: string): string | null {
  const trimmed = text.trim();
  if (/^(?:%(?:0A|0D|09|20))*(?:%(?:7B|5B|22|257B)|\{%22)/i.test(trimmed)) {
    const plain = percentDecoded(trimmed);
    if (plain === null || isJson(plain)) return plain;
    // As in a form, where a space is a plus sign.
    const spaced = percentDecoded(trimmed.replaceAll("+", "%20"));
    return spaced !== null && isJson(spaced) ? spaced : plain;
  }
  if (/^\{(?:\\[nrt]|\s)*\\"/.test(trimmed)) {
    const read = readJson(`"${trimmed.replace(/[\r\n]+/g, " ")}"`);
    return read.kind === "read" && read.value.kind === "string" ? read.value.text : null;
  }
  return null;
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  return readJson(text).kind === "read";
}

type Place = {
  /** The text that the value is a part of. */
  readonly text: string;
  readonly path: string;
  readonly owner: string | null;
  readonly depth: number;
};

/** Names under which AWS, Terraform and Pulumi give a trust policy. */
const trustNames: ReadonlySet<string> = new Set([
  "AssumeRolePolicyDocument",
  "assumeRolePolicyDocument",
  "assume_role_policy",
  "assumeRolePolicy",
]);

const ownerNames = ["RoleName", "roleName", "resourceName", "address", "name", "Name"];

function inValue(value: JsonValue, place: Place): readonly Found[] {
  switch (value.kind) {
    case "object":
      return inObject(value, place);
    case "array":
      return value.elements.flatMap((element, index) =>
        inValue(element, { ...place, path: elementPath(place.path, index) }),
      );
    case "string":
      return inString(value.text, place);
    case "number":
    case "boolean":
    case "null":
      return [];
    default:
      return value satisfies never;
  }
}

function inObject(value: JsonValue & { readonly kind: "object" }, place: Place): readonly Found[] {
  if (value.members.some(({ name }) => name === "Statement")) return [foundAt(value, place)];
  const owner = ownerIn(value) ?? place.owner;
  return value.members.flatMap(({ name, value: member }): readonly Found[] => {
    const inside = { ...place, owner, path: memberPath(place.path, name) };
    if (!trustNames.has(name)) return inValue(member, inside);
    const found = member.kind === "object" ? [foundAt(member, inside)] : inValue(member, inside);
    // Something there that is not a document is for the parser to refuse, with its reason.
    const all = found.length > 0 || member.kind === "null" ? found : [foundAt(member, inside)];
    return all.map((each) => ({ ...each, isTrust: true }));
  });
}

function ownerIn(value: JsonValue & { readonly kind: "object" }): string | null {
  for (const name of ownerNames) {
    const member = value.members.find((candidate) => candidate.name === name)?.value;
    if (member?.kind === "string" && member.text !== "") return member.text;
  }
  return null;
}

function foundAt(value: JsonValue, place: Place): Found {
  const text = value.kind === "string" ? value.text : place.text.slice(value.start, value.end);
  return { text, owner: ownerAt(place), path: place.path, isTrust: false };
}

function ownerAt({ owner, path }: Place): string {
  return owner ?? (path === "" ? "the text" : path);
}

function inString(text: string, place: Place): readonly Found[] {
  if (!/^\s*(?:[{["<]|%[0-7])/.test(text)) return [];
  const found = documentsIn(text, place.path, place.depth + 1);
  return place.owner === null ? found : found.map((each) => ({ ...each, owner: ownerAt(place) }));
}

/**
 * The refusal of a text that is not a policy at all, with how to get one. A policy with a mistake in
 * it needs no such advice, but one inside a shell's or a program's words does.
 */
export function withAdvice(problem: Problem, text: string): Problem {
  const isJson = /^[\s\ufeff]*[{["]/.test(text);
  if (isJson && /"Statement"\s*:/.test(text)) return problem;
  const isYaml = !isJson && /^[ \t]*[\w-]+:(?:\s|$)/m.test(text);
  const hint = isYaml ? "It looks like YAML, which is not read here. " : "";
  const advice = `${hint}Get the document with: aws iam get-role --role-name NAME --output json`;
  return { ...problem, message: `${problem.message} ${advice}` };
}
