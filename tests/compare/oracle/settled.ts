/** One question both were asked: a single condition of an identity policy, and the key's values. */
export type Question = {
  readonly version: "2012-10-17" | "2008-10-17";
  readonly operator: string;
  readonly listed: readonly string[];
  readonly values: readonly string[] | null;
};

/** Where the two disagree and the documentation decides; docs/second-opinion.md gives the reasons. */
export type Settled = {
  readonly title: string;
  readonly covers: (question: Question) => boolean;
};

const negated = /Not(Equals|Like|IpAddress)|NotIp/;
const lists = (question: Question, pattern: RegExp) =>
  question.listed.some((value) => pattern.test(value));
const bare = ({ operator }: Question) => operator.replace(/^For\w+:/, "").replace(/IfExists$/, "");

export const settled: readonly Settled[] = [
  {
    title: "escapes under StringEquals",
    covers: (question) =>
      question.version === "2012-10-17" &&
      /^String.*Equals/.test(bare(question)) &&
      lists(question, /\$\{[*?$]\}/),
  },
  {
    title: "variables in version 2008-10-17",
    covers: (question) => question.version === "2008-10-17" && lists(question, /\$\{/),
  },
  {
    title: "a variable without a value under a negated operator",
    covers: (question) => negated.test(bare(question)) && lists(question, /\$\{aws:none\}/),
  },
  {
    title: "ForAnyValue with IfExists on a missing key",
    covers: ({ operator, values }) => values === null && /^ForAnyValue:.*IfExists$/.test(operator),
  },
  {
    title: "dates as epoch numbers",
    covers: (question) =>
      bare(question).startsWith("Date") &&
      (lists(question, /^\d+$/) || (question.values ?? []).some((value) => /^\d+$/.test(value))),
  },
  {
    title: "the whole of IPv4",
    covers: (question) => lists(question, /^0\.0\.0\.0\/0$/),
  },
  {
    title: "NotIpAddress of a single address of the other family",
    covers: (question) => bare(question) === "NotIpAddress" && lists(question, /^[^/]+$/),
  },
  {
    title: "negated operators against what cannot be read",
    covers: (question) =>
      negated.test(bare(question)) &&
      (lists(question, /^(nonsense|arn:\*|\*|abc)$/) || (question.values ?? []).includes("abc")),
  },
  {
    title: "numbers with an exponent",
    covers: (question) => bare(question).startsWith("Numeric") && lists(question, /e/),
  },
];
