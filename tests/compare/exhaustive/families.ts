import type { Atom, Context } from "./evaluator.ts";
import type { Effect, Question, Reading } from "./readings.ts";
import { contextsOf, tellingTexts, texts, valueSets } from "./universe.ts";

/** Who asks for what: a caller and an action, or an action and a resource. */
export type Place = Readonly<Record<"caller" | "action" | "resource", string>>;

/** The part of a statement that says where it applies, as JSON and as a test. */
export type Part = {
  readonly json: Readonly<Record<string, unknown>>;
  readonly covers: (input: {
    readonly place: Place;
    readonly context: Context;
    readonly effect: Effect;
    readonly reading: Reading;
  }) => boolean;
};

/** Small policies over one part of the language, and the requests that can tell them apart. */
export type Family = {
  readonly name: string;
  readonly kind: "trust" | "permissions";
  readonly atoms: readonly Atom[];
  readonly parts: readonly Part[];
  readonly places: readonly Place[];
  readonly contexts: readonly Context[];
  /** What AWS leaves open about these policies. */
  readonly questions: readonly Question[];
  /**
   * Of a hundred directions, how many may be undecided that have one truth by every reading
   * here, why that is, and the reasons that an undecided direction may have.
   */
  readonly undecided: {
    readonly needless: number;
    readonly because: string;
    readonly codes: readonly string[];
  };
};

const idp = "arn:aws:iam::123456789012:oidc-provider/idp.example.com";
const sub = "idp.example.com:sub";
const user = "aws:username";
const tags = "aws:TagKeys";

const prefixes = ["", "ForAnyValue:", "ForAllValues:"];
const suffixes = ["", "IfExists"];

/** The operator with every prefix and suffix. */
function everyForm(base: string): readonly string[] {
  return prefixes.flatMap((prefix) => suffixes.map((suffix) => `${prefix}${base}${suffix}`));
}

/** One atom for each operator and each list of values, and whether the key is there. */
function atomsOf(
  key: string,
  operators: readonly string[],
  lists: readonly (readonly string[])[],
): readonly Atom[] {
  return operators.flatMap((operator) => lists.map((values) => ({ operator, key, values })));
}

function nulls(key: string): readonly Atom[] {
  return ["true", "false"].map((value) => ({ operator: "Null", key, values: [value] }));
}

const trustAnywhere: Part = {
  json: { Principal: { Federated: idp }, Action: "sts:AssumeRoleWithWebIdentity" },
  covers: () => true,
};
const permitAnywhere: Part = {
  json: { Action: "s3:GetObject", Resource: "*" },
  covers: () => true,
};
const anywhere: Place = {
  caller: `Federated ${idp}`,
  action: "sts:AssumeRoleWithWebIdentity",
  resource: "arn:aws:s3:::x",
};

type Conditions = Omit<Family, "kind" | "parts" | "places">;

const patterns = ["a", "a*", "*b", "?"];

const strings: Conditions = {
  name: "strings",
  atoms: [
    ...atomsOf(
      sub,
      ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike"].flatMap((base) => [
        base,
        `${base}IfExists`,
      ]),
      patterns.map((pattern) => [pattern]),
    ),
    ...atomsOf(sub, ["StringLike", "StringNotLike"], [["a", "?b"]]),
    ...nulls(sub),
  ],
  contexts: contextsOf({
    [sub]: tellingTexts([...patterns, "?b"])
      .concat("*", "?", "a*", "*b")
      .map((text) => [text]),
  }),
  questions: [],
  undecided: { needless: 0, because: "all of it is decidable", codes: [] },
};

const sets: Conditions = {
  name: "set operators",
  atoms: [
    ...["StringEquals", "StringLike", "StringNotLike", "StringNotEquals"].flatMap((base) =>
      atomsOf(
        tags,
        everyForm(base).filter((operator) => operator.startsWith("For")),
        [["a"], ["?*b"]],
      ),
    ),
    ...nulls(tags),
  ],
  contexts: contextsOf({ [tags]: valueSets([...tellingTexts(["a", "?*b"]), "?*b"]) }),
  questions: ["anyOfNone", "notLikeOfNone"],
  undecided: {
    needless: 1.5,
    because: "the engine takes a reading for each operator, not one for all",
    codes: ["unclear-absence"],
  },
};

const single: Conditions = {
  name: "set operators on one value",
  atoms: [
    ...["StringLike", "StringNotLike"].flatMap((base) =>
      atomsOf(sub, everyForm(base), [["a"], ["a*"]]),
    ),
    ...nulls(sub),
  ],
  contexts: contextsOf({ [sub]: tellingTexts(["a", "a*"]).map((text) => [text]) }),
  questions: ["anyOfNone", "notLikeOfNone"],
  undecided: {
    needless: 1,
    because: "the engine takes a reading for each operator, not one for all",
    codes: ["unclear-absence"],
  },
};

const filled = texts(2);

const variables: Conditions = {
  name: "variables",
  atoms: [
    ...["StringEquals", "StringNotLike"].flatMap((base) =>
      atomsOf(sub, everyForm(base), [["${aws:username}"]]),
    ),
    ...atomsOf(
      sub,
      ["StringLike", "StringNotLike", "ForAllValues:StringLike"],
      [["${aws:username}*"], ["a"], ["b${aws:username}", "a"]],
    ),
    ...atomsOf(sub, ["StringLike"], [["${aws:username, 'a'}"]]),
    ...nulls(sub),
    ...nulls(user),
    ...atomsOf(user, ["StringLike", "StringNotEquals"], [["a"]]),
  ],
  // Of a text and a name that it holds, three letters and two show what more could show.
  contexts: contextsOf({
    [sub]: texts(3).map((text) => [text]),
    [user]: filled.map((text) => [text]),
  }),
  questions: ["anyOfNone", "notLikeOfNone"],
  undecided: {
    needless: 10,
    because: "that no value of a variable makes a difference is seldom seen",
    codes: ["variable", "unclear-absence"],
  },
};

const severalVariables: Conditions = {
  name: "variables among several values",
  atoms: [
    ...["StringLike", "StringNotLike"].flatMap((base) =>
      atomsOf(
        tags,
        everyForm(base).filter((operator) => operator.startsWith("For")),
        [["${aws:username}"], ["a", "x${aws:username}"]],
      ),
    ),
    ...atomsOf(tags, ["ForAnyValue:StringEquals"], [["a"]]),
    ...nulls(tags),
    ...nulls(user),
  ],
  contexts: contextsOf({
    [tags]: valueSets(["a", "b", "x", "xa", "xx"]),
    [user]: ["a", "b", "x"].map((text) => [text]),
  }),
  questions: ["anyOfNone", "notLikeOfNone"],
  undecided: {
    needless: 10,
    because: "that no value of a variable makes a difference is seldom seen",
    codes: ["variable", "unclear-absence"],
  },
};

const duration = "sts:DurationSeconds";

const numbers: Conditions = {
  name: "numbers",
  atoms: [
    ...["NumericLessThan", "NumericNotEquals"].flatMap((base) =>
      atomsOf(duration, everyForm(base), [["1"], ["abc"]]),
    ),
    ...atomsOf(
      duration,
      ["NumericEquals", "NumericGreaterThanEquals"],
      [["1"], ["1", "2"], ["abc", "2"]],
    ),
    ...nulls(duration),
  ],
  contexts: contextsOf({ [duration]: ["0", "1", "1.5", "2", "3"].map((text) => [text]) }),
  questions: ["anyOfNone", "unreadable"],
  undecided: {
    needless: 10,
    because: "the engine lets a value that no parser reads fit anything, by each relation",
    codes: ["unclear-value", "unclear-absence"],
  },
};

const arn = "aws:PrincipalArn";
const user1 = "arn:aws:iam::1:user/";

const arns: Conditions = {
  name: "ARNs and booleans",
  atoms: [
    ...["ArnLike", "ArnNotEquals"].flatMap((base) =>
      atomsOf(arn, everyForm(base), [[`${user1}*`], ["user/*"]]),
    ),
    ...atomsOf(arn, ["ArnEquals"], [[`${user1}a`], ["arn:*:iam::1:role/*"]]),
    ...nulls(arn),
    ...atomsOf("aws:SecureTransport", ["Bool", "BoolIfExists"], [["true"]]),
  ],
  contexts: contextsOf({
    [arn]: [
      `${user1}a`,
      `${user1}b`,
      "arn:aws:iam::1:role/a",
      "arn:aws:iam::1:role/b",
      "arn:aws:sts::1:role/a",
      "arn:aws:sts::1:x",
    ].map((text) => [text]),
    "aws:SecureTransport": [["true"], ["false"]],
  }),
  questions: ["anyOfNone", "unreadable"],
  undecided: {
    needless: 6,
    because: "the engine lets a value that no parser reads fit anything",
    codes: ["unclear-value", "unclear-absence"],
  },
};

const withoutSet: Conditions = {
  name: "several values without a set operator",
  atoms: [
    ...atomsOf(
      tags,
      ["StringLike", "StringLikeIfExists", "StringNotLike", "ForAnyValue:StringLike"],
      [["a"], ["a*"], ["a", "b"]],
    ),
    ...atomsOf(tags, ["ForAllValues:StringLike"], [["a*"]]),
    ...nulls(tags),
  ],
  contexts: contextsOf({ [tags]: valueSets(["a", "b", "ax", "x"]) }),
  questions: ["withoutSet"],
  undecided: {
    needless: 50,
    because: "what such a condition means is not documented at all",
    codes: ["set-operator-missing"],
  },
};

const conditions = [strings, sets, single, variables, severalVariables, numbers, arns, withoutSet];

const account = "arn:aws:iam::123456789012";
const callers = [
  `Federated ${idp}`,
  `Federated ${account}:oidc-provider/other.example.com`,
  `Federated arn:aws:iam::210987654321:oidc-provider/idp.example.com`,
  `AWS ${account}:root`,
  `AWS ${account}:role/deploy`,
  `AWS ${account}:role/other`,
  "AWS arn:aws:sts::123456789012:assumed-role/deploy/job",
  "AWS arn:aws:iam::210987654321:role/deploy",
  "Service ec2.amazonaws.com",
];
const actions = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole", "sts:TagSession"];

type Named = { readonly json: unknown; readonly covers: (caller: string) => boolean };

const named: readonly Named[] = [
  { json: { Federated: idp }, covers: (caller) => caller === `Federated ${idp}` },
  { json: "*", covers: () => true },
  {
    json: { AWS: "123456789012" },
    covers: (caller) => /^AWS arn:aws:(iam|sts)::123456789012:/.test(caller),
  },
  {
    json: { AWS: `${account}:role/deploy` },
    covers: (caller) => /::123456789012:(role\/deploy$|assumed-role\/deploy\/)/.test(caller),
  },
  { json: { Federated: "*" }, covers: (caller) => caller.startsWith("Federated ") },
];

const asked: readonly {
  readonly json: Readonly<Record<string, unknown>>;
  readonly covers: (action: string) => boolean;
}[] = [
  { json: { Action: "sts:AssumeRole*" }, covers: (action) => action.startsWith("sts:AssumeRole") },
  { json: { Action: "sts:assumerole" }, covers: (action) => action === "sts:AssumeRole" },
  { json: { NotAction: "sts:TagSession" }, covers: (action) => action !== "sts:TagSession" },
];

const callerParts: readonly Part[] = named.flatMap((principal, at) =>
  asked.flatMap(({ json, covers }): readonly Part[] => {
    const only: Part = {
      json: { Principal: principal.json, ...json },
      covers: ({ place }) => principal.covers(place.caller) && covers(place.action),
    };
    const except: Part = {
      json: { NotPrincipal: principal.json, ...json },
      covers: ({ place, effect, reading }) =>
        covers(place.action) &&
        !principal.covers(place.caller) &&
        (effect === "Deny" || reading.others),
    };
    return at === 0 || at === 3 ? [only, except] : [only];
  }),
);

const callersFamily: Family = {
  name: "callers and actions",
  kind: "trust",
  atoms: [...atomsOf(sub, ["StringLike"], [["a*"]]), ...nulls(sub).slice(0, 1)],
  parts: callerParts,
  places: callers.flatMap((caller) => actions.map((action) => ({ caller, action, resource: "" }))),
  contexts: contextsOf({ [sub]: [["a"], ["b"]] }),
  questions: ["others"],
  undecided: {
    needless: 8,
    because: "what NotPrincipal means in an Allow is not documented at all",
    codes: ["unclear-principal"],
  },
};

const bucketArn = "arn:aws:s3:::";
const buckets = ["x", "a", "b", "aa", "ab", "ba", "a/a", "b/x"];
const resourceTexts = ["*", "a", "a*", "${aws:username}", "${aws:username}*"];

const matchesText = (wanted: string, given: string, context: Context): boolean => {
  const name = context.get(user)?.[0];
  if (wanted.includes("$") && name === undefined) return false;
  const [head = "", ...rest] = wanted.replace("${aws:username}", name ?? "").split("*");
  return rest.length === 0 ? given === head : given.startsWith(head);
};

const resourceParts: readonly Part[] = resourceTexts.flatMap((text) =>
  [{ Action: "s3:Get*" }, { NotAction: "s3:GetObject" }].flatMap((action): readonly Part[] => {
    const isAsked = (given: string): boolean =>
      "Action" in action ? /^s3:get/i.test(given) : !/^s3:getobject$/i.test(given);
    const resource = text === "*" ? "*" : `${bucketArn}${text}`;
    const isIn = ({ resource: given }: Place, context: Context): boolean =>
      text === "*" ||
      (given.startsWith(bucketArn) && matchesText(text, given.slice(bucketArn.length), context));
    return [
      {
        json: { ...action, Resource: resource },
        covers: ({ place, context }) => isAsked(place.action) && isIn(place, context),
      },
      {
        json: { ...action, NotResource: resource },
        covers: ({ place, context }) => isAsked(place.action) && !isIn(place, context),
      },
    ];
  }),
);

const resources: Family = {
  name: "actions and resources",
  kind: "permissions",
  atoms: [...atomsOf(user, ["StringLike"], [["a*"]]), ...nulls(user)],
  parts: resourceParts,
  places: buckets.flatMap((bucket) =>
    ["s3:GetObject", "s3:GetBucket", "s3:PutObject"].map((action) => ({
      caller: "",
      action,
      resource: `${bucketArn}${bucket}`,
    })),
  ),
  contexts: contextsOf({ [user]: texts(2).map((text) => [text]) }),
  questions: [],
  undecided: {
    needless: 3,
    because: "that no value of a variable makes a difference is seldom seen",
    codes: ["variable"],
  },
};

/** Every family; those of conditions are asked as trust policies and as permissions. */
export const families: readonly Family[] = [
  ...conditions.map((family) => ({
    ...family,
    kind: "trust" as const,
    parts: [trustAnywhere],
    places: [anywhere],
  })),
  callersFamily,
  ...conditions.map((family) => ({
    ...family,
    kind: "permissions" as const,
    parts: [permitAnywhere],
    places: [{ ...anywhere, action: "s3:GetObject" }],
  })),
  resources,
];
