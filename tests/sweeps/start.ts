import type { SweptAccount } from "./account.ts";

/** Where a sweep begins: the account just before the run that is disturbed. */
export type Start = {
  readonly start: string;
  /** What the installation does with a first document. */
  readonly first: "apply" | "hold";
  /** What an undisturbed run reports, among others: a start is of use only while it does. */
  readonly reports: readonly string[];
  /**
   * A known fault: what runs after a disturbed one report of things that a person had made before they were
   * taken over, once, and as if somebody had just done it.
   */
  readonly accuses?: readonly string[];
  /** The call whose event wakes the run; left out, the schedule does. */
  readonly wokenBy?: string;
  /** Brings the empty account, with deploy targets, to where the run begins. */
  readonly given: (account: SweptAccount) => Promise<unknown>;
};
