/**
 * The texts that a document may hold, each with the service's own rule and, where a mistake is
 * likely, a sentence that says more than "does not fit". Whatever passes here is safe to put into
 * an IAM policy: no character beyond Latin-1, no live wildcard, no policy variable.
 */
export type TextRule = {
  /** The whole rule, as far as one regular expression can say it; also goes into the JSON Schema. */
  readonly pattern: RegExp;
  readonly lengthMax: number;
  /** 1 where nothing is said. */
  readonly lengthMin?: number;
  /** What is allowed, as the end of "allowed: …". */
  readonly allowed: string;
  /** Likely or finer mistakes, tried in order before the pattern. */
  readonly mistakes?: readonly Mistake[];
};

type Mistake = {
  readonly when: (text: string) => boolean;
  /** Finishes a sentence whose subject is the value: "begins with a scheme". */
  readonly says: string;
  /** What was probably meant; proposed where the rule takes it. */
  readonly instead?: (text: string) => string | null;
};

export const beyondLatin1: Mistake = {
  when: (text) => /[\u0100-\uffff]/.test(text),
  says: "holds a character beyond Latin-1, which IAM refuses in a policy",
};
export const spaceOrControl: Mistake = {
  when: (text) => /[\s\p{Cc}]/u.test(text),
  says: "holds a space or a control character",
};

/**
 * What is wrong with a text, as the end of a sentence whose subject is the text.
 * @returns null where nothing is.
 */
export function mistakeIn(rule: TextRule, text: string): string | null {
  const lengthMin = rule.lengthMin ?? 1;
  if (text.length < lengthMin) return text === "" ? "is empty" : "is too short";
  if (text.length > rule.lengthMax) {
    return `has ${text.length} characters, ${text.length - rule.lengthMax} too many`;
  }
  const mistake = rule.mistakes?.find(({ when }) => when(text));
  if (mistake !== undefined) {
    const instead = mistake.instead?.(text) ?? null;
    const isRight = instead !== null && mistakeIn(rule, instead) === null;
    return isRight ? `${mistake.says}; write ${instead}` : mistake.says;
  }
  return rule.pattern.test(text) ? null : "is not of that form";
}
