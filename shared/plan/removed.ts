import type { ControlEntry, DocumentVersion, Evidence } from "./control.ts";
import type { Observation } from "./environment.ts";
import type { AppliedRecord } from "./record.ts";

/**
 * The evidence without roles that are gone since a run saw the document removed: nobody who puts one again has them
 * made again. No run has seen them go, so the record still names them.
 */
export function withoutGone(
  evidence: Evidence,
  entry: ControlEntry,
  observed: Pick<Observation, "role">,
): Evidence {
  if (evidence.kind !== "record" || !isPutAgain(entry, evidence.record)) return evidence;
  const { record } = evidence;
  const roles = record.names.roles.filter((name) => observed.role(name).kind !== "absent");
  return { kind: "record", record: { ...record, names: { ...record.names, roles } } };
}

/**
 * Does the status say that the document was removed, while there is one? Anybody who may write a status can say so: it
 * is not believed where the parameter's history still shows what is in force.
 */
function isPutAgain(
  { newest, older, status }: ControlEntry,
  { applied, begun }: AppliedRecord,
): boolean {
  const isKnown = (read: DocumentVersion | null) =>
    [applied, begun].some(
      (at) => at?.version === read?.version && at?.modifiedAt === read?.modifiedAt && at !== null,
    );
  return (
    newest !== null &&
    status?.conditions.SpecValid?.reason === "ParameterGone" &&
    !isKnown(newest) &&
    !isKnown(older)
  );
}
