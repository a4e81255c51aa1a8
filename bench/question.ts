import type { ReplayedWitness } from "../tests/compare/properties/replay.ts";

/** A pair of trust policies, and whether the second admits a request that the first does not. */
export type Question = {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  /** Known by hand or by construction, never from one of the contenders. */
  readonly widens: boolean;
};

/** What a contender answers: null if it does not know; and a request that shows it, if it gives one. */
export type Answer = {
  readonly widens: boolean | null;
  readonly example?: ReplayedWitness | null;
};

export type Contender = {
  readonly name: string;
  readonly answer: (question: Question) => Promise<Answer> | Answer;
};
