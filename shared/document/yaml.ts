import {
  Composer,
  type CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type YAMLError,
} from "yaml";
import { hiddenCharacterIn } from "./hidden-character.ts";
import { oddCharacterIn } from "./odd-character.ts";
import { type DocumentFinding, pathText } from "./problems.ts";

/** SSM's own limit for a value (advanced tier); what is longer did not come from there. */
const documentLengthMax = 8192;

/** The document nests five deep (`trust.projects[0].refs[0]`); more is never needed. */
const nestingMax = 12;

export type DocumentTree = string | number | boolean | null | DocumentMap | readonly DocumentTree[];
/** Without a prototype, so that a key named `constructor` is a key like any other. */
type DocumentMap = { readonly [key: string]: DocumentTree };

type TextReading =
  | { readonly kind: "read"; readonly tree: DocumentTree }
  | {
      readonly kind: "refused";
      readonly findings: readonly [DocumentFinding, ...DocumentFinding[]];
    };

const oneDocument = "one YAML or JSON document with mappings, lists and plain values";

/**
 * Reads the text of a document, YAML 1.2 or JSON, as hostile input: a bounded size and depth, no
 * anchors, aliases, tags, directives or merge keys, no second document, no key given twice.
 * Nothing of the text but a key or a short value is repeated in a finding.
 */
export function readDocumentText(text: string): TextReading {
  const whole = wholeTextFinding(text);
  if (whole !== null) return { kind: "refused", findings: [whole] };

  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const feature = firstRefusedToken(tokens, lines);
  if (feature !== null) return { kind: "refused", findings: [feature] };

  const documents = [...new Composer(composeOptions).compose(tokens, true, text.length)];
  const [document, second] = documents;
  if (document === undefined) throw new Error("the composer was asked for a document");
  const [fault] = document.errors;
  if (fault !== undefined) return { kind: "refused", findings: [faultFinding(fault, lines, text)] };
  if (second !== undefined) return { kind: "refused", findings: [secondDocument] };
  return treeOf(document);
}

// Duplicate keys are found below, where their path is known.
const composeOptions = {
  schema: "core",
  stringKeys: true,
  uniqueKeys: false,
  merge: false,
} as const;

const secondDocument: DocumentFinding = {
  code: "yaml-feature",
  path: "",
  says: "there is more than one YAML document",
  allowed: oneDocument,
};

function wholeTextFinding(text: string): DocumentFinding | null {
  if (text.length > documentLengthMax) {
    return {
      code: "too-long",
      path: "",
      says: `the document has ${text.length} characters`,
      allowed: `at most ${documentLengthMax}, as in SSM`,
    };
  }
  // SSM takes such a value for a reference to another parameter and refuses it.
  const opened = text.indexOf("{{");
  if (opened >= 0 && text.includes("}}", opened)) {
    return {
      code: "template",
      path: "",
      says: "the text holds a template in double braces that nobody filled in",
      allowed: "text without double braces, which Parameter Store refuses",
    };
  }
  return hiddenFinding(text);
}

/** In comments too: who approves the document, or writes the next one, reads them as well. */
function hiddenFinding(text: string): DocumentFinding | null {
  // A mark of the byte order at the very beginning is left by some editors, and no part of the text.
  const hidden = hiddenCharacterIn(text.replace(/^\ufeff/, " "));
  if (hidden === null) return null;
  const before = text.slice(0, hidden.at).split("\n");
  return {
    code: "hidden-character",
    path: `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`,
    says: `there is ${hidden.says}`,
    allowed:
      "text of which a screen shows every character, in comments too, with plain line breaks",
  };
}

/** The first token that stands for something we do not take, or lies too deep. Walks no deeper than nestingMax. */
function firstRefusedToken(
  tokens: readonly CST.Token[],
  lines: LineCounter,
): DocumentFinding | null {
  for (const token of tokens) {
    if (token.type === "directive") return featureFinding("a directive (%)", token.offset, lines);
    const found = token.type === "document" ? refusedBelow(token, 0, lines) : null;
    if (found !== null) return found;
  }
  return null;
}

function refusedBelow(token: CST.Token, depth: number, lines: LineCounter): DocumentFinding | null {
  if (depth > nestingMax) {
    return {
      code: "too-deep",
      path: lineText(token.offset, lines),
      says: `values lie in one another more than ${nestingMax} deep`,
      allowed: oneDocument,
    };
  }
  const name = refusedTokens.get(token.type);
  if (name !== undefined) return featureFinding(name, token.offset, lines);
  for (const part of partsOf(token)) {
    const deeper = "source" in part ? depth : depth + 1;
    const found = refusedBelow(part, deeper, lines);
    if (found !== null) return found;
  }
  return null;
}

const refusedTokens: ReadonlyMap<string, string> = new Map([
  ["anchor", "an anchor (&)"],
  ["alias", "an alias (*)"],
  ["tag", "a tag (!)"],
]);

function partsOf(token: CST.Token): readonly CST.Token[] {
  switch (token.type) {
    case "document":
      return [...token.start, ...(token.value === undefined ? [] : [token.value])];
    case "block-map":
    case "block-seq":
    case "flow-collection":
      return token.items.flatMap((item) => [
        ...item.start,
        ...(item.key == null ? [] : [item.key]),
        ...(item.sep ?? []),
        ...(item.value === undefined ? [] : [item.value]),
      ]);
    case "block-scalar":
      return token.props;
    default:
      return [];
  }
}

function featureFinding(name: string, offset: number, lines: LineCounter): DocumentFinding {
  return {
    code: "yaml-feature",
    path: lineText(offset, lines),
    says: `there is ${name}`,
    allowed: `${oneDocument}, without anchors, aliases, tags and directives (text that begins with & * ! % belongs in quotes)`,
  };
}

/** The parser's own sentences quote the text, so only its code is used. */
function faultFinding(fault: YAMLError, lines: LineCounter, text: string): DocumentFinding {
  const sentence = faultSentences.get(fault.code) ?? "the text is not YAML";
  const [offset] = fault.pos;
  const odd = oddCharacterIn(linesUpTo(text, lines.linePos(offset).line));
  return {
    code: "no-yaml",
    path: lineText(offset, lines),
    says: odd === null ? sentence : `${sentence}; the line or the one before it ${odd}`,
    allowed: oneDocument,
  };
}

/** The line of this number, from 1, and the one before it: where a parser stumbles is often one too far. */
function linesUpTo(text: string, line: number): string {
  return text
    .split("\n")
    .slice(Math.max(line - 2, 0), line)
    .join("\n");
}

const faultSentences: ReadonlyMap<string, string> = new Map([
  ["BAD_INDENT", "the indentation does not fit"],
  ["TAB_AS_INDENT", "a tab is used as indentation, where YAML takes spaces only"],
  [
    "MISSING_CHAR",
    "a colon with a blank after it, the dash of a list, or a closing quote, bracket or comma is missing",
  ],
  [
    "MULTILINE_IMPLICIT_KEY",
    "a key runs over several lines, so a colon, or the blank after it, is probably missing",
  ],
  [
    "BLOCK_AS_IMPLICIT_KEY",
    "a line is indented too far, a dash has no blank after it, or a line has two colons",
  ],
  ["BLOCK_IN_FLOW", "a value within brackets or braces has a colon: it needs quotes, or braces"],
  ["BAD_SCALAR_START", "a value begins with a character that YAML reserves, so it needs quotes"],
  [
    "UNEXPECTED_TOKEN",
    "something is left over: a comma, bracket or value too many, or a value that needs quotes",
  ],
  ["BAD_DQ_ESCAPE", "a text in double quotes holds an escape that YAML does not know"],
  ["NON_STRING_KEY", "a key is a list or a mapping instead of a name"],
  ["MULTIPLE_DOCS", "there is more than one YAML document"],
]);

function lineText(offset: number, lines: LineCounter): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

function treeOf(document: Document.Parsed): TextReading {
  const findings: DocumentFinding[] = [];
  const tree = plain(document.contents, [], findings);
  const [first, ...others] = findings;
  if (first === undefined) return { kind: "read", tree };
  return { kind: "refused", findings: [first, ...others] };
}

function plain(
  node: unknown,
  path: readonly PropertyKey[],
  findings: DocumentFinding[],
): DocumentTree {
  if (node === null || node === undefined) return null;
  if (isScalar(node)) return scalarValue(node.value);
  if (isSeq(node)) return node.items.map((item, index) => plain(item, [...path, index], findings));
  if (!isMap(node)) throw new Error("a YAML document holds scalars, lists and mappings");

  const map: Record<string, DocumentTree> = Object.create(null);
  for (const pair of node.items) {
    const key = isScalar(pair.key) ? String(pair.key.value ?? "") : "";
    const finding = keyFinding(key, key in map, path);
    if (finding === null) map[key] = plain(pair.value, [...path, key], findings);
    else findings.push(finding);
  }
  return map;
}

function keyFinding(
  key: string,
  given: boolean,
  path: readonly PropertyKey[],
): DocumentFinding | null {
  const at = { path: pathText([...path, key]) };
  if (given) {
    return {
      ...at,
      code: "duplicate-key",
      says: "the key is given twice",
      allowed: "each key once",
    };
  }
  if (key === "<<") {
    const says = "there is a merge key";
    return { ...at, code: "yaml-feature", says, allowed: `${oneDocument}, without merge keys` };
  }
  if (key === "__proto__") {
    const says = "unknown field";
    return { ...at, code: "unknown-field", says, allowed: "the fields in docs/reference.md" };
  }
  return null;
}

function scalarValue(value: unknown): DocumentTree {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      return null;
  }
}
