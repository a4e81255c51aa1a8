import { foundIn, type PartReading, type Reading } from "../aws/reading.ts";
import { type Account, policyArn, providerArn } from "../trust/index.ts";
import {
  type ControlEntry,
  type Evidence,
  emptied,
  isPolicyGone,
  saysGone,
  unique,
} from "./control.ts";
import { audiencesOf } from "./desired.ts";
import type { Observation } from "./environment.ts";
import type { ObservedProvider } from "./observed.ts";
import type { Organisation } from "./organisation.ts";
import type { AppliedRecord, ValidVersion } from "./record.ts";

type Looked = {
  readonly account: Account;
  /** Of these alone anything was read. */
  readonly entries: readonly ControlEntry[];
  readonly snapshot: Pick<Observation, "role" | "policy"> & {
    provider(arn: string): Reading<ObservedProvider>;
  };
};

/**
 * The evidence without what is gone since a run saw the document removed: roles, policies, and what was asked of a
 * provider. No run has seen it go, so the record still names it, and nobody who puts a document again has it made again.
 * What cannot be read now is decided by the next run.
 */
export function withoutGone(evidence: Evidence, entry: ControlEntry, looked: Looked): Evidence {
  if (evidence.kind !== "record" || entry.newest === null) return evidence;
  const { gone, back, ...record } = evidence.record;
  if (!(gone ?? saysGone(entry.status))) return evidence;
  if (isShown(entry, record)) return { kind: "record", record: { ...record, back } };
  const { account, entries, snapshot } = looked;
  const { names, parted = [] } = record;
  const isLooked = entries.some(({ name }) => name === entry.name);
  let isUnread = asked(evidence, looked).some(({ reading }) => reading.kind === "unreadable");
  const stay = (all: readonly string[], read: (name: string) => PartReading<unknown>) =>
    all.filter((name) => {
      const { kind } = read(name);
      if (kind === "unreadable") isUnread = true;
      return kind !== "absent" || !isLooked;
    });
  const roles = stay(names.roles, snapshot.role);
  const policies = stay(names.policies, (name) => snapshot.policy(policyArn(account, name)));
  const isEmptied =
    isLooked && isPolicyGone(evidence, (name) => snapshot.policy(policyArn(account, name)));
  const off = [...takenOff(evidence, looked, []), ...(isEmptied ? [emptied] : [])];
  return {
    kind: "record",
    record: {
      ...record,
      names: { ...names, roles, policies },
      ...(off.length > 0 ? { parted: unique([...parted, ...off]) } : { back }),
      ...(isUnread && { gone: true }),
    },
  };
}

/**
 * Does the parameter's history still show what is in force? Then the document was never removed, whatever the status
 * says, which anybody may have written, or a listing lacked.
 */
function isShown({ newest, older }: ControlEntry, { applied, begun }: AppliedRecord): boolean {
  const inForce = [applied, begun].flatMap((at) => at?.modifiedAt ?? []);
  return [newest, older].some((read) => inForce.includes(read?.modifiedAt ?? ""));
}

/** What known versions ask of their providers, and what those are. */
function asked(
  evidence: Evidence,
  { account, snapshot }: Pick<Looked, "account" | "snapshot">,
): readonly { readonly at: ValidVersion; readonly reading: Reading<ObservedProvider> }[] {
  if (evidence.kind !== "record") return [];
  const { applied, begun } = evidence.record;
  return [applied, begun].flatMap((at) => {
    if (at === null) return [];
    const arn = providerArn(account, at.document.circleci.organizationId);
    return [{ at, reading: snapshot.provider(arn) }];
  });
}

/** What known versions ask of their providers and is not there, or not any more once these plans are carried out. */
export function takenOff(
  evidence: Evidence,
  looked: Pick<Looked, "account" | "snapshot">,
  organisations: readonly Organisation[],
): readonly string[] {
  return asked(evidence, looked).flatMap(({ at, reading }) => {
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
  const left = [
    ...audiences.filter((each) => !off.includes(each)),
    ...(pins[0] ?? thumbprints).map((each) => each.toLowerCase()),
  ];
  return (asked) => !left.includes(asked);
}
