import { hiddenCharacterIn } from "./hidden-character.ts";
import { type DocumentFinding, pathText } from "./problems.ts";
import type { DocumentTree } from "./yaml.ts";

/**
 * The texts of a document, keys included, that an escape of YAML or JSON takes past the checks of the
 * document's own text:
 *
 * - Two opening braces in a row. Parameter Store refuses a value that holds a template, two opening
 *   braces with two closing ones somewhere behind, and the status and the record would hold it as it
 *   is. JSON itself ends in closing braces, so the opening ones alone are enough.
 *   https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 * - A hidden character: what IAM and the consoles then show is another text.
 *
 * The finding repeats no such text, since its own message goes into the status too.
 */
export function escapedFindings(
  tree: DocumentTree,
  path: readonly PropertyKey[] = [],
): readonly DocumentFinding[] {
  if (typeof tree === "string") return findingsIn(tree, "the value", path);
  if (typeof tree !== "object" || tree === null) return [];
  if (isList(tree)) return tree.flatMap((item, index) => escapedFindings(item, [...path, index]));
  return Object.entries(tree).flatMap(([key, value]) => {
    const below = [...path, key];
    return [...findingsIn(key, "the key", below), ...escapedFindings(value, below)];
  });
}

function isList(tree: object): tree is readonly DocumentTree[] {
  return Array.isArray(tree);
}

function findingsIn(
  text: string,
  what: string,
  path: readonly PropertyKey[],
): readonly DocumentFinding[] {
  const at = pathText(path);
  if (text.includes("{{")) {
    return [
      {
        code: "template",
        path: at,
        says: `${what} contains two opening braces in a row, and Parameter Store refuses a template in double braces`,
        allowed: "text without two opening braces in a row, also where an escape hides them",
      },
    ];
  }
  const hidden = hiddenCharacterIn(text);
  if (hidden === null) return [];
  return [
    {
      code: "hidden-character",
      path: at,
      says: `${what} holds ${hidden.says}`,
      allowed: "text without hidden characters, also where an escape writes them",
    },
  ];
}
