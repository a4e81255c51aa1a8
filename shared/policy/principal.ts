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
    throw invalid(message, where);
  }
  if (element.kind !== "object")
    throw invalid('A principal is "*" or an object such as {"AWS": "…"}.', where);
  const principals: PolicyPrincipal[] = [];
  for (const { name, value } of element.members) {
    const path = memberPath(where, name);
    const type = typeOf(name);
    if (type === null) {
      const message = `${JSON.stringify(name)} is not a type of principal. Use AWS, Federated, Service or CanonicalUser.`;
      throw invalid(message, path);
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

function invalid(message: string, where: string): Refusal {
  return new Refusal("invalid-principal", message, where);
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
  /^arn:[a-z0-9-]+:(?:iam::\d{12}:(?:user|role)\/.+|sts::\d{12}:(?:assumed-role\/[^/]+\/.+|federated-user\/.+))$/;
const serviceGrammar = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const canonicalIdGrammar = /^[0-9a-f]{64}$/;
/** Of the unique ids only those of a user and of a role stand for a principal. */
const uniqueIdGrammar = /^A(?:IDA|ROA)[A-Z0-9]{12,124}$/;

function readPrincipal(type: PrincipalType, element: JsonValue, where: string): PolicyPrincipal {
  if (element.kind !== "string" || element.text.trim() === "") {
    throw invalid("The id of a principal is a string that is not empty.", where);
  }
  const id = element.text;
  if (id === "*" && type === "AWS") return { kind: "everybody" };
  if (id === "*" && type === "Federated") return { kind: "any-federated" };
  if (/[*?]/.test(id)) {
    const message = `A wildcard inside a principal matches nothing, so IAM refuses ${JSON.stringify(id)}. Name the principal in full, or write "*" for everybody.`;
    throw new Refusal("wildcard-in-principal", message, where);
  }
  if (type === "Federated") return readFederated(id, where);
  if (type === "AWS") {
    const read = readIdentity(id);
    if (read !== null) return read;
  }
  if (type === "Service" && serviceGrammar.test(id)) return { kind: "exact", type, id };
  if (type === "CanonicalUser" && canonicalIdGrammar.test(id)) return { kind: "exact", type, id };
  const message = `${JSON.stringify(id)} is not a principal of type ${type}. Use ${allowedIds(type)}.`;
  throw invalid(message, where);
}

function readIdentity(id: string): PolicyPrincipal | null {
  if (accountGrammar.test(id)) return { kind: "account", account: id, partition: null };
  const root = rootGrammar.exec(id);
  if (root !== null) return { kind: "account", account: root[2] ?? "", partition: root[1] ?? "" };
  const isKnown = identityGrammar.test(id) || uniqueIdGrammar.test(id);
  return isKnown ? { kind: "exact", type: "AWS", id } : null;
}

function allowedIds(type: Exclude<PrincipalType, "Federated">): string {
  switch (type) {
    case "AWS":
      return 'an account id, the ARN of a root, user, role or role session, or "*"';
    case "Service":
      return "a service's name, such as ec2.amazonaws.com";
    case "CanonicalUser":
      return "an id of 64 digits from 0-9 and a-f";
    default:
      return type satisfies never;
  }
}

const domain = "(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\\.)+[A-Za-z][A-Za-z0-9-]*";
const domainGrammar = new RegExp(`^${domain}$`);
/** A provider's ARN holds its URL without `https://`: a host and a path, which may end in a slash. */
const providerGrammar = new RegExp(
  `^arn:aws(?:-[a-z0-9]+)*:iam::\\d{12}:(?:saml-provider/[\\w.-]+|oidc-provider/${domain}(?:/[\\w.~!$&'()+,;=:@%-]+)*/?)$`,
);

/**
 * Who signs tokens or assertions: a provider of this account by its ARN, or one that STS knows by
 * its domain name, such as `accounts.google.com`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
 */
function readFederated(id: string, where: string): PolicyPrincipal {
  if (domainGrammar.test(id) || providerGrammar.test(id)) {
    return { kind: "exact", type: "Federated", id };
  }
  const message = `${JSON.stringify(id)} is not an identity provider${likelySlip(id)}. IAM takes arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH (12 digits, no https://), arn:aws:iam::ACCOUNT:saml-provider/NAME, or a domain name such as accounts.google.com.`;
  throw invalid(message, where);
}

/** What people write most often in its place. */
function likelySlip(id: string): string {
  if (/https?:/i.test(id)) return ": leave the scheme out";
  if (/^arn:[^:]*:(?:iam|sts)::\d*:(?:role|user|root|assumed-role)\b/.test(id))
    return ': it goes under "AWS"';
  const account = /^arn:[^:]*:iam:[^:]*:(\d*):/.exec(id)?.[1];
  if (account !== undefined && account.length !== 12)
    return `: the account id has ${account.length} digits`;
  return "";
}
