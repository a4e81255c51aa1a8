import { allow, deny, policy, sub, trusts } from "../../tests/compare/pairs/vocabulary.ts";
import { type Family, narrower, same, shuffled, upTo, wider } from "./family.ts";

const variable = (at: number): string => `\${aws:PrincipalTag/k${at}}`;
const listed = (operator: string, values: readonly string[]): string =>
  trusts({ [operator]: { [sub]: values } });

/** As many values with variables as are compared; a pair with more says so at once. */
const most = 100;

/** Lists of values that each have a variable of their own, or the same one behind different texts. */
export const variables: readonly Family[] = [
  {
    title: "variables in another order",
    most,
    pair: (size) => ({
      before: listed("StringLike", upTo(size).map(variable)),
      after: listed("StringLike", shuffled(upTo(size).map(variable))),
      ...same,
    }),
  },
  {
    title: "variables in another order, one less",
    most,
    pair: (size) => ({
      before: listed("StringEquals", upTo(size).map(variable)),
      after: listed("StringEquals", shuffled(upTo(size - 1).map(variable))),
      ...narrower,
    }),
  },
  {
    title: "variables between stars, in another order",
    most,
    pair: (size) => ({
      before: listed(
        "StringLike",
        upTo(size).map((at) => `*${variable(at)}*`),
      ),
      after: listed("StringLike", shuffled(upTo(size).map((at) => `*${variable(at)}*`))),
      ...same,
    }),
  },
  {
    title: "a variable behind so many texts, in another order, one less refused",
    most,
    pair: (size) => ({
      before: listed(
        "StringNotLike",
        upTo(size).map((at) => `p${at}/\${aws:username}`),
      ),
      after: listed(
        "StringNotLike",
        shuffled(upTo(size - 1).map((at) => `p${at}/\${aws:username}`)),
      ),
      ...wider,
    }),
  },
  {
    title: "a statement for each variable, one less",
    most,
    pair: (size) => ({
      before: policy(...upTo(size).map((at) => allow({ StringLike: { [sub]: variable(at) } }))),
      after: policy(
        ...shuffled(upTo(size - 1)).map((at) => allow({ StringLike: { [sub]: variable(at) } })),
      ),
      ...narrower,
    }),
  },
  {
    title: "a Deny for each variable, one less",
    most,
    pair: (size) => ({
      before: policy(
        allow(),
        ...upTo(size).map((at) => deny({ StringLike: { [sub]: variable(at) } })),
      ),
      after: policy(
        ...shuffled(upTo(size - 1)).map((at) => deny({ StringLike: { [sub]: variable(at) } })),
        allow(),
      ),
      ...wider,
    }),
  },
];
