import {
  atomsOf,
  type Conditions,
  everyForm,
  nulls,
  plainForms,
  setForms,
  sub,
  tags,
  user,
} from "../family.ts";
import { contextsOf, texts, valueSets } from "../universe.ts";
import { stringOperators } from "./strings.ts";

/**
 * At 1,500 to 100,000 pairs, 5.8, 9.4 and 2.9 were measured at most. The share goes up and down with how many
 * of the small pairs are there, so that the limits leave some room.
 */
const seldomSeen = (needless: number) =>
  ({
    questions: ["anyOfNone", "notLikeOfNone"],
    undecided: {
      needless,
      because: "that values of a variable which differ in two ways make no difference is not seen",
      // One in some thousand of the largest has more choices between what variables may be than are looked at.
      codes: ["variable", "unclear-absence", "budget-spent"],
    },
  }) as const;

const alone: Conditions = {
  name: "variables",
  atoms: [
    ...atomsOf(sub, stringOperators, plainForms, [["${aws:username}"]]),
    ...atomsOf(sub, ["StringEquals", "StringNotLike"], setForms, [["${aws:username}"]]),
    ...atomsOf(sub, ["StringLike", "StringNotLike"], plainForms.slice(0, 1), [
      ["${aws:username}*"],
      ["a"],
      ["b${aws:username}", "a"],
    ]),
    ...atomsOf(sub, ["ForAllValues:StringLike"], plainForms.slice(0, 1), [
      ["b${aws:username}", "a"],
    ]),
    ...atomsOf(sub, ["StringLike"], plainForms.slice(0, 1), [["${aws:username, 'a'}"]]),
    ...nulls(sub),
    ...nulls(user),
    ...atomsOf(user, ["StringLike", "StringNotEquals"], plainForms.slice(0, 1), [["a"]]),
  ],
  // Of a text and a name that it holds, three letters and two show what more could show.
  contexts: contextsOf({
    [sub]: [...texts(3), "A", "B", "X", "BA", "Ba"].map((text) => [text]),
    [user]: [...texts(2), "A", "B", "X"].map((text) => [text]),
  }),
  ...seldomSeen(9),
};

const among: Conditions = {
  name: "variables, several values",
  atoms: [
    ...atomsOf(tags, ["StringLike", "StringNotLike", "StringEquals", "StringNotEquals"], setForms, [
      ["${aws:username}"],
      ["a", "x${aws:username}"],
    ]),
    ...atomsOf(tags, ["StringEquals"], setForms.slice(0, 1), [["a"]]),
    ...nulls(tags),
    ...nulls(user),
  ],
  contexts: contextsOf({
    [tags]: valueSets(["a", "b", "x", "xa", "xx"]),
    [user]: ["a", "b", "x"].map((text) => [text]),
  }),
  ...seldomSeen(11),
};

const user1 = "arn:aws:iam::1:user/";
const arn = "aws:PrincipalArn";
const inArns: Conditions = {
  name: "variables in ARNs",
  atoms: [
    ...atomsOf(arn, ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], plainForms, [
      [`${user1}\${aws:username}`],
      [`${user1}a\${aws:username}*`, "arn:aws:iam::2:*"],
    ]),
    ...atomsOf(arn, ["ArnLike"], everyForm, [[`${user1}*`]]),
    ...nulls(arn),
    ...nulls(user),
  ],
  contexts: contextsOf({
    [arn]: [
      ...texts(3).map((text) => [`${user1}${text}`]),
      ["arn:aws:iam::2:x"],
      ["arn:aws:iam::3:x"],
    ],
    [user]: texts(2).map((text) => [text]),
  }),
  ...seldomSeen(5),
};

export const variable: readonly Conditions[] = [alone, among, inArns];
