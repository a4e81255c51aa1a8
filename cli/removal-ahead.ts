import type { Report } from "../shared/report/report.ts";
import { appliedInRecord } from "./environment.ts";
import type { Ready } from "./settings.ts";

/**
 * What a run deletes because a document is gone that said so. The changes of a dry run are those
 * towards a document, and these are towards none.
 *
 * @returns a sentence for each environment; none where its record cannot be read
 */
export async function removalsAhead({ environments }: Report, at: Ready): Promise<string[]> {
  const orphaned = environments.filter(({ outcome }) => outcome === "orphaned");
  const sentences = await Promise.all(orphaned.map(({ name }) => removalOf(name, at)));
  return sentences.filter((sentence) => sentence !== null);
}

async function removalOf(name: string, at: Ready): Promise<string | null> {
  const applied = await appliedInRecord(name, at).catch(() => null);
  if (applied?.parsed.kind !== "valid") return null;
  const { onRemove, mode, role, policy } = applied.parsed.document;
  if (onRemove !== "delete" || mode !== "enforce") return null;
  return `The document of ${name} is gone, and it said onRemove: delete. A run deletes role ${role.name}, policy ${policy.name}, and the provider if the reconciler made it and nobody uses it.`;
}
