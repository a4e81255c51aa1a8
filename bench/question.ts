/** A pair of trust policies, and whether the second admits a request that the first does not. */
export type Question = {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  /** Known by hand or by construction, never from one of the contenders. */
  readonly widens: boolean;
};

/** What a contender answers: null if it does not know. */
export type Answer = boolean | null;

export type Contender = {
  readonly name: string;
  readonly answer: (question: Question) => Promise<Answer> | Answer;
};
