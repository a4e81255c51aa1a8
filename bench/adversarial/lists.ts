import {
  allow,
  deny,
  organization,
  policy,
  sub,
  trusts,
  uuid,
} from "../../tests/compare/pairs/vocabulary.ts";
import { type Family, narrower, other, same, shuffled, upTo, wider } from "./family.ts";

const like = (...patterns: readonly string[]): string =>
  trusts({ StringLike: { [sub]: patterns } });
const project = (at: number): string =>
  `${String(at).padStart(8, "0")}-0000-4000-8000-000000000000`;
const jobs = (at: number): string => `org/${organization}/project/${project(at)}/user/*`;
const main = "vcs-origin/github.com/acme/shop/vcs-ref/refs/heads";
const branch = (at: number): string => `org/*/project/${project(at)}/user/*/${main}/release-${at}`;
const letters = "abcdefghijklmnopqrstuvwxyz";
const notLike = (patterns: readonly string[]): string =>
  trusts({ StringLike: { [sub]: "org/*" }, StringNotLike: { [sub]: patterns } });
const eachAlone = (patterns: readonly string[]): string =>
  policy(...patterns.map((pattern) => allow({ StringLike: { [sub]: pattern } })));

/** Lists of one key: in another order, one more or less, one statement each, denied instead. */
export const lists: readonly Family[] = [
  {
    title: "projects in another order",
    pair: (size) => ({
      before: like(...upTo(size).map(jobs)),
      after: like(...shuffled(upTo(size).map(jobs))),
      ...same,
    }),
  },
  {
    title: "projects, the last one another",
    pair: (size) => ({
      before: like(...upTo(size).map(jobs)),
      after: like(...shuffled([...upTo(size - 1), 9_999].map(jobs))),
      ...other,
    }),
  },
  {
    title: "projects, one statement each",
    pair: (size) => ({
      before: like(...upTo(size).map(jobs)),
      after: eachAlone(shuffled(upTo(size).map(jobs))),
      ...same,
    }),
  },
  {
    title: "branches behind a star, in another order",
    pair: (size) => ({
      before: like(...upTo(size).map(branch)),
      after: like(...shuffled(upTo(size).map(branch))),
      ...same,
    }),
  },
  {
    title: "branches behind a star, the user segment pinned",
    pair: (size) => ({
      before: like(...upTo(size).map(branch)),
      after: like(
        ...shuffled(upTo(size).map((at) => branch(at).replace("user/*", `user/${uuid}`))),
      ),
      ...narrower,
    }),
  },
  {
    title: "*n* of each number, in another order",
    pair: (size) => {
      const all = upTo(size).map((at) => `*${at}*`);
      return { before: like(...all), after: like(...shuffled(all)), ...same };
    },
  },
  {
    title: "*-n-* of each number, and one more",
    pair: (size) => {
      const all = upTo(size + 1).map((at) => `*-${at}-*`);
      return { before: like(...all.slice(1)), after: like(...shuffled(all)), ...wider };
    },
  },
  {
    title: "*-n-* of each number, one statement each, and another one",
    pair: (size) => {
      const all = upTo(size + 1).map((at) => `*-${at}-*`);
      return {
        before: eachAlone(all.slice(1)),
        after: eachAlone(shuffled(all.slice(0, -1))),
        ...other,
      };
    },
  },
  {
    title: "a*n*z of each number, within a*z",
    pair: (size) => ({
      before: like("a*z"),
      after: like(...upTo(size).map((at) => `a*${at}*z`)),
      ...narrower,
    }),
  },
  {
    title: "a NotLike list in another order",
    pair: (size) => ({
      before: notLike(upTo(size).map(jobs)),
      after: notLike(shuffled(upTo(size).map(jobs))),
      ...same,
    }),
  },
  {
    title: "a NotLike list as a Deny",
    pair: (size) => ({
      before: notLike(upTo(size).map((at) => `*x${at}x*`)),
      after: policy(
        allow({ StringLike: { [sub]: "org/*" } }),
        deny({ StringLike: { [sub]: shuffled(upTo(size).map((at) => `*x${at}x*`)) } }),
      ),
      ...same,
    }),
  },
  {
    title: "a NotLike list as a Deny each, one missing",
    pair: (size) => ({
      before: notLike(upTo(size).map((at) => `*x${at}x*`)),
      after: policy(
        allow({ StringLike: { [sub]: "org/*" } }),
        ...shuffled(upTo(size))
          .slice(1)
          .map((at) => deny({ StringLike: { [sub]: `*x${at}x*` } })),
      ),
      ...wider,
    }),
  },
  {
    title: "each first letter against every text",
    most: letters.length,
    pair: (size) => ({
      before: like(...[...letters.slice(0, size)].map((letter) => `${letter}*`)),
      after: like("*"),
      ...wider,
    }),
  },
  {
    title: "every length against ?*",
    pair: (size) => ({
      before: like(...upTo(size).map((at) => "?".repeat(at + 1)), `${"?".repeat(size)}*`),
      after: like("?*"),
      ...same,
    }),
  },
  {
    title: "pairs of letters *a*b*, in another order",
    pair: (size) => {
      const pairs = upTo(Math.min(size, 676)).map(
        (at) => `*${letters[at % 26]}*${letters[Math.floor(at / 26)]}*`,
      );
      return { before: like(...pairs), after: like(...shuffled(pairs)), ...same };
    },
  },
  {
    title: "suffixes *-n, and *-n with one character behind",
    pair: (size) => ({
      before: like(...upTo(size).map((at) => `*-${at}`), "*?"),
      after: like(...upTo(size).map((at) => `*-${at}?`)),
      ...narrower,
    }),
  },
  {
    title: "StringEqualsIgnoreCase in the other case",
    pair: (size) => {
      const texts = upTo(size).map((at) => `Team-${at}-Branch`);
      const before = trusts({ StringEqualsIgnoreCase: { [sub]: texts } });
      const after = trusts({
        StringEqualsIgnoreCase: { [sub]: shuffled(texts.map((text) => text.toUpperCase())) },
      });
      return { before, after, ...same };
    },
  },
  {
    title: "StringEqualsIgnoreCase, and the same by StringEquals",
    pair: (size) => {
      const texts = upTo(size).map((at) => `Team-${at}-Branch`);
      return {
        before: trusts({ StringEqualsIgnoreCase: { [sub]: texts } }),
        after: trusts({ StringEquals: { [sub]: shuffled(texts) } }),
        ...narrower,
      };
    },
  },
  {
    title: "one long text",
    pair: (size) => ({
      before: like("a".repeat(size)),
      after: like(`${"a".repeat(size - 1)}b`),
      ...other,
    }),
  },
  {
    title: "one long text, and its half with a star",
    pair: (size) => ({
      before: like(`${"ab".repeat(size / 4)}*`),
      after: like("ab".repeat(size / 2)),
      ...narrower,
    }),
  },
  {
    title: "a long text between stars, and a longer one",
    pair: (size) => ({
      before: like(`*${"ab".repeat(size)}*`),
      after: like(`*${"ab".repeat(size)}a*`),
      ...narrower,
    }),
  },
  {
    title: "so many single places, and one more",
    pair: (size) => ({
      before: like(`${"?".repeat(size)}*`),
      after: like(`${"?".repeat(size + 1)}*`),
      ...narrower,
    }),
  },
];
