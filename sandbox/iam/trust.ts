import { malformedPolicy } from "./refusals.ts";
import type { Directory } from "./state.ts";

/**
 * How IAM stores and shows the principals of a trust policy. It stores a role or a user of the
 * account as its unique id and shows the ARN. After the entity is deleted it shows the id, which
 * matches nobody, even if a new entity has the old name. An account's number becomes its root ARN.
 * Federated and service principals stay as they are. Source: IAM User Guide, "AWS JSON policy
 * elements: Principal".
 */
export function storedTrust(directory: Directory, text: string): string {
  return rewritten(text, (id) => storedId(directory, id));
}

/** The trust policy for answers and for evaluation. */
export function shownTrust(directory: Directory, stored: string): string {
  return rewritten(stored, (id) => arnOfId(directory, id) ?? id);
}

function storedId(directory: Directory, id: string): string {
  if (/^\d{12}$/.test(id)) return `arn:aws:iam::${id}:root`;
  if (/^A(ROA|IDA)[A-Z0-9]+$/.test(id)) {
    if (arnOfId(directory, id) === null) throw unknownPrincipal(id);
    return id;
  }
  const own = new RegExp(`^arn:aws:iam::${directory.account}:(role|user)/`).exec(id);
  if (own === null) return id;
  const entities = own[1] === "role" ? directory.roles : directory.users;
  const entity = [...entities.values()].find(({ arn }) => arn === id);
  if (entity === undefined) throw unknownPrincipal(id);
  return entity.id;
}

function unknownPrincipal(id: string): Error {
  return malformedPolicy(`Invalid principal in policy: "AWS":"${id}"`);
}

function arnOfId(directory: Directory, id: string): string | null {
  const entities = id.startsWith("AROA") ? directory.roles : directory.users;
  return [...entities.values()].find((entity) => entity.id === id)?.arn ?? null;
}

function rewritten(text: string, rewrite: (id: string) => string): string {
  return JSON.stringify(JSON.parse(text), (name, value: unknown) =>
    name === "Statement" ? withPrincipals(value, rewrite) : value,
  );
}

function withPrincipals(value: unknown, rewrite: (id: string) => string): unknown {
  if (Array.isArray(value)) return value.map((statement) => withPrincipals(statement, rewrite));
  if (!isObject(value) || !isObject(value["Principal"])) return value;
  const { Principal } = value;
  if (!Object.hasOwn(Principal, "AWS")) return value;
  return { ...value, Principal: { ...Principal, AWS: eachId(Principal["AWS"], rewrite) } };
}

function eachId(ids: unknown, rewrite: (id: string) => string): unknown {
  if (typeof ids === "string") return rewrite(ids);
  return Array.isArray(ids) ? ids.map((id) => eachId(id, rewrite)) : ids;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
