import {
  allow,
  aud,
  deny,
  issuer,
  policy,
  sub,
  trusts,
} from "../../tests/compare/pairs/vocabulary.ts";
import { type Family, narrower, other, same, shuffled, upTo, wider } from "./family.ts";

const key = (at: number): string => `aws:RequestTag/k${at}`;
const values = (at: number, count: number): readonly string[] =>
  upTo(count).map((value) => `v${at}-${value}*`);
const under = (operator: string, keys: readonly (readonly [string, readonly string[]])[]): string =>
  trusts({ [operator]: Object.fromEntries(keys) });
const block = (at: number): string => `10.${Math.floor(at / 256)}.${at % 256}.0/24`;
const day = (at: number): string =>
  new Date(Date.UTC(2026, 0, 1 + at)).toISOString().replace(".000Z", "Z");
const account = (at: number): string => String(100_000_000_000 + at);

/** Many keys, typed keys and keys of several values; principals; Deny over Allow. */
export const keys: readonly Family[] = [
  {
    title: "keys of four values each, in another order",
    pair: (size) => ({
      before: under(
        "StringLike",
        upTo(size).map((at) => [key(at), values(at, 4)]),
      ),
      after: under(
        "StringLike",
        shuffled(upTo(size).map((at) => [key(at), shuffled(values(at, 4))] as const)),
      ),
      ...same,
    }),
  },
  {
    title: "keys of four values each, the last one with three",
    pair: (size) => ({
      before: under(
        "StringLike",
        upTo(size).map((at) => [key(at), values(at, at === size - 1 ? 3 : 4)]),
      ),
      after: under(
        "StringLike",
        shuffled(upTo(size).map((at) => [key(at), values(at, 4)] as const)),
      ),
      ...wider,
    }),
  },
  {
    title: "a product of two keys, one statement for each pair",
    pair: (size) => ({
      before: trusts({ StringLike: { [sub]: values(0, size), [key(1)]: values(1, 3) } }),
      after: policy(
        ...shuffled(upTo(size)).flatMap((at) =>
          values(1, 3).map((value) =>
            allow({ StringLike: { [sub]: values(0, size)[at], [key(1)]: value } }),
          ),
        ),
      ),
      ...same,
    }),
  },
  {
    title: "a product of three keys, one statement for each triple but one",
    pair: (size) => ({
      before: policy(
        ...upTo(size)
          .flatMap((at) =>
            upTo(9).map((pair) =>
              allow({
                StringLike: {
                  [sub]: `s${at}*`,
                  [key(1)]: values(1, 3)[pair % 3],
                  [key(2)]: values(2, 3)[Math.floor(pair / 3)],
                },
              }),
            ),
          )
          .slice(1),
      ),
      after: trusts({
        StringLike: {
          [sub]: upTo(size).map((at) => `s${at}*`),
          [key(1)]: values(1, 3),
          [key(2)]: values(2, 3),
        },
      }),
      ...wider,
    }),
  },
  {
    title: "a Deny for each of many keys, in another order",
    pair: (size) => {
      const denies = upTo(size).map((at) => deny({ StringLike: { [key(at)]: "bad*" } }));
      return {
        before: policy(allow(), ...denies),
        after: policy(...shuffled(denies), allow()),
        ...same,
      };
    },
  },
  {
    title: "a Deny for each of many keys, one missing",
    pair: (size) => {
      const denies = upTo(size).map((at) => deny({ StringLike: { [key(at)]: "bad*" } }));
      return {
        before: policy(allow(), ...denies),
        after: policy(...shuffled(denies).slice(1), allow()),
        ...wider,
      };
    },
  },
  {
    title: "a Deny unless each of many keys fits, as conditions of the Allow",
    pair: (size) => ({
      before: under(
        "StringLike",
        upTo(size).map((at) => [key(at), [`good${at}*`]]),
      ),
      after: policy(
        allow(),
        ...shuffled(upTo(size)).map((at) => deny({ StringNotLike: { [key(at)]: `good${at}*` } })),
      ),
      ...same,
    }),
  },
  {
    title: "one statement for each key, and for each pair of neighbours",
    pair: (size) => ({
      before: policy(...upTo(size).map((at) => allow({ StringLike: { [key(at)]: "x*" } }))),
      after: policy(
        ...upTo(size).map((at) =>
          allow({ StringLike: { [key(at)]: "x*", [key((at + 1) % size)]: "*y" } }),
        ),
      ),
      ...narrower,
    }),
    most: 40,
  },
  {
    title: "either this key or that, for many keys (a clause each), and all of the first",
    most: 24,
    pair: (size) => ({
      before: policy(
        allow(),
        ...upTo(size).map((at) =>
          deny({ StringNotLike: { [key(at)]: "a*", [`aws:PrincipalTag/k${at}`]: "b*" } }),
        ),
      ),
      after: under(
        "StringLike",
        upTo(size).map((at) => [key(at), ["a*"]]),
      ),
      ...narrower,
    }),
  },
  ...["ForAllValues", "ForAnyValue"].map(
    (quantifier): Family => ({
      title: `${quantifier} lists in another order`,
      pair: (size) => {
        const all = upTo(size).map((at) => `tag-${at}-*`);
        const of = (list: readonly string[]) =>
          trusts({ [`${quantifier}:StringLike`]: { "aws:TagKeys": list } });
        return { before: of(all), after: of(shuffled(all)), ...same };
      },
    }),
  ),
  {
    title: "ForAllValues in parts, and together",
    pair: (size) => {
      const all = upTo(size).map((at) => `tag-${at}-*`);
      const of = (list: readonly string[]) =>
        allow({ "ForAllValues:StringLike": { "aws:TagKeys": list } });
      return {
        before: policy(of(all)),
        after: policy(...shuffled(all).map((one) => of([one]))),
        ...(size === 1 ? same : narrower),
      };
    },
  },
  {
    title: "ForAnyValue, a statement each",
    pair: (size) => {
      const all = upTo(size).map((at) => `tag-${at}-*`);
      const of = (list: readonly string[]) =>
        allow({ "ForAnyValue:StringLike": { "aws:TagKeys": list } });
      return {
        before: policy(of(all)),
        after: policy(...shuffled(all).map((one) => of([one]))),
        ...same,
      };
    },
  },
  {
    title: "blocks of addresses in another order",
    pair: (size) => ({
      before: under("IpAddress", [["aws:SourceIp", upTo(size).map(block)]]),
      after: under("IpAddress", [["aws:SourceIp", shuffled(upTo(size).map(block))]]),
      ...same,
    }),
  },
  {
    title: "blocks of addresses, each a statement, one narrower",
    pair: (size) => ({
      before: under("IpAddress", [["aws:SourceIp", upTo(size).map(block)]]),
      after: policy(
        ...shuffled(upTo(size)).map((at) =>
          allow({
            IpAddress: { "aws:SourceIp": block(at).replace("/24", at === 0 ? "/25" : "/24") },
          }),
        ),
      ),
      ...narrower,
    }),
  },
  {
    title: "windows of dates, a Deny between them",
    pair: (size) => {
      const window = (at: number) => ({
        DateGreaterThanEquals: { "aws:CurrentTime": day(2 * at) },
        DateLessThan: { "aws:CurrentTime": day(2 * at + 2) },
      });
      return {
        before: policy(...upTo(size).map((at) => allow(window(at)))),
        after: policy(...shuffled(upTo(size)).map((at) => allow(window(at))), deny(window(0))),
        ...narrower,
      };
    },
  },
  {
    title: "numbers, each of a list, and between them",
    pair: (size) => ({
      before: under("NumericEquals", [
        ["aws:MultiFactorAuthAge", upTo(size).map((at) => String(at * 10))],
      ]),
      after: trusts({
        NumericEquals: {
          "aws:MultiFactorAuthAge": shuffled(upTo(size + 1).map((at) => String(at * 10))),
        },
        NumericLessThan: { "aws:multifactorauthage": String(size * 10) },
      }),
      ...same,
    }),
  },
  {
    title: "principals in another order",
    pair: (size) => {
      const roles = upTo(size).map((at) => `arn:aws:iam::${account(at)}:role/r${at}`);
      const of = (list: readonly string[]) =>
        policy(allow(undefined, { Principal: { AWS: list }, Action: "sts:AssumeRole" }));
      return { before: of(roles), after: of(shuffled(roles)), ...same };
    },
  },
  {
    title: "accounts, and all others",
    pair: (size) => {
      const of = (from: number) =>
        policy(
          allow(undefined, {
            Principal: { AWS: upTo(size).map((at) => account(from + at)) },
            Action: "sts:AssumeRole",
          }),
        );
      return { before: of(0), after: of(size), ...other };
    },
  },
  {
    title: "accounts, and one statement each, one another",
    pair: (size) => ({
      before: policy(
        allow(undefined, { Principal: { AWS: upTo(size).map(account) }, Action: "sts:AssumeRole" }),
      ),
      after: policy(
        ...shuffled(upTo(size)).map((at) =>
          allow(undefined, {
            Principal: { AWS: account(at === 0 ? 9_999 : at) },
            Action: "sts:AssumeRole",
          }),
        ),
      ),
      ...other,
    }),
  },
  {
    title: "role ARNs by ArnLike, with stars in each field",
    pair: (size) => {
      const arns = upTo(size).map((at) => `arn:aws:iam::*:role/*/team-${at}-*`);
      return {
        before: under("ArnLike", [["aws:PrincipalArn", arns]]),
        after: under("ArnLike", [["aws:PrincipalArn", shuffled(arns)]]),
        ...same,
      };
    },
  },
  {
    title: "audience and subject lists, IfExists on one side",
    pair: (size) => {
      const list = upTo(size).map((at) => `*/${at}/*`);
      return {
        before: trusts({ StringLike: { [aud]: list, [sub]: list } }),
        after: trusts({
          StringLike: { [aud]: shuffled(list) },
          StringLikeIfExists: { [sub]: shuffled(list) },
        }),
        ...wider,
      };
    },
  },
  {
    title: "keys that may each be missing",
    pair: (size) => ({
      before: under(
        "StringLikeIfExists",
        upTo(size).map((at) => [key(at), ["a*"]]),
      ),
      after: policy(
        allow({
          Null: Object.fromEntries(upTo(size).map((at) => [key(at), "true"])),
          StringLike: { [`${issuer}:sub`]: "*" },
        }),
      ),
      ...narrower,
    }),
  },
];
