import { type DocumentFinding, pathText } from "./problems.ts";
import type { DocumentTree } from "./yaml.ts";

/**
 * The texts of a document, keys included, that Parameter Store could not keep: it refuses a value
 * that holds a template, two opening braces with two closing ones somewhere behind. An escape in
 * YAML or JSON takes such a text past it in the document; the status and the record would then
 * hold it as it is. JSON itself ends in closing braces, so the opening ones alone are enough.
 *
 * The finding names no such text, since its own message goes into the status too.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function templateFindings(
  tree: DocumentTree,
  path: readonly PropertyKey[] = [],
): readonly DocumentFinding[] {
  if (typeof tree === "string") return holdsTemplate(tree) ? [finding("the value", path)] : [];
  if (typeof tree !== "object" || tree === null) return [];
  if (isList(tree)) return tree.flatMap((item, index) => templateFindings(item, [...path, index]));
  return Object.entries(tree).flatMap(([key, value]) => {
    const below = [...path, key];
    const own = holdsTemplate(key) ? [finding("the key", below)] : [];
    return [...own, ...templateFindings(value, below)];
  });
}

function isList(tree: object): tree is readonly DocumentTree[] {
  return Array.isArray(tree);
}

function holdsTemplate(text: string): boolean {
  return text.includes("{{");
}

function finding(what: string, path: readonly PropertyKey[]): DocumentFinding {
  return {
    code: "template",
    path: pathText(path),
    says: `${what} contains two opening braces in a row, and Parameter Store refuses a template in double braces`,
    allowed: "text without two opening braces in a row, also where an escape hides them",
  };
}
