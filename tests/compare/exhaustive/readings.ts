/**
 * What AWS's documentation leaves open, as choices: a verdict must be right under every one of them.
 * A reading is one answer to all questions that a family of policies asks.
 */
export type Reading = {
  /** ForAnyValue with IfExists where the key is absent, under each effect. */
  readonly anyOfNone: Readonly<Record<Effect, boolean>>;
  /** ForAllValues:StringNotLike where the key is absent, under each effect. */
  readonly notLikeOfNone: Readonly<Record<Effect, boolean>>;
  /** Which values a policy value fits that is not valid for its operator. */
  readonly unreadable: "none" | "all" | "first";
  /** A request's value that is not of the operator's type: does the negated operator hold? */
  readonly foreignUnderNot: boolean;
  /** Several values where the policy has no set operator: does one do, or must all fit? */
  readonly withoutSet: "some" | "every";
  /** NotPrincipal in an Allow: all others, or nobody. */
  readonly others: boolean;
};

export type Effect = "Allow" | "Deny";

export type Question = keyof Reading;

const usual: Reading = {
  anyOfNone: { Allow: true, Deny: true },
  notLikeOfNone: { Allow: true, Deny: true },
  unreadable: "none",
  foreignUnderNot: true,
  withoutSet: "some",
  others: true,
};

const byEffect = [true, false].flatMap((Allow) => [true, false].map((Deny) => ({ Allow, Deny })));

const answers: Readonly<Record<Question, readonly Partial<Reading>[]>> = {
  anyOfNone: byEffect.map((anyOfNone) => ({ anyOfNone })),
  notLikeOfNone: byEffect.map((notLikeOfNone) => ({ notLikeOfNone })),
  unreadable: [{ unreadable: "none" }, { unreadable: "all" }, { unreadable: "first" }],
  foreignUnderNot: [{ foreignUnderNot: true }, { foreignUnderNot: false }],
  withoutSet: [{ withoutSet: "some" }, { withoutSet: "every" }],
  others: [{ others: true }, { others: false }],
};

/** Every combination of answers to these questions; questions that nobody asks have one answer. */
export function readingsOf(questions: readonly Question[]): readonly Reading[] {
  return questions.reduce<readonly Reading[]>(
    (readings, question) =>
      readings.flatMap((reading) => answers[question].map((answer) => ({ ...reading, ...answer }))),
    [usual],
  );
}
