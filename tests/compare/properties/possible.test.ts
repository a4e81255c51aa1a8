import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateTrust } from "../../../sandbox/evaluate/index.ts";
import type { Witness } from "../../../shared/compare/index.ts";
import { trustAnswer } from "../answers.ts";
import { blockOf, type ConditionAtom, type TrustDocument, type Values } from "./arbitraries.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? "400");
const seed = Number(process.env["PROPERTY_SEED"] ?? "20261126");
const timeout = runs > 1000 ? 24 * 3_600_000 : 60_000;

const account = "123456789012";
const other = "210987654321";
const iam = (resource: string, of = account) => `arn:aws:iam::${of}:${resource}`;
const session = (role: string, name: string, of = account) =>
  `arn:aws:sts::${of}:assumed-role/${role}/${name}`;
const organization = "11111111-2222-4333-8444-555555555555";
const issuer = `oidc.circleci.com/org/${organization}`;
const provider = iam(`oidc-provider/${issuer}`);
const service = "codebuild.amazonaws.com";
const projects = [
  "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  "aaaaaaaa-cccc-4ccc-8ddd-eeeeeeeeeeee",
  "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff",
];
const key = (name: string) => `${issuer}:${name}`;

type Caller = {
  readonly principal: { readonly type: string; readonly id: string };
  readonly action: string;
  readonly context: Readonly<Record<string, string>>;
};

/** An identity of AWS as its requests are: `arn` is what aws:PrincipalArn holds. */
function identity(id: string, arn: string, type: string): Caller {
  const of = /\d{12}/.exec(id)?.[0] ?? "";
  return {
    principal: { type: "AWS", id },
    action: "sts:AssumeRole",
    context: {
      "aws:PrincipalArn": arn,
      "aws:PrincipalAccount": of,
      "aws:PrincipalType": type,
      "aws:PrincipalIsAWSService": "false",
      "aws:SecureTransport": "true",
    },
  };
}

/** The roles of the world: one is on a path, two that no policy names, one of another account. */
const roles = [
  { path: "", name: "dep", of: account },
  { path: "ci/deep/", name: "release", of: account },
  { path: "", name: "unnamed", of: account },
  { path: "ci/", name: "unnamed-too", of: account },
  { path: "", name: "dep", of: other },
  { path: "", name: "dep", of: "333333333333" },
];

const signed: readonly Caller[] = [
  ...roles.flatMap(({ path, name, of }) =>
    ["nightly", "hourly"].map((one) =>
      identity(session(name, one, of), iam(`role/${path}${name}`, of), "AssumedRole"),
    ),
  ),
  ...["user/ada", "user/eve"].map((user) => identity(iam(user), iam(user), "User")),
  identity(iam("user/ada", other), iam("user/ada", other), "User"),
  identity(iam("root"), iam("root"), "Account"),
];

const services: readonly Caller[] = [{}, { "aws:PrincipalAccount": account }].map((context) => ({
  principal: { type: "Service", id: service },
  action: "sts:AssumeRole",
  context: { "aws:PrincipalIsAWSService": "true", "aws:SecureTransport": "true", ...context },
}));

const tails = ["", "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main"];
const tokens: readonly Caller[] = projects.flatMap((project) =>
  tails.flatMap((tail) =>
    [{}, { "aws:PrincipalAccount": "anonymous" }].map((more) => ({
      principal: { type: "Federated", id: provider },
      action: "sts:AssumeRoleWithWebIdentity",
      context: {
        [key("aud")]: organization,
        [key("sub")]: `org/${organization}/project/${project}/user/${projects[2]}${tail}`,
        [key("oidc.circleci.com/project-id")]: project,
        "aws:FederatedProvider": provider,
        "aws:SecureTransport": "true",
        ...more,
      },
    })),
  ),
);

const world: readonly Caller[] = [...signed, ...services, ...tokens];

type Family = {
  readonly key: string;
  readonly operators: readonly string[];
  readonly values: readonly string[];
};

const texts = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
const families: readonly Family[] = [
  {
    key: "aws:PrincipalArn",
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", ...texts],
    values: [
      iam("role/dep"),
      iam("role/ci/deep/release"),
      iam("role/release"),
      iam("role/*"),
      iam("*"),
      iam("user/ada"),
      iam("root"),
      iam("role/dep", other),
      "arn:aws:iam::*:role/dep",
      session("dep", "nightly"),
    ],
  },
  {
    key: "aws:PrincipalAccount",
    operators: texts,
    values: [account, other, "*", "12345678901?", "anonymous"],
  },
  {
    key: "aws:PrincipalType",
    operators: texts,
    values: ["AssumedRole", "User", "Account", "FederatedUser", "Assumed*"],
  },
  { key: "aws:PrincipalIsAWSService", operators: ["Bool"], values: ["true", "false"] },
  { key: "aws:SecureTransport", operators: ["Bool"], values: ["true", "false"] },
  { key: "aws:FederatedProvider", operators: texts, values: [provider, "arn:*", `${provider}x`] },
  {
    key: key("oidc.circleci.com/project-id"),
    operators: [...texts, "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
    values: [...projects, "aaaaaaaa-*", "*", "????????-cccc-*", projects[0]?.toUpperCase() ?? ""],
  },
  {
    key: key("sub"),
    operators: ["StringLike", "StringNotLike"],
    values: [
      ...projects.map((project) => `org/${organization}/project/${project}/*`),
      `org/${organization}/project/aaaaaaaa-*`,
      `org/${organization}/project/*-cccc-4ccc-*/user/*`,
      `org/${organization}/project/*`,
      `org/${organization}/project/*/refs/heads/main`,
      "*",
    ],
  },
];

function atomOf(family: Family): fc.Arbitrary<ConditionAtom> {
  const operator = fc
    .tuple(
      fc.constantFrom("", "", "", "ForAllValues:", "ForAnyValue:"),
      fc.constantFrom(...family.operators),
      fc.constantFrom("", "", "", "IfExists"),
    )
    .map((parts) => parts.join(""));
  const value = fc.constantFrom(...family.values);
  const values: fc.Arbitrary<Values> = fc.oneof(
    { weight: 2, arbitrary: value },
    { weight: 1, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
  );
  const comparison = fc.record({ operator, key: fc.constant(family.key), values });
  const presence = fc.record({
    operator: fc.constant("Null"),
    key: fc.constant(family.key),
    values: fc.constantFrom<Values>("true", "false"),
  });
  return fc.oneof({ weight: 8, arbitrary: comparison }, { weight: 1, arbitrary: presence });
}

const principals: readonly unknown[] = [
  { AWS: account },
  { AWS: iam("root") },
  { AWS: iam("role/dep") },
  { AWS: iam("role/ci/deep/release") },
  { AWS: iam("user/ada") },
  { AWS: session("dep", "nightly") },
  { AWS: [iam("role/dep"), iam("user/ada")] },
  { AWS: other },
  { Service: service },
  { Federated: provider },
  { Federated: provider },
  { Federated: "*" },
  "*",
];

const statement = (atom: fc.Arbitrary<ConditionAtom>, effect: "Allow" | "Deny") =>
  fc
    .record({
      principal: fc.constantFrom(...principals),
      action: fc.constantFrom("*", "sts:AssumeRole*"),
      atoms: fc.array(atom, { maxLength: 2 }),
    })
    .map(({ principal, action, atoms }) => ({
      Effect: effect,
      Principal: principal,
      Action: action,
      ...(atoms.length === 0 ? {} : { Condition: blockOf(atoms) }),
    }));

type Pair = { readonly before: TrustDocument; readonly after: TrustDocument };

/** Two documents that share most: what one has more is a condition, a Deny, or an Allow. */
const pair: fc.Arbitrary<Pair> = fc
  .uniqueArray(fc.constantFrom(...families.keys()), { minLength: 1, maxLength: 2 })
  .chain((chosen) => {
    const atom = fc.oneof(
      ...families.filter((_, index) => chosen.includes(index)).map((family) => atomOf(family)),
    );
    const allow = statement(atom, "Allow");
    const some = fc.array(fc.oneof(allow, statement(atom, "Deny")), { maxLength: 1 });
    return fc.record({
      first: allow,
      second: allow,
      shared: some,
      more: some,
      atom,
      how: fc.nat(3),
    });
  })
  .map(({ first, second, shared, more, how }) => {
    const document = (...statements: readonly (typeof first)[]): TrustDocument => {
      return { Version: "2012-10-17", Statement: statements };
    };
    const { Condition: _, ...bare } = first;
    switch (how) {
      case 0:
        return { before: document(first, ...shared), after: document(bare, ...shared) };
      case 1:
        return { before: document(first, ...more), after: document(first) };
      case 2:
        return { before: document(first, ...shared), after: document(second, ...shared) };
      default:
        return { before: document(first), after: document(first, second) };
    }
  });

function isAllowed(document: TrustDocument, { principal, action, context }: Caller): boolean {
  const values = new Map(Object.entries(context).map(([name, value]) => [name, [value]]));
  return evaluateTrust(document, { principal, action, context: values }).decision === "allow";
}

/** What is wrong with the claim that this request can be made. */
function complaintsOf({ principal, context }: Witness): readonly string[] {
  const held = (name: string) =>
    Object.entries(context).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]?.[0];
  const complaints: string[] = [];
  const asks = (name: string, right: string | RegExp): void => {
    const value = held(name);
    const isRight = typeof right === "string" ? value === right : right.test(value ?? "");
    if (value !== undefined && !isRight) complaints.push(`${name} is ${value}, not ${right}`);
  };
  asks("aws:SecureTransport", "true");
  asks("aws:PrincipalIsAWSService", principal.type === "Service" ? "true" : "false");
  if (principal.type === "Federated") {
    asks("aws:FederatedProvider", principal.id);
    for (const name of ["aws:PrincipalArn", "aws:PrincipalIsAWSService"]) asks(name, "(absent)");
    const project = /\/project\/([^/]+)/.exec(held(key("sub")) ?? "")?.[1];
    if (project !== undefined) asks(key("oidc.circleci.com/project-id"), project);
  }
  if (principal.type !== "AWS") return complaints;
  const assumed = /:assumed-role\/([^/]+)\//.exec(principal.id)?.[1];
  const isRole = assumed !== undefined || principal.id.includes(":role/");
  asks("aws:PrincipalAccount", /\d{12}/.exec(principal.id)?.[0] ?? "");
  asks("aws:PrincipalType", isRole ? "AssumedRole" : "User");
  asks(
    "aws:PrincipalArn",
    assumed === undefined ? principal.id : new RegExp(`:role/(.*/)?${assumed}$`),
  );
  return complaints;
}

describe("possible", () => {
  it(
    "is false only where no caller of the world is newly admitted, and true only with the verdict",
    () => {
      const counts = { true: 0, false: 0, null: 0 };
      fc.assert(
        fc.property(pair, ({ before, after }) => {
          const answer = trustAnswer({
            before: JSON.stringify(before),
            after: JSON.stringify(after),
          });
          if (answer.kind === "refused") throw new Error(answer.error.message);
          for (const [direction, shown, allowing, refusing] of [
            ["widens", answer.admitted, after, before],
            ["narrows", answer.dropped, before, after],
          ] as const) {
            const free = answer[direction];
            const possible = answer.possible[direction];
            const text = JSON.stringify({ direction, before, after });
            if (free === false) expect(possible, text).toBe(false);
            else counts[`${possible}`] += 1;
            if (possible === true) expect([free, shown?.reachable], text).toEqual([true, true]);
            else expect(shown?.reachable ?? false, text).toBe(false);
            if (shown?.reachable) expect(complaintsOf(shown), text).toEqual([]);
            if (possible !== false) continue;
            const come = world.find(
              (caller) => isAllowed(allowing, caller) && !isAllowed(refusing, caller),
            );
            expect(come, text).toBeUndefined();
          }
        }),
        { numRuns: runs, seed },
      );
      // Neither answer is rare, or nothing was tried.
      expect(counts.true).toBeGreaterThan(runs / 10);
      expect(counts.false).toBeGreaterThan(runs / 20);
    },
    timeout,
  );
});
