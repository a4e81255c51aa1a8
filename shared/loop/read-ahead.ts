import type { Reading } from "../aws/reading.ts";
import type { AccountListing } from "../edge/account-listing.ts";
import type {
  ObservedPolicy,
  ObservedProvider,
  ObservedRole,
  ObservedTargets,
  Tags,
} from "../plan/observed.ts";

/**
 * Reads of the account that have begun before it was certain that anyone needs them, so that nobody
 * has to wait for them later. A look takes what is here and begins the rest, so that a run reads
 * nothing twice.
 */
export type ReadAhead = {
  /** By the role's name in small letters. */
  readonly roles: Map<string, Promise<Reading<ObservedRole>>>;
  /** By ARN and what was hinted of its versions; without a hint by ARN alone. */
  readonly policies: Map<string, Promise<Reading<ObservedPolicy>>>;
  /** Of policies of an account that is read whole, by ARN. */
  readonly tags: Map<string, Promise<Tags | null>>;
  /** By ARN. */
  readonly providers: Map<string, Promise<Reading<ObservedProvider>>>;
  /** The account whole, under one key. */
  readonly account: Map<"whole", Promise<Reading<AccountListing>>>;
  /** By the question. */
  readonly targets: Map<string, Promise<ObservedTargets>>;
};

export function nothingAhead(): ReadAhead {
  return {
    roles: new Map(),
    policies: new Map(),
    tags: new Map(),
    providers: new Map(),
    account: new Map(),
    targets: new Map(),
  };
}

/** The key of a policy that is read for what it grants, without its versions. */
export function documentKey(arn: string): string {
  return `document of ${arn}`;
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
