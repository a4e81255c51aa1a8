import type { PartReading, Reading } from "../aws/reading.ts";
import type { AccountReading } from "../edge/account-listing.ts";
import type {
  ObservedPolicy,
  ObservedProvider,
  ObservedRole,
  ObservedTargets,
  Tags,
} from "../plan/observed.ts";
import type { RecordedCall } from "../wake/index.ts";

/**
 * Reads of the account that have begun before it was certain that anyone needs them, so that nobody
 * has to wait for them later. A look takes what is here and begins the rest, so that a run reads
 * nothing twice.
 */
export type ReadAhead = {
  /** By the role's name in small letters. */
  readonly roles: Map<string, Promise<PartReading<ObservedRole>>>;
  /** What policies grant, by ARN, where nobody asks for more. */
  readonly texts: Map<string, Promise<Reading<string>>>;
  /** By ARN and what was hinted of its versions; without a hint by ARN alone. */
  readonly policies: Map<string, Promise<PartReading<ObservedPolicy>>>;
  /** Of policies of an account that is read whole, by ARN. */
  readonly tags: Map<string, Promise<Tags | null>>;
  /** By ARN. */
  readonly providers: Map<string, Promise<Reading<ObservedProvider>>>;
  /** The account whole, under one key. */
  readonly account: Map<"whole", Promise<AccountReading>>;
  /** By the question. */
  readonly targets: Map<string, Promise<ObservedTargets>>;
  /** The calls that woke the run: what they name is most likely there. */
  readonly calls: readonly RecordedCall[];
};

/** @param calls those that woke the run */
export function nothingAhead(calls: readonly RecordedCall[] = []): ReadAhead {
  return {
    calls,
    roles: new Map(),
    texts: new Map(),
    policies: new Map(),
    tags: new Map(),
    providers: new Map(),
    account: new Map(),
    targets: new Map(),
  };
}

/** What the calls by which something comes to a role or policy say of it. */
export function namedIn(
  { calls }: Pick<ReadAhead, "calls">,
  eventName: string,
  [about, id]: readonly [parameter: string, value: string],
  wanted: string,
): readonly string[] {
  return calls.flatMap((call) => {
    const { [about]: found, [wanted]: value } = call.parameters;
    const isAbout = typeof found === "string" && found.toLowerCase() === id.toLowerCase();
    return call.eventName === eventName && isAbout && typeof value === "string" ? [value] : [];
  });
}

/** Versions that a call has just made, or made the default one. */
export function newVersions(ahead: Pick<ReadAhead, "calls">, arn: string): readonly string[] {
  const about = ["policyArn", arn] as const;
  return [
    ...namedIn(ahead, "CreatePolicyVersion", about, "madeVersion"),
    ...namedIn(ahead, "SetDefaultPolicyVersion", about, "versionId"),
  ];
}

/** What was begun under one of the keys, or else what begins now under the first. */
export function aheadOf<Key extends string, Value>(
  begun: Map<Key, Promise<Value>>,
  [key, ...others]: readonly [Key, ...Key[]],
  begin: () => Promise<Value>,
): Promise<Value> {
  for (const each of [key, ...others]) {
    const known = begun.get(each);
    if (known !== undefined) return known;
  }
  const reading = begin();
  begun.set(key, reading);
  return reading;
}
