import type { Context } from "../atom.ts";
import { atomsOf, type Family, nulls, type Part, plainForms, user } from "../family.ts";
import { contextsOf, texts } from "../universe.ts";
import { expression } from "../values.ts";

const bucketArn = "arn:aws:s3:::";
const lists = [
  ["*"],
  ["a"],
  ["a*"],
  ["?", "*b"],
  ["${aws:username}"],
  ["${aws:username}*"],
  ["b", "a${aws:username}"],
];

const actions: readonly {
  readonly json: Readonly<Record<string, unknown>>;
  readonly covers: (action: string) => boolean;
}[] = [
  { json: { Action: "s3:Get*" }, covers: (action) => /^s3:get/i.test(action) },
  {
    json: { Action: ["S3:getobject", "s3:Put?bject"] },
    covers: (action) => /^s3:(getobject|put.bject)$/i.test(action),
  },
  { json: { NotAction: "s3:GetObject" }, covers: (action) => !/^s3:getobject$/i.test(action) },
];

function isIn(list: readonly string[], resource: string, context: Context): boolean {
  return list.some((text) => {
    if (text === "*") return true;
    const pattern = expression(
      `${bucketArn}${text}`,
      { version: "2012-10-17", wild: true },
      context,
    );
    return pattern !== null && new RegExp(`^${pattern}$`, "s").test(resource);
  });
}

const parts: readonly Part[] = lists.flatMap((list) =>
  actions.flatMap((action): readonly Part[] => {
    const resource = list.map((text) => (text === "*" ? "*" : `${bucketArn}${text}`));
    return [
      {
        json: { ...action.json, Resource: resource },
        covers: ({ place, context }) =>
          action.covers(place.action) && isIn(list, place.resource, context),
      },
      {
        json: { ...action.json, NotResource: resource },
        covers: ({ place, context }) =>
          action.covers(place.action) && !isIn(list, place.resource, context),
      },
    ];
  }),
);

/** Which action on which resource. */
export const resources: Family = {
  name: "actions and resources",
  kind: "permissions",
  versions: ["2012-10-17"],
  most: 1,
  atoms: [...atomsOf(user, ["StringLike"], plainForms, [["a*"]]), ...nulls(user)],
  parts,
  places: [...texts(3), "a/a", "b/x"].flatMap((bucket) =>
    ["s3:GetObject", "s3:GetBucket", "s3:PutObject", "s3:ListBucket"].map((action) => ({
      caller: "",
      action,
      resource: `${bucketArn}${bucket}`,
    })),
  ),
  contexts: contextsOf({ [user]: texts(2).map((text) => [text]) }),
  questions: [],
  undecided: {
    needless: 5,
    because: "that no value of a variable makes a difference is seldom seen",
    codes: ["variable"],
  },
};
