import * as z from "zod/mini";
import type { DocumentCode } from "../codes.ts";
import { parseJson } from "../json.ts";
import { fieldNotes } from "../schema/fields.ts";
import { type FieldNotes, notesAt } from "../schema/notes.ts";
import {
  byKind,
  type DeployTargets,
  kindNames,
  remembered,
  targetKinds,
} from "../targets/index.ts";
import type { EnvironmentDocument, OnWiden } from "./environment.ts";
import { escapedFindings } from "./escaped.ts";
import { oddCharacterIn } from "./odd-character.ts";
import { capitalsOfHost, originRule } from "./origin.ts";
import { type DocumentFinding, pathText, problemsOf, quote, type SpecProblem } from "./problems.ts";
import { environmentSchema } from "./schema.ts";
import { type DocumentTree, readDocumentText } from "./yaml.ts";

export type EnvironmentReading =
  | { readonly kind: "valid"; readonly document: EnvironmentDocument }
  | { readonly kind: "invalid"; readonly problems: readonly [SpecProblem, ...SpecProblem[]] };

/**
 * Reads one version of an environment's parameter.
 *
 * @param input.text the parameter's value: YAML 1.2 or JSON, treated as hostile.
 * @param input.region the Region that the function runs in: the default of `deploy.region`.
 * @returns the document with every default filled in, or every problem found (the first twenty),
 *   each one sentence with parameter, version, path and what is allowed. Never throws for input.
 */
export function parseEnvironment(input: {
  readonly parameter: string;
  readonly version: number;
  readonly text: string;
  readonly region: string;
}): EnvironmentReading {
  const reading = readDocumentText(input.text);
  if (reading.kind === "refused") return invalid(input, reading.findings);

  return readTree(reading.tree, input);
}

/** A document as text that says everything and leaves nothing to a default of the installation. */
export function understoodText(document: EnvironmentDocument): string {
  const { region } = document.deploy;
  const written = byKind<"written">((name) => targetKinds[name].written(document.deploy[name]));
  return JSON.stringify({ ...document, deploy: { region, ...remembered(written) } });
}

/**
 * Reads a document from the text that a record keeps of it, `understoodText`: it may be longer than
 * what Parameter Store takes in a document.
 *
 * @returns `null` where this release does not take it
 */
export function understoodDocument(text: string): EnvironmentDocument | null {
  const parsed = z.safeParse(environmentSchema, parseJson(text));
  if (!parsed.success || parsed.data.deploy.region === undefined) return null;
  return documentOf(parsed.data, parsed.data.deploy.region);
}

function readTree(
  tree: DocumentTree,
  input: Parameters<typeof parseEnvironment>[0],
): EnvironmentReading {
  const [escaped, ...more] = escapedFindings(tree);
  if (escaped !== undefined) return invalid(input, [escaped, ...more]);

  const parsed = z.safeParse(environmentSchema, tree, { reportInput: true });
  if (!parsed.success) {
    // A number that is too large fails by its size and by what a computer can hold: one fault of a person's.
    const found = flattened(parsed.error.issues, []).flatMap(findingsOf);
    const each = new Map(found.map((finding) => [JSON.stringify(finding), finding]));
    const [first, ...others] = each.values();
    if (first === undefined) throw new Error("a failed parse has an issue");
    return invalid(input, [first, ...others]);
  }

  const region = parsed.data.deploy.region ?? input.region;
  const document = documentOf(parsed.data, region);
  const [late, ...others] = [
    ...unsignedFindings(document.trust),
    ...misplacedFindings(document.deploy),
  ];
  if (late !== undefined) return invalid(input, [late, ...others]);
  return { kind: "valid", document };
}

function documentOf(
  parsed: z.output<typeof environmentSchema>,
  region: string,
): EnvironmentDocument {
  const { region: _written, ...targets } = parsed.deploy;
  return { ...parsed, onWiden: guardsOf(parsed.onWiden), deploy: { region, ...targets } };
}

function invalid(
  source: { readonly parameter: string; readonly version: number },
  findings: readonly [DocumentFinding, ...DocumentFinding[]],
): EnvironmentReading {
  return { kind: "invalid", problems: problemsOf(source, findings) };
}

function guardsOf(written: "hold" | "apply" | OnWiden): OnWiden {
  return typeof written === "string" ? { trust: written, permissions: written } : written;
}

/** Entries that no job gets in by, because CircleCI writes their origin otherwise. */
function unsignedFindings({ projects }: EnvironmentDocument["trust"]): readonly DocumentFinding[] {
  if (projects === "all") return [];
  return projects.flatMap(({ origin = "" }, index): readonly DocumentFinding[] => {
    const says = capitalsOfHost(origin);
    if (says === null) return [];
    const path = pathText(["trust", "projects", index, "origin"]);
    const { allowed } = originRule;
    return [{ code: "not-allowed", path, says: `${quote(origin)} ${says}`, allowed }];
  });
}

/** Targets in a Region that does not have their service. */
function misplacedFindings(deploy: DeployTargets): readonly DocumentFinding[] {
  return kindNames.flatMap((name): readonly DocumentFinding[] => {
    const { regions } = targetKinds[name];
    if (regions === null || regions.names.includes(deploy.region)) return [];
    if (deploy[name].length === 0) return [];
    return [
      {
        code: "contradiction",
        path: `deploy.${name}`,
        says: `${regions.service} does not exist in ${quote(deploy.region)}`,
        allowed: regions.allowed,
      },
    ];
  });
}

type Issue = z.core.$ZodIssue;

/** A union reports what each of its options found; the option that got furthest is what was meant. */
function flattened(issues: readonly Issue[], prefix: readonly PropertyKey[]): readonly Issue[] {
  return issues.flatMap((issue): readonly Issue[] => {
    const here = { ...issue, path: [...prefix, ...issue.path] };
    if (issue.code !== "invalid_union") return [here];
    const meant =
      issue.errors.find((option) => option.some(isNearMiss)) ??
      issue.errors.find((option) => option.some((found) => isForScalars(found, issue.input)));
    return meant === undefined ? [here] : flattened(meant, here.path);
  });
}

/** A fault of a value that has the option's own form: what it holds is wrong, not what it is. */
function isNearMiss({ path, code }: Issue): boolean {
  const within = ["too_small", "unrecognized_keys", "custom"];
  return path.length > 0 || within.includes(code);
}

/** A number or a truth value where text is meant: people left the quotes out. */
function isForScalars(issue: Issue, input: unknown): boolean {
  const isScalar = typeof input === "number" || typeof input === "boolean";
  return isScalar && issue.code === "invalid_type" && issue.expected === "string";
}

function findingsOf(issue: Issue): readonly DocumentFinding[] {
  const path = pathText(issue.path);
  const notes = notesAt(fieldNotes, environmentSchema, issue.path);
  const allowed = notes?.allowed ?? "the fields in docs/reference.md";
  const finding = (code: DocumentCode, says: string): DocumentFinding => ({
    code,
    path,
    says,
    allowed,
  });
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        ...finding("unknown-field", withOddCharacter("unknown field", "the key", key)),
        path: pathText([...issue.path, key]),
      }));
    case "custom":
      return [finding(codeOf(issue), refusedText(issue.input, issue.message))];
    case "too_small":
    case "too_big":
      return [finding("not-allowed", sizeSentence(issue))];
    default:
      return [typeFinding(issue, finding, notes)];
  }
}

function codeOf(issue: z.core.$ZodIssueCustom): DocumentCode {
  return issue.params?.["code"] === "contradiction" ? "contradiction" : "not-allowed";
}

function sizeSentence(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (!Array.isArray(issue.input)) return `${shown(issue.input)} is out of range`;
  if (issue.input.length === 0) return "the list is empty";
  return `the list has ${issue.input.length} entries`;
}

function typeFinding(
  issue: Issue,
  finding: (code: DocumentCode, says: string) => DocumentFinding,
  notes: FieldNotes | null,
): DocumentFinding {
  const { input } = issue;
  if (issue.path.length === 0) return finding("no-mapping", `the document is ${kindOf(input)}`);
  if (input === undefined) return finding("missing-field", "the field is missing");
  if (input === null) return finding("wrong-type", "the value is left empty");
  if (typeof input === "number" && issue.code === "invalid_type" && issue.expected !== "string") {
    const isNumber = issue.expected === "int" || issue.expected === "number";
    return finding(
      "wrong-type",
      isNumber ? `${input} is not a whole number` : "the value is a number",
    );
  }
  const textIsMeant = issue.code === "invalid_type" && issue.expected === "string";
  if (textIsMeant && (typeof input === "number" || typeof input === "boolean")) {
    return finding("wrong-type", `the value is ${kindOf(input)}; put it in quotes to make it text`);
  }
  if (typeof input === "string" && notes !== null && issue.code !== "invalid_type") {
    return finding("not-allowed", refusedText(input, "is not one of the words"));
  }
  const sentence = `the value is ${kindOf(input)}`;
  return finding(
    "wrong-type",
    typeof input === "string" ? withOddCharacter(sentence, "it", input) : sentence,
  );
}

function refusedText(input: unknown, says: string): string {
  const sentence = `${shown(input)} ${says}`;
  return typeof input === "string" ? withOddCharacter(sentence, "it", input) : sentence;
}

/** Says what the eye cannot find in a text that is refused. */
function withOddCharacter(sentence: string, subject: string, refused: string): string {
  const odd = oddCharacterIn(refused);
  return odd === null ? sentence : `${sentence}; ${subject} ${odd}`;
}

function shown(input: unknown): string {
  // Beyond that, JavaScript has another number than the text.
  if (typeof input === "number") return isExact(input) ? String(input) : "the number";
  return typeof input === "string" ? quote(input) : "the value";
}

function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function kindOf(input: unknown): string {
  if (input === null || input === undefined) return "empty";
  if (Array.isArray(input)) return "a list";
  switch (typeof input) {
    case "string":
      return "text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return "a mapping";
  }
}
