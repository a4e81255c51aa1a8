import { isObject } from "../document.ts";
import { textsOf } from "./elements.ts";
import { firstProblem, malformed, type PolicyProblem, syntaxErrors } from "./problem.ts";

/** The shape of an id for each type of principal. Whether it exists is another question. */
const shapes: ReadonlyMap<string, RegExp> = new Map([
  [
    "AWS",
    /^(\*|\d{12}|A(IDA|ROA)[A-Z0-9]{12,124}|arn:[\w-]+:iam::\d{12}:(root|(user|role)\/[^*?]+)|arn:[\w-]+:sts::\d{12}:(assumed-role|federated-user)\/[^*?]+)$/,
  ],
  [
    // A domain name, a SAML provider, or an OIDC provider: a host and a path, which may end in `/`
    // (Entra's issuers do), without scheme, port, query or fragment.
    "Federated",
    /^(\*|(\w([\w-]*\w)?\.)+[A-Za-z][A-Za-z0-9-]*|arn:aws(-\w+)*:iam::\d{12}:(saml-provider\/[\w.-]+|oidc-provider\/(\w([\w-]*\w)?\.)+[A-Za-z][A-Za-z0-9-]*(\/[\w.~!$&'()+,;=:@%-]+)*\/?))$/,
  ],
  ["Service", /^[a-z0-9-]+(\.[a-z0-9-]+)+$/],
  ["CanonicalUser", /^[0-9a-f]{64}$/],
]);

/** The principals of a trust statement: `*`, or types with ids, no wildcard inside an id. */
export function problemOfPrincipal(principal: unknown): PolicyProblem | null {
  if (principal === "*") return null;
  if (typeof principal === "string")
    return malformed(`Invalid principal in policy: "${principal}"`);
  if (!isObject(principal) || Object.keys(principal).length === 0) return syntaxErrors;
  return firstProblem(
    Object.entries(principal).map(
      ([type, ids]) =>
        () =>
          problemOfType(type, ids),
    ),
  );
}

function problemOfType(type: string, ids: unknown): PolicyProblem | null {
  const shape = shapes.get(type);
  const texts = textsOf(ids);
  if (shape === undefined || texts === null) return syntaxErrors;
  const strange = texts.find((id) => !shape.test(id));
  if (strange === undefined) return null;
  if (type === "Federated") {
    return malformed("Federated principals must be valid domain names or SAML metadata ARNs");
  }
  return malformed(`Invalid principal in policy: "${type.toUpperCase()}":"${strange}"`);
}
