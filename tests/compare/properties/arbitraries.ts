import fc from "fast-check";

/** A trust policy document as a value, before it becomes text. */
export type TrustDocument = {
  readonly Version?: string;
  readonly Statement: readonly TrustStatement[];
};
export type TrustStatement = Readonly<Record<string, unknown>> & {
  readonly Effect: "Allow" | "Deny";
};
export type Values = string | number | boolean | readonly (string | number | boolean)[];
export type ConditionAtom = {
  readonly operator: string;
  readonly key: string;
  readonly values: Values;
};

const issuer = "oidc.circleci.com/org/o";
export const provider = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
const github = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const root = "arn:aws:iam::123456789012:root";
const role = "arn:aws:iam::123456789012:role/path/deploy";
const session = "arn:aws:sts::123456789012:assumed-role/deploy/job";

/** Few values with many near-misses, so that two random conditions often meet. */
const texts = [
  ...["a", "b", "ab", "ba", "aa", "A", "aB", "abc", "a*", "*a", "*", "?", "??", "a?b", "*a*"],
  ...["a*b", "b*", "*b", "?*", "*?b", "a*?", "ab*", "*a*b*", "a*a", "${*}", "a${?}", "${$}{b}"],
  ...['["a","b"]', '["*a","*b"]', "a,b"],
];
const textOperators = [
  "StringEquals",
  "StringLike",
  "StringNotEquals",
  "StringNotLike",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
];
const numericOperators = [
  "NumericEquals",
  "NumericNotEquals",
  "NumericLessThan",
  "NumericLessThanEquals",
  "NumericGreaterThan",
  "NumericGreaterThanEquals",
];
const numbers = ["1", "2", "2.0", "1.5", "10", 2, "-1"];
const dates = [
  "2026-01-01",
  "2026-01-01T00:00:00Z",
  "2026-01-01T00:00:01Z",
  "2026-01-01T01:00:00+01:00",
  "1767225600",
  "2026-01-01T00:00:02Z",
  "2027-06-01T12:00:00Z",
];
const addresses = [
  "10.0.0.0/8",
  "10.0.0.0/9",
  "10.128.0.0/9",
  "10.1.2.3",
  "10.1.2.3/31",
  "0.0.0.0/0",
  "::/0",
  "2001:db8::/32",
  "2001:db8::/33",
  "2001:DB8:8000::/33",
];
const arns = [
  "arn:aws:iam::123456789012:role/a",
  "arn:aws:iam::123456789012:role/*",
  "arn:aws:iam::*:role/a",
  "arn:*:iam::123456789012:*",
  "arn:aws:iam::12345678901?:role/?",
  "arn:aws:s3:::b:c",
  "arn:aws:*:*:*:*",
];

type Family = {
  readonly keys: readonly string[];
  readonly operators: readonly string[];
  readonly values: readonly (string | number | boolean)[];
  /** Set operators always, sometimes or never. */
  readonly sets: "always" | "sometimes";
};

const families: readonly Family[] = [
  { keys: [`${issuer}:sub`], operators: textOperators, values: texts, sets: "sometimes" },
  { keys: [`${issuer}:aud`], operators: textOperators, values: texts, sets: "sometimes" },
  { keys: ["aws:TagKeys"], operators: textOperators, values: texts, sets: "always" },
  { keys: [`${issuer}:groups`], operators: textOperators, values: texts, sets: "always" },
  {
    keys: ["sts:DurationSeconds"],
    operators: numericOperators,
    values: numbers,
    sets: "sometimes",
  },
  {
    keys: ["aws:CurrentTime"],
    operators: numericOperators.map((operator) => operator.replace("Numeric", "Date")),
    values: dates,
    sets: "sometimes",
  },
  {
    keys: ["aws:SourceIp"],
    operators: ["IpAddress", "NotIpAddress"],
    values: addresses,
    sets: "sometimes",
  },
  {
    keys: ["aws:PrincipalArn"],
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    values: arns,
    sets: "sometimes",
  },
  {
    keys: ["aws:SecureTransport"],
    operators: ["Bool"],
    values: ["true", "false", true, false],
    sets: "sometimes",
  },
];

/** A key in its usual letters or in others. */
export const cased = (key: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(key) },
    { weight: 1, arbitrary: fc.constantFrom(key.toUpperCase(), key.replace(/:(\w)/, ":$1")) },
  );

function valuesFrom(values: Family["values"]): fc.Arbitrary<Values> {
  const value = fc.constantFrom(...values);
  return fc.oneof(
    { weight: 3, arbitrary: value },
    { weight: 2, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
  );
}

function operatorFrom(family: Family): fc.Arbitrary<string> {
  const prefix =
    family.sets === "always"
      ? fc.constantFrom("ForAllValues:", "ForAnyValue:")
      : fc.oneof(
          { weight: 6, arbitrary: fc.constant("") },
          { weight: 1, arbitrary: fc.constantFrom("ForAllValues:", "ForAnyValue:") },
        );
  const suffix = fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constant("IfExists") },
  );
  return fc
    .tuple(prefix, fc.constantFrom(...family.operators), suffix)
    .map((parts) => parts.join(""));
}

function atomOf(family: Family): fc.Arbitrary<ConditionAtom> {
  const key = fc.constantFrom(...family.keys).chain(cased);
  const presence = fc.record({
    operator: fc.constant("Null"),
    key,
    values: fc.constantFrom<Values>("true", "false", true, false, ["true", "false"]),
  });
  const comparison = fc.record({
    operator: operatorFrom(family),
    key,
    values: valuesFrom(family.values),
  });
  // The documents do not say whether Null leaves an unlisted key several values: left out.
  if (family.keys.some((name) => name.endsWith(":groups"))) return comparison;
  return fc.oneof({ weight: 8, arbitrary: comparison }, { weight: 1, arbitrary: presence });
}

/** A Condition block of atoms; one that would take the place of another is left out. */
export function blockOf(atoms: readonly ConditionAtom[]): Record<string, Record<string, Values>> {
  const block: Record<string, Record<string, Values>> = {};
  for (const { operator, key, values } of atoms) {
    const keys = block[operator] ?? {};
    keys[key] ??= values;
    block[operator] = keys;
  }
  return block;
}

const principal = fc.constantFrom<unknown>(
  { Federated: provider },
  { Federated: provider },
  { Federated: [provider, github] },
  { Federated: "*" },
  "*",
  { AWS: "*" },
  { AWS: "123456789012" },
  { AWS: root },
  { AWS: role },
  { AWS: session },
  { AWS: [role, "210987654321"], Federated: provider },
  { Service: "ec2.amazonaws.com" },
);

const action = fc.constantFrom<unknown>(
  "sts:AssumeRoleWithWebIdentity",
  "sts:AssumeRoleWithWebIdentity",
  "STS:assumeRoleWithWebIdentity",
  "sts:AssumeRole*",
  "sts:*",
  "*",
  ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
  "sts:??????????",
  ["sts:SetContext", "sts:assumerole"],
  "sts:DecodeAuthorizationMessage",
);

function statementWith(atom: fc.Arbitrary<ConditionAtom>): fc.Arbitrary<TrustStatement> {
  return fc
    .record({
      effect: fc.oneof(
        { weight: 3, arbitrary: fc.constant("Allow" as const) },
        { weight: 1, arbitrary: fc.constant("Deny" as const) },
      ),
      principal,
      notPrincipal: fc.integer({ min: 0, max: 9 }),
      action,
      notAction: fc.integer({ min: 0, max: 9 }),
      atoms: fc.array(atom, { maxLength: 3 }),
    })
    .map((parts) => ({
      Effect: parts.effect,
      [parts.effect === "Deny" && parts.notPrincipal === 0 ? "NotPrincipal" : "Principal"]:
        parts.principal,
      [parts.notAction === 0 ? "NotAction" : "Action"]: parts.action,
      ...(parts.atoms.length === 0 ? {} : { Condition: blockOf(parts.atoms) }),
    }));
}

const version = fc.constantFrom("2012-10-17", "2012-10-17", "2008-10-17", undefined);

export function documentOf(
  given: string | undefined,
  statements: readonly TrustStatement[],
): TrustDocument {
  return given === undefined
    ? { Statement: statements }
    : { Version: given, Statement: statements };
}

/** One to three families of keys for a whole example, so that its conditions are about the same keys. */
export function familiesOf(): fc.Arbitrary<fc.Arbitrary<ConditionAtom>> {
  return fc
    .uniqueArray(fc.constantFrom(...families.keys()), { minLength: 1, maxLength: 3 })
    .map((chosen) =>
      fc.oneof(...families.filter((_, index) => chosen.includes(index)).map(atomOf)),
    );
}

/** A whole random document. */
export const trustDocument: fc.Arbitrary<TrustDocument> = familiesOf().chain((atom) =>
  fc
    .tuple(version, fc.array(statementWith(atom), { minLength: 1, maxLength: 3 }))
    .map(([given, statements]) => documentOf(given, statements)),
);

export type DocumentPair = { readonly before: TrustDocument; readonly after: TrustDocument };

const part = fc.constantFrom(
  ...["Effect", "Principal", "Action", "Condition", "Condition", "Condition"],
);

/**
 * Two documents of about ten statements, each of which differs from one of two in one part; most are on both
 * sides.
 */
export const longPair: fc.Arbitrary<DocumentPair> = familiesOf().chain((atom) => {
  const statement = statementWith(atom);
  const change = fc.record({
    isOfFirst: fc.boolean(),
    other: statement,
    part,
    side: fc.constantFrom("both", "both", "both", "both", "before", "after"),
  });
  return fc
    .record({
      first: statement,
      second: statement,
      changes: fc.array(change, { minLength: 10, maxLength: 14 }),
      version,
    })
    .map(({ first, second, changes, version: given }) => {
      const of = (side: string): TrustDocument =>
        documentOf(given, [
          first,
          ...changes
            .filter((one) => one.side === side || one.side === "both")
            .map((one) => exchanged(one.isOfFirst ? first : second, one.other, one.part)),
        ]);
      return { before: of("before"), after: of("after") };
    });
});

/**
 * Two documents about the same keys. Most statements are shared, changed in one part, or on one
 * side alone, as they are when somebody edits a policy.
 */
export const documentPair: fc.Arbitrary<DocumentPair> = familiesOf().chain((atom) => {
  const slot = fc.record({
    first: statementWith(atom),
    second: statementWith(atom),
    how: fc.constantFrom("same", "same", "changed", "changed", "before", "after", "other"),
    part,
  });
  return fc
    .record({
      slots: fc.array(slot, { minLength: 1, maxLength: 3 }),
      version,
      otherVersion: version,
      sameVersion: fc.boolean(),
    })
    .map(({ slots, version: given, otherVersion, sameVersion }) => {
      const before: TrustStatement[] = [];
      const after: TrustStatement[] = [];
      for (const { first, second, how, part } of slots) {
        if (how !== "after") before.push(first);
        if (how === "same" || how === "after") after.push(first);
        if (how === "other") after.push(second);
        if (how === "changed") after.push(exchanged(first, second, part));
      }
      return {
        before: documentOf(given, before.length === 0 ? after : before),
        after: documentOf(sameVersion ? given : otherVersion, after.length === 0 ? before : after),
      };
    });
});

/** The first statement with one part of the second. */
function exchanged(first: TrustStatement, second: TrustStatement, part: string): TrustStatement {
  const names = part === "Principal" || part === "Action" ? [part, `Not${part}`] : [part];
  const kept = Object.entries(first).filter(([name]) => !names.includes(name));
  const taken = Object.entries(second).filter(([name]) => names.includes(name));
  const { Effect: _, ...others } = Object.fromEntries([...kept, ...taken]);
  const effect = part === "Effect" ? second.Effect : first.Effect;
  if (effect === "Allow" && others["NotPrincipal"] !== undefined) {
    const { NotPrincipal: unlisted, ...rest } = others;
    return { Effect: effect, Principal: unlisted, ...rest };
  }
  return { Effect: effect, ...others };
}
