import type { PolicyPrincipal, PrincipalPart, PrincipalType } from "./document.ts";
import type { JsonValue } from "./json.ts";
import { elementPath, memberPath } from "./problem.ts";
import { Refusal } from "./refusal.ts";

/** Reads Principal or NotPrincipal. Throws a Refusal for what IAM refuses. */
export function readPrincipals(
  element: JsonValue,
  kind: PrincipalPart["kind"],
  where: string,
): PrincipalPart {
  if (element.kind === "string") {
    if (element.text === "*") return { kind, principals: [{ kind: "everybody" }], where };
    const message = `A principal is "*" or an object such as {"AWS": "…"}, not ${JSON.stringify(element.text)}.`;
    throw new Refusal("invalid-principal", message, where);
  }
  if (element.kind !== "object") {
    throw new Refusal(
      "invalid-principal",
      'A principal is "*" or an object such as {"AWS": "…"}.',
      where,
    );
  }
  const principals: PolicyPrincipal[] = [];
  for (const { name, value } of element.members) {
    const path = memberPath(where, name);
    const type = typeOf(name);
    if (type === null) {
      const message = `${JSON.stringify(name)} is no type of principal. Use AWS, Federated, Service or CanonicalUser.`;
      throw new Refusal("invalid-principal", message, path);
    }
    const elements = value.kind === "array" ? value.elements : [value];
    for (const [index, id] of elements.entries()) {
      principals.push(
        readPrincipal(type, id, value.kind === "array" ? elementPath(path, index) : path),
      );
    }
  }
  if (principals.length === 0) {
    throw new Refusal("missing-principal", "The statement names no principal.", where);
  }
  return { kind, principals, where };
}

function typeOf(name: string): PrincipalType | null {
  switch (name) {
    case "AWS":
    case "Federated":
    case "Service":
    case "CanonicalUser":
      return name;
    default:
      return null;
  }
}

const accountGrammar = /^\d{12}$/;
const rootGrammar = /^arn:([a-z0-9-]+):iam::(\d{12}):root$/;
const identityGrammar =
  /^arn:[a-z0-9-]+:(?:iam::(?:\d{12}|cloudfront):(?:user|role)\/.+|sts::\d{12}:(?:assumed-role\/[^/]+\/.+|federated-user\/.+))$/;
const uniqueIdGrammar = /^A[A-Z0-9]{11,127}$/;

function readPrincipal(type: PrincipalType, element: JsonValue, where: string): PolicyPrincipal {
  if (element.kind !== "string" || element.text.trim() === "") {
    throw new Refusal(
      "invalid-principal",
      "The id of a principal is a string that is not empty.",
      where,
    );
  }
  const id = element.text;
  if (id === "*" && type === "AWS") return { kind: "everybody" };
  if (id === "*" && type === "Federated") return { kind: "any-federated" };
  if (/[*?]/.test(id)) {
    const message = `A wildcard inside a principal matches nothing, so IAM refuses ${JSON.stringify(id)}. Name the principal in full, or write "*" for everybody.`;
    throw new Refusal("wildcard-in-principal", message, where);
  }
  if (type !== "AWS" && !/\s/.test(id)) return { kind: "exact", type, id };
  if (accountGrammar.test(id)) return { kind: "account", account: id, partition: null };
  const root = rootGrammar.exec(id);
  if (root !== null) return { kind: "account", account: root[2] ?? "", partition: root[1] ?? "" };
  if (identityGrammar.test(id) || uniqueIdGrammar.test(id)) return { kind: "exact", type, id };
  const allowed =
    type === "AWS"
      ? 'an account id, the ARN of a root, user, role or role session, or "*"'
      : "an id without blanks";
  const message = `${JSON.stringify(id)} is no principal of type ${type}. Use ${allowed}.`;
  throw new Refusal("invalid-principal", message, where);
}
