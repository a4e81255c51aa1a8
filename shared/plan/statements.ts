import { isRecord, type JsonObject, parseJson } from "../json.ts";

/** A document's statements as written; `null` where the text is not a policy. */
export function statementsOf(document: string): readonly JsonObject[] | null {
  const data = asRecord(document);
  if (data === null) return null;
  const statements = listOf(data["Statement"]);
  return statements.every(isRecord) ? statements.filter(isRecord) : null;
}

/**
 * The document with its Allow or its Deny statements alone, each as it was written; `null` where
 * it has none. A text that is not a policy comes back as it is: comparing it decides nothing.
 */
export function onlyWith(effect: "Allow" | "Deny", document: string): string | null {
  const data = asRecord(document);
  const statements = statementsOf(document);
  if (data === null || statements === null) return document;
  const kept = statements.filter((statement) => statement["Effect"] === effect);
  if (kept.length === statements.length) return kept.length === 0 ? null : document;
  return kept.length === 0 ? null : JSON.stringify({ ...data, Statement: kept });
}

/** Is every statement of the document a Deny? Not where it has none, nor where it is not a policy. */
export function onlyDenies(document: string): boolean {
  const statements = statementsOf(document);
  return (
    statements !== null &&
    statements.length > 0 &&
    statements.every((statement) => statement["Effect"] === "Deny")
  );
}

/** Does the document surely allow nothing, since no statement of it is an Allow? */
export function allowsNothing(document: string): boolean {
  return onlyWith("Allow", document) === null;
}

/**
 * A trust policy with one statement more, which refuses the provider's tokens of one audience;
 * `null` where the text is not a policy to add one to.
 */
export function denyingAudience(
  document: string,
  providerArn: string,
  audience: string,
): string | null {
  const data = asRecord(document);
  const statements = statementsOf(document);
  if (data === null || statements === null) return null;
  const key = `${providerArn.split(":oidc-provider/")[1] ?? ""}:aud`;
  const deny = {
    Effect: "Deny",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [key]: audience } },
  };
  return JSON.stringify({ ...data, Statement: [...statements, deny] });
}

/** Every action on every resource: the worst that a document which was not read may say. */
export const everything: string = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/** How long IAM finds a document: it counts no white space. */
export function lengthOf(document: string): number {
  return document.replaceAll(/\s/g, "").length;
}

/** A policy element as a list: IAM takes one value or several. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function asRecord(document: string): JsonObject | null {
  const data = parseJson(document);
  return isRecord(data) ? data : null;
}
