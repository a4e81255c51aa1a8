import { foundIn, type Reading } from "../aws/reading.ts";
import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import { readTemplate } from "../edge/identity.ts";
import type { PlannedEnvironment } from "../plan/applied.ts";
import { versionOf } from "../plan/choice.ts";
import { hasName, newestValid, writtenNames } from "../plan/control.ts";
import type { ObservedRole } from "../plan/observed.ts";
import type { Snapshot } from "./observe.ts";
import type { Planning, Plans } from "./planning.ts";

const rolesAtOnce = 16;

/**
 * Of roles that would be adopted: which role template each was made from, for an account that is
 * read in pages does not show it. Returns the snapshot with what was read, or the same one.
 */
export async function withTemplates(
  clients: Clients,
  plans: Plans,
  { snapshot }: Pick<Planning, "snapshot">,
): Promise<Snapshot> {
  const wanted = plans.environments.flatMap((each) => rolesAsked(each, snapshot));
  if (wanted.length === 0) return snapshot;
  const once = [...new Map(wanted.map((role) => [role.name.toLowerCase(), role])).values()];
  const read = new Map(
    await atMost(rolesAtOnce, once, async (role) => {
      const template = await readTemplate(clients, role.name);
      const reading: Reading<ObservedRole> =
        template.kind === "found"
          ? { kind: "found", value: { ...role, template: template.value } }
          : template;
      return [role.name.toLowerCase(), reading] as const;
    }),
  );
  return { ...snapshot, role: (name) => read.get(name.toLowerCase()) ?? snapshot.role(name) };
}

/** Roles that a document names, that are there, and that were never written for it. */
function rolesAsked(
  { entry, plan }: PlannedEnvironment,
  snapshot: Snapshot,
): readonly ObservedRole[] {
  const documents = [newestValid(entry)?.document, versionOf(plan.choice)?.document];
  const { roles } = writtenNames(plan.evidence, entry);
  return documents.flatMap((document) => {
    const role = document === undefined ? null : foundIn(snapshot.role(document.role.name));
    const isUnknown = role !== null && role.template === undefined && !hasName(roles, role.name);
    return isUnknown ? [role] : [];
  });
}
