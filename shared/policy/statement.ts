import { globPattern } from "../language/pattern.ts";
import type { PolicyCode } from "./codes.ts";
import { readConditions } from "./condition.ts";
import type {
  ActionPart,
  Effect,
  PermissionStatement,
  PolicyVersion,
  ResourcePart,
  TrustStatement,
  UnclearValue,
} from "./document.ts";
import type { JsonValue } from "./json.ts";
import { readPrincipals } from "./principal.ts";
import { elementPath, memberPath, variableProblem } from "./problem.ts";
import { Refusal } from "./refusal.ts";
import { readPattern } from "./value-text.ts";

type Elements = ReadonlyMap<string, JsonValue>;

const statementElements: ReadonlySet<string> = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** The elements of a statement by name; throws a Refusal for one that IAM does not know. */
export function statementElementsOf(value: JsonValue, where: string): Elements {
  if (value.kind !== "object") {
    throw malformed("A statement must be an object.", where);
  }
  const elements = new Map<string, JsonValue>();
  for (const { name, value: element } of value.members) {
    if (!statementElements.has(name)) {
      const message = `A statement has no element ${JSON.stringify(name)}.`;
      throw new Refusal("unknown-element", message, memberPath(where, name));
    }
    elements.set(name, element);
  }
  return elements;
}

function malformed(message: string, where: string): Refusal {
  return new Refusal("malformed-statement", message, where);
}

/** An element or the one that says the opposite, such as Action or NotAction; null for neither. */
function eitherOf(elements: Elements, name: "Principal" | "Action" | "Resource", where: string) {
  const only = elements.get(name);
  const except = elements.get(`Not${name}`);
  if (only !== undefined && except !== undefined) {
    const message = `A statement has either ${name} or Not${name}.`;
    throw malformed(message, where);
  }
  if (only !== undefined) {
    return { element: only, kind: "only", path: memberPath(where, name) } as const;
  }
  return except === undefined
    ? null
    : ({ element: except, kind: "except", path: memberPath(where, `Not${name}`) } as const);
}

/** Refuses an element, and the one that says the opposite, of which this kind of policy has none. */
function refuse(
  element: "Principal" | "Resource",
  why: string,
  elements: Elements,
  where: string,
): void {
  const kind = element === "Resource" ? "trust" : "permission";
  for (const name of [element, `Not${element}`]) {
    if (!elements.has(name)) continue;
    const message = `Has prohibited field ${name}: a ${kind} policy ${why}. Remove it.`;
    throw new Refusal("prohibited-field", message, memberPath(where, name));
  }
}

export function readTrustStatement(
  elements: Elements,
  version: PolicyVersion,
  where: string,
): TrustStatement {
  refuse("Resource", "is about the role it belongs to", elements, where);
  const principal = eitherOf(elements, "Principal", where);
  const common = readCommon(elements, version, where);
  checkTrustActions(elements, where);
  if (principal !== null) {
    const { element, kind, path } = principal;
    return { ...common, principals: readPrincipals(element, kind, path) };
  }
  throw new Refusal(
    "missing-principal",
    "The statement names no principal. A trust policy's statement must.",
    where,
  );
}

export function readPermissionStatement(
  elements: Elements,
  version: PolicyVersion,
  where: string,
): PermissionStatement {
  refuse("Principal", "applies to what it is attached to", elements, where);
  const common = readCommon(elements, version, where);
  return { ...common, resources: readResources(elements, version, where) };
}

function readCommon(elements: Elements, version: PolicyVersion, where: string) {
  return {
    effect: readEffect(elements.get("Effect"), where),
    sid: readSid(elements.get("Sid"), memberPath(where, "Sid")),
    where,
    actions: readActions(elements, where),
    conditions: readConditions(elements.get("Condition"), version, memberPath(where, "Condition")),
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html */
function readEffect(element: JsonValue | undefined, where: string): Effect {
  const text = element?.kind === "string" ? element.text : null;
  if (text === "Allow" || text === "Deny") return text;
  const path = element === undefined ? where : memberPath(where, "Effect");
  const given = text === null ? "" : `, not ${JSON.stringify(text)}`;
  const message = `Effect must be Allow or Deny${given}: IAM takes no other case and no blanks.`;
  throw new Refusal("malformed-effect", message, path);
}

function readSid(element: JsonValue | undefined, where: string): string | null {
  if (element === undefined) return null;
  if (element.kind === "string" && /^[A-Za-z0-9]*$/.test(element.text)) return element.text;
  throw new Refusal("malformed-sid", "Sid must be a string of letters and digits.", where);
}

function readActions(elements: Elements, where: string): ActionPart {
  const listed = eitherOf(elements, "Action", where);
  if (listed === null) {
    throw new Refusal("missing-action", "The statement names no action.", where);
  }
  const texts = readTexts(listed.element, listed.path, "missing-action");
  for (const { text, where: place } of texts) checkAction(text, place);
  return {
    kind: listed.kind,
    patterns: texts.map(({ text }) => globPattern(text, { anyCase: true })),
    named: texts.map(({ text }) => text).filter((text) => !/[*?]/.test(text)),
  };
}

function checkAction(text: string, where: string): void {
  if (/^\*+$/.test(text)) return;
  // Signs of ASCII: of any other letter it is not documented which one it is the same as.
  if (/^[!-9;-~]+:[!-9;-~]+$/.test(text)) return;
  const message = `${JSON.stringify(text)} is not an action: write SERVICE:Action, such as sts:AssumeRoleWithWebIdentity, or "*".`;
  throw new Refusal("malformed-action", message, where);
}

/**
 * IAM: "AssumeRole policy may only specify STS AssumeRole actions." Which of STS's actions it means,
 * no page says: whatever begins with `sts:` is taken, names that do not exist among them, and so is
 * a lone `*`.
 */
function checkTrustActions(elements: Elements, where: string): void {
  const listed = eitherOf(elements, "Action", where);
  if (listed === null) return;
  const texts = readTexts(listed.element, listed.path, "missing-action");
  const strange = texts.find(({ text }) => !/^(?:\*+|sts:.+)$/i.test(text));
  if (strange === undefined) return;
  const message = `${JSON.stringify(strange.text)} cannot be in a trust policy: IAM only takes actions of STS there, such as sts:AssumeRoleWithWebIdentity, sts:TagSession or sts:*. What a role may do is in the policies attached to it.`;
  throw new Refusal("prohibited-action", message, strange.where);
}

function readResources(elements: Elements, version: PolicyVersion, where: string): ResourcePart {
  const listed = eitherOf(elements, "Resource", where);
  if (listed === null) {
    throw new Refusal(
      "missing-resource",
      "The statement names no resource. A permission policy's statement must.",
      where,
    );
  }
  const unclear: UnclearValue[] = [];
  const patterns = readTexts(listed.element, listed.path, "missing-resource").flatMap(
    ({ text, where: place }) => {
      const read = readPattern(text, { version, wildcards: true, anyCase: false });
      if (read.kind === "pattern") return [read.pattern];
      const { names: variables, template } =
        read.kind === "variable" ? read : { names: [], template: null };
      unclear.push({
        name: text,
        text,
        problem: variableProblem(text, place),
        variables,
        template,
      });
      return [];
    },
  );
  return { kind: listed.kind, patterns, unclear };
}

/** A string or an array of strings, at least one. */
function readTexts(
  element: JsonValue,
  path: string,
  code: PolicyCode,
): { text: string; where: string }[] {
  const elements = element.kind === "array" ? element.elements : [element];
  if (elements.length === 0) throw new Refusal(code, "The list is empty. Name at least one.", path);
  return elements.map((value, index) => {
    const where = element.kind === "array" ? elementPath(path, index) : path;
    if (value.kind === "string" && value.text !== "") return { text: value.text, where };
    throw malformed("This must be a string that is not empty.", where);
  });
}
