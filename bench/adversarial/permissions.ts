import { type Family, narrower, other, same, shuffled, upTo, wider } from "./family.ts";

type Statement = Readonly<Record<string, unknown>>;
const document = (...statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (change: Statement): Statement => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...change,
});
const deny = (change: Statement): Statement => ({
  Effect: "Deny",
  Action: "*",
  Resource: "*",
  ...change,
});
const action = (at: number): string => `s${at % 7}:Get${at}Thing`;
const bucket = (at: number): string => `arn:aws:s3:::bucket-${at}/*`;
const nested = (at: number): string => `arn:aws:s3:::*-${at}-*/logs/*`;

/** Permission policies: actions by resources, NotAction and NotResource, Deny over Allow. */
export const permissions: readonly Family[] = [
  {
    title: "actions and resources in another order",
    pair: (size) => ({
      before: document(allow({ Action: upTo(size).map(action), Resource: upTo(size).map(bucket) })),
      after: document(
        allow({
          Action: shuffled(upTo(size).map(action)),
          Resource: shuffled(upTo(size).map(bucket)),
        }),
      ),
      ...same,
    }),
  },
  {
    title: "a statement for each action, one resource missing",
    pair: (size) => ({
      before: document(allow({ Action: upTo(size).map(action), Resource: upTo(4).map(bucket) })),
      after: document(
        ...shuffled(upTo(size)).map((at) =>
          allow({ Action: action(at), Resource: upTo(at === 0 ? 3 : 4).map(bucket) }),
        ),
      ),
      ...narrower,
    }),
  },
  {
    title: "resources with stars inside, in another order",
    pair: (size) => ({
      before: document(allow({ Resource: upTo(size).map(nested) })),
      after: document(allow({ Resource: shuffled(upTo(size).map(nested)) })),
      ...same,
    }),
  },
  {
    title: "resources with stars inside, one statement each, and one more",
    pair: (size) => ({
      before: document(
        ...upTo(size).map((at) => allow({ Action: action(at), Resource: nested(at) })),
      ),
      after: document(
        ...shuffled(upTo(size + 1)).map((at) =>
          allow({ Action: action(at), Resource: nested(at) }),
        ),
      ),
      ...wider,
    }),
  },
  {
    title: "NotAction, and a Deny of each",
    pair: (size) => ({
      before: document({ Effect: "Allow", NotAction: upTo(size).map(action), Resource: "*" }),
      after: document(allow({}), deny({ Action: shuffled(upTo(size).map(action)) })),
      ...same,
    }),
  },
  {
    title: "NotResource, and a Deny statement each",
    pair: (size) => ({
      before: document({ Effect: "Allow", Action: "*", NotResource: upTo(size).map(nested) }),
      after: document(
        allow({}),
        ...shuffled(upTo(size)).map((at) => deny({ Resource: nested(at) })),
      ),
      ...same,
    }),
  },
  {
    title: "action prefixes that overlap, a Deny of one of each",
    pair: (size) => ({
      before: document(allow({ Action: upTo(size).map((at) => `s${at % 7}:*Get${at}*`) })),
      after: document(
        allow({ Action: shuffled(upTo(size)).map((at) => `s${at % 7}:*Get${at}*`) }),
        deny({ Action: upTo(Math.ceil(size / 2)).map((at) => `s${at % 7}:*Get${at}x*`) }),
      ),
      ...narrower,
    }),
  },
  {
    title: "a tag condition for each resource, in another order, one another",
    pair: (size) => {
      const tagged = (at: number, value = at): Statement =>
        allow({
          Action: "ecr:*",
          Resource: nested(at),
          Condition: { StringLike: { "aws:ResourceTag/team": `*t${value}*` } },
        });
      return {
        before: document(...upTo(size).map((at) => tagged(at))),
        after: document(...shuffled(upTo(size)).map((at) => tagged(at, at === 0 ? 9_999 : at))),
        ...other,
      };
    },
  },
];
