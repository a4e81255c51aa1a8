import {
  atomsOf,
  type Conditions,
  everyForm,
  nulls,
  plainForms,
  setForms,
  sub,
  tags,
} from "../family.ts";
import { contextsOf, tellingTexts, texts, valueSets } from "../universe.ts";

export const stringOperators = [
  "Equals",
  "NotEquals",
  "EqualsIgnoreCase",
  "NotEqualsIgnoreCase",
  "Like",
  "NotLike",
].map((relation) => `String${relation}`);

const lists = [["a"], ["a*"], ["*b"], ["?", "A"]];
const asTexts = ["a", "a*", "*b", "?", "A"];

/** All texts that the lists can tell apart, and what a pattern is when it is read as text. */
const toldApart = [...tellingTexts(asTexts), ...asTexts, "B", "aB", "Ab", "A*", "*B"];

const strings: Conditions = {
  name: "text, one value",
  atoms: [...atomsOf(sub, stringOperators, plainForms, lists), ...nulls(sub)],
  contexts: contextsOf({ [sub]: toldApart.map((text) => [text]) }),
  questions: [],
  undecided: { needless: 0, because: "all of it is decidable", codes: [] },
};

const single: Conditions = {
  name: "text, one value, set operators",
  atoms: [...atomsOf(sub, stringOperators, everyForm, [["a*"], ["A", "?b"]]), ...nulls(sub)],
  contexts: contextsOf({
    [sub]: [...tellingTexts(["a*", "A", "?b"]), "a*", "A*", "?b", "?B", "aB", "a", "A"].map(
      (text) => [text],
    ),
  }),
  questions: ["anyOfNone", "notLikeOfNone"],
  undecided: {
    needless: 1,
    because: "the engine takes a reading for each operator, not one for all",
    codes: ["unclear-absence"],
  },
};

const several: Conditions = {
  name: "text, several values",
  atoms: [...atomsOf(tags, stringOperators, setForms, [["a"], ["?*b", "A"]]), ...nulls(tags)],
  contexts: contextsOf({ [tags]: valueSets(["a", "A", "x", "ab", "?*b", "?*B"]) }),
  questions: ["anyOfNone", "notLikeOfNone"],
  undecided: {
    needless: 1.5,
    because: "the engine takes a reading for each operator, not one for all",
    codes: ["unclear-absence"],
  },
};

const withoutSet: Conditions = {
  name: "text, several values, no set operator",
  atoms: [
    ...atomsOf(tags, stringOperators, plainForms, [["a*"], ["A", "b"]]),
    ...atomsOf(tags, ["StringLike"], setForms, [["a*"]]),
    ...nulls(tags),
  ],
  contexts: contextsOf({ [tags]: valueSets(["a", "A", "b", "B", "ax", "a*", "x"]) }),
  questions: ["withoutSet", "anyOfNone"],
  undecided: {
    needless: 60,
    because: "what such a condition means is not documented at all",
    codes: ["set-operator-missing", "unclear-absence"],
  },
};

const escapes: Conditions = {
  name: "text, both versions",
  versions: ["2008-10-17", "2012-10-17"],
  atoms: [
    ...atomsOf(sub, stringOperators, plainForms.slice(0, 1), [["${*}"], ["a${?}", "b"], ["${$}*"]]),
    ...nulls(sub),
  ],
  contexts: contextsOf({
    [sub]: [
      ...texts(3),
      ..."* ? $ ${*} ${a} ${?} a? a${?} a${b} A? A${?} B $* $a ${$}* ${$}a ${$} ${*}a ${} a${?}b".split(
        " ",
      ),
    ].map((text) => [text]),
  }),
  questions: [],
  undecided: { needless: 0, because: "all of it is decidable", codes: [] },
};

export const texting: readonly Conditions[] = [strings, single, several, withoutSet, escapes];
