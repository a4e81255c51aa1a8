import { foundIn, type Reading } from "../aws/reading.ts";
import { providerArn } from "../trust/index.ts";
import { type PlanContext, providerOwnerOf } from "./context.ts";
import type { Evidence } from "./control.ts";
import type { ObservedProvider } from "./observed.ts";
import { changesOwner, tagChange } from "./provider.ts";
import { isQuarrelled } from "./quarrel.ts";

/**
 * The evidence without providers that another reconciler keeps: it has put its tags back on within days
 * after a run of ours took them for drift. Of two installations whose records name one provider, the one whose
 * tags it then has keeps it. The other is in conflict, and says once who keeps it.
 */
export function withoutGivenUp(
  evidence: ReadonlyMap<string, Evidence>,
  given: Pick<PlanContext, "account" | "installation" | "now"> & {
    readonly provider: (arn: string) => Reading<ObservedProvider>;
  },
): ReadonlyMap<string, Evidence> {
  const records = [...evidence.values()].flatMap((each) =>
    each.kind === "record" ? [each.record] : [],
  );
  const quarrels = records.flatMap((record) => record.quarrels);
  if (quarrels.length === 0) return evidence;
  const owner = providerOwnerOf(given);
  const isGivenUp = (organization: string): boolean => {
    const found = foundIn(given.provider(providerArn(given.account, organization)));
    const changes = found === null ? [] : tagChange(found, owner);
    return changes.some(
      (change) => changesOwner(change) && isQuarrelled(change, quarrels, given.now),
    );
  };
  const named = new Set(records.flatMap(({ names }) => names.organizations));
  const givenUp = new Set([...named].filter(isGivenUp));
  if (givenUp.size === 0) return evidence;
  return new Map([...evidence].map(([name, each]) => [name, without(each, givenUp)]));
}

function without(evidence: Evidence, givenUp: ReadonlySet<string>): Evidence {
  if (evidence.kind !== "record") return evidence;
  const { record } = evidence;
  const organizations = record.names.organizations.filter((id) => !givenUp.has(id));
  return { kind: "record", record: { ...record, names: { ...record.names, organizations } } };
}
