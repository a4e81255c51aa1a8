import { foundIn, type Reading } from "../aws/reading.ts";
import { type Account, providerArn } from "../trust/index.ts";
import { type ControlEntry, type Evidence, saysGone } from "./control.ts";
import { audiencesOf } from "./desired.ts";
import type { Observation } from "./environment.ts";
import type { ObservedProvider } from "./observed.ts";
import type { Organisation } from "./organisation.ts";
import type { AppliedRecord } from "./record.ts";

type Looked = {
  readonly account: Account;
  /** Of these alone anything was read. */
  readonly entries: readonly ControlEntry[];
  readonly snapshot: Pick<Observation, "role"> & {
    provider(arn: string): Reading<ObservedProvider>;
  };
};

/**
 * The evidence without what is gone since a run saw the document removed: roles, and what was asked of a provider. No run
 * has seen it go, so the record still names it, and nobody who puts a document again has it made again.
 */
export function withoutGone(evidence: Evidence, entry: ControlEntry, looked: Looked): Evidence {
  if (evidence.kind !== "record" || !isPutAgain(entry, evidence.record)) return evidence;
  if (looked.entries.every(({ name }) => name !== entry.name)) return evidence;
  const { record } = evidence;
  const { names, parted = [] } = record;
  const roles = names.roles.filter((name) => looked.snapshot.role(name).kind !== "absent");
  const off = takenOff(evidence, looked, []).filter((each) => !parted.includes(each));
  return {
    kind: "record",
    record: {
      ...record,
      names: { ...names, roles },
      ...(off.length === 0 ? {} : { parted: [...parted, ...off] }),
    },
  };
}

/**
 * Does the status say that the document was removed, while there is one? Anybody who may write a status can say so: it
 * is not believed where the parameter's history still shows what is in force.
 */
function isPutAgain(
  { newest, older, status }: ControlEntry,
  { applied, begun }: AppliedRecord,
): boolean {
  const inForce = [applied, begun].flatMap((at) => at?.modifiedAt ?? []);
  const isShown = [newest, older].some((read) => inForce.includes(read?.modifiedAt ?? ""));
  return newest !== null && saysGone(status) && !isShown;
}

/** What known versions ask of their providers and is not there, or not any more once these plans are carried out. */
export function takenOff(
  evidence: Evidence,
  { account, snapshot }: Pick<Looked, "account" | "snapshot">,
  organisations: readonly Organisation[],
): readonly string[] {
  if (evidence.kind !== "record") return [];
  const { applied, begun } = evidence.record;
  return [applied, begun].flatMap((at) => {
    if (at === null) return [];
    const arn = providerArn(account, at.document.circleci.organizationId);
    const reading = snapshot.provider(arn);
    if (reading.kind === "unreadable") return [];
    const { organizationId, thumbprints } = at.document.circleci;
    const found = foundIn(reading);
    return found === null
      ? [organizationId]
      : [...audiencesOf(at.document), ...thumbprints].filter(isOff(found, organisations));
  });
}

function isOff(
  { arn, audiences, thumbprints }: ObservedProvider,
  organisations: readonly Organisation[],
): (asked: string) => boolean {
  const steps = organisations.flatMap(({ plan }) =>
    [...plan.closing, ...plan.opening].map(({ step }) => step),
  );
  const pins = steps.flatMap((step) =>
    step.do === "set-thumbprints" && step.arn === arn ? [step.thumbprints] : [],
  );
  const off = steps.flatMap((step) =>
    step.do === "remove-audience" && step.arn === arn ? step.audience : [],
  );
  const left = (pins[0] ?? thumbprints).map((each) => each.toLowerCase());
  const isThere = (asked: string) =>
    audiences.includes(asked) || left.includes(asked.toLowerCase());
  return (asked) => off.includes(asked) || !isThere(asked);
}
