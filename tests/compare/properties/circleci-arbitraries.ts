import fc from "fast-check";
import {
  blockOf,
  type ConditionAtom,
  cased,
  type DocumentPair,
  documentOf,
  type TrustStatement,
  type Values,
} from "./arbitraries.ts";

const ids = [
  "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  "99999999-8888-4777-8666-555555555555",
  "*",
  "????????-????-????-????-????????????",
];
const organization = "11111111-2222-4333-8444-555555555555";
const realIssuer = `oidc.circleci.com/org/${organization}`;
const tails = [
  "",
  "/*",
  "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main",
  "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/*",
  "/vcs-origin/*/vcs-ref/refs/heads/main",
  "/vcs-origin/github.com/acme/*",
];
const subject = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(...ids), fc.constantFrom(...ids), fc.constantFrom(...tails))
      .map(([project, user, tail]) => `org/${organization}/project/${project}/user/${user}${tail}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `org/${organization}/*`,
      "*",
      `org/${organization}/project/*`,
      `org/${organization}/file-streaming/audit-logs`,
      "*/vcs-ref/refs/heads/main",
    ),
  },
);
const subjects = fc.array(subject, { minLength: 1, maxLength: 3 });

/** Statements as people write them for CircleCI. */
const circleciAtom: fc.Arbitrary<ConditionAtom> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      operator: fc.constantFrom(
        "StringLike",
        "StringLike",
        "ForAnyValue:StringLike",
        "StringEquals",
      ),
      key: cased(`${realIssuer}:sub`),
      values: subjects,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      operator: fc.constantFrom("StringEquals", "StringLike", "StringEqualsIgnoreCase"),
      key: cased(`${realIssuer}:aud`),
      values: fc.constantFrom<Values>(organization, "sts.amazonaws.com", [organization], "*"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operator: fc.constantFrom("StringEquals", "StringNotEquals"),
      key: fc.constant(`${realIssuer}:oidc.circleci.com/project-id`),
      values: fc.constantFrom<Values>(...ids.slice(0, 2), ids.slice(0, 2)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operator: fc.constantFrom("StringNotLike", "ForAllValues:StringLike"),
      key: fc.constant(`${realIssuer}:sub`),
      values: subjects,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operator: fc.constantFrom("DateLessThan", "DateGreaterThan"),
      key: fc.constant("aws:CurrentTime"),
      values: fc.constantFrom<Values>("2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z"),
    }),
  },
);

const circleciStatement: fc.Arbitrary<TrustStatement> = fc
  .record({
    effect: fc.constantFrom("Allow" as const, "Allow" as const, "Allow" as const, "Deny" as const),
    atoms: fc.array(circleciAtom, { minLength: 1, maxLength: 3 }),
    action: fc.constantFrom("sts:AssumeRoleWithWebIdentity", "sts:AssumeRole*"),
  })
  .map(({ effect, atoms, action: named }) => ({
    Effect: effect,
    Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${realIssuer}` },
    Action: named,
    Condition: blockOf(atoms),
  }));

/** Two documents as they are found in accounts that use CircleCI. */
export const circleciPair: fc.Arbitrary<DocumentPair> = fc
  .record({
    shared: fc.array(circleciStatement, { maxLength: 2 }),
    before: circleciStatement,
    after: circleciStatement,
  })
  .map(({ shared, before, after }) => ({
    before: documentOf("2012-10-17", [...shared, before]),
    after: documentOf("2012-10-17", [after, ...shared]),
  }));
