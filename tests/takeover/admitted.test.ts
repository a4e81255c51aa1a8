import * as fc from "fast-check";
import { expect, test } from "vitest";
import { trustEvaluator } from "../../sandbox/evaluate/index.ts";
import { mayWiden } from "../../shared/compare/index.ts";
import { trustTextOf } from "../../shared/takeover/trust.ts";
import { account } from "../plan/targets.ts";
import {
  blog,
  draftFor,
  issuer,
  mask,
  now,
  organization,
  other,
  policyText,
  provider,
  shop,
  take,
} from "./taking.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? 60);

const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const hosted = "github.com/acme/shop";

/** Tokens as CircleCI makes them, forks and branches with hostile names among them. */
const tokens = [shop, blog].flatMap((project) =>
  [
    "",
    ...[hosted, "github.com/eve/shop"].flatMap((origin) =>
      [
        "refs/heads/main",
        "refs/heads/main2",
        "refs/heads/feature/x",
        "refs/heads/pull/7",
        "refs/tags/v1",
        `refs/heads/x/vcs-origin/${hosted}/vcs-ref/refs/heads/main`,
      ].map((ref) => `/vcs-origin/${origin}/vcs-ref/${ref}`),
    ),
  ].flatMap((rest) =>
    [organization, "sts.amazonaws.com", "x"].map((audience) => ({
      project,
      audience,
      subject: `org/${organization}/project/${project}/user/${user}${rest}`,
    })),
  ),
);

type Token = (typeof tokens)[number];

/** Does the sandbox's own evaluator let a token in? */
function admitsBy(text: string): (token: Token) => boolean {
  const evaluate = trustEvaluator(JSON.parse(text));
  return ({ project, audience, subject }) =>
    evaluate({
      principal: { type: "Federated", id: provider },
      action: "sts:AssumeRoleWithWebIdentity",
      context: new Map([
        [`${issuer}:aud`, [audience]],
        [`${issuer}:oaud`, [audience]],
        [`${issuer}:sub`, [subject]],
        [`${issuer}:oidc.circleci.com/project-id`, [project]],
        ["aws:currenttime", [now.toISOString()]],
        ["aws:epochtime", [String(now.getTime() / 1000)]],
        ["aws:securetransport", ["true"]],
        ["aws:sourceip", ["198.51.100.7"]],
        ["aws:federatedprovider", [provider]],
        ["sts:rolesessionname", ["job"]],
      ]),
    }).decision === "allow";
}

const key = (claim: string) => `${issuer}:${claim}`;
const restOf = fc.constantFrom(
  "",
  "*",
  "/*",
  "/vcs-origin/*",
  ...["main", "main*", "*", "feature/*", "pull/*"].map(
    (branch) => `/vcs-origin/${hosted}/vcs-ref/refs/heads/${branch}`,
  ),
  `/vcs-origin/${hosted}/vcs-ref/*`,
  `/vcs-origin/${hosted}/vcs-ref/refs/*`,
  `/vcs-origin/${hosted}*/vcs-ref/refs/heads/main`,
  `/vcs-origin/*/vcs-ref/refs/heads/main`,
  `/vcs-origin/github.com/ac?e/shop/vcs-ref/refs/tags/*`,
  "*/vcs-ref/refs/heads/main",
);
const subject = fc
  .tuple(
    fc.constantFrom(organization, organization, organization, "*", other),
    fc.constantFrom(shop, shop, blog, "*", mask, "aaaaaaaa-*", shop.toUpperCase()),
    fc.constantFrom("*", mask, user, "?*"),
    restOf,
  )
  .map(([org, project, who, rest]) => `org/${org}/project/${project}/user/${who}${rest}`);
const anySubject = fc.oneof(
  { weight: 6, arbitrary: subject },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "*",
      `org/${organization}/*`,
      `org/${organization}/project/${shop}*`,
    ),
  },
);
const subjects = fc.array(anySubject, { minLength: 1, maxLength: 3 });
const operator = fc.constantFrom(
  "StringLike",
  "StringLike",
  "StringLike",
  "StringEquals",
  "StringEqualsIgnoreCase",
  "StringLikeIfExists",
  "StringNotLike",
  "StringNotEquals",
  "ForAnyValue:StringLike",
  "ForAllValues:StringLike",
  "ArnLike",
);
const onSubject = fc.tuple(operator, fc.constantFrom("sub", "SUB"), subjects);
const onAudience = fc.tuple(
  fc.constantFrom("StringEquals", "StringEquals", "StringLike", "ForAnyValue:StringEquals"),
  fc.constantFrom("aud", "aud", "oaud"),
  fc.constantFrom<readonly string[]>(
    [organization],
    [organization, "sts.amazonaws.com"],
    ["sts.amazonaws.com"],
    ["*"],
  ),
);
const onProject = fc.tuple(
  fc.constantFrom("StringEquals", "StringLike", "StringNotEquals", "ForAllValues:StringEquals"),
  fc.constant("oidc.circleci.com/project-id"),
  fc.constantFrom<readonly string[]>([shop], [shop, blog], ["*"], ["aaaa*"]),
);
const onElse = fc.constantFrom<readonly [string, string, readonly string[]]>(
  ["IpAddress", "aws:SourceIp", ["192.0.2.0/24"]],
  ["NotIpAddress", "aws:SourceIp", ["192.0.2.0/24"]],
  ["Bool", "aws:SecureTransport", ["true"]],
  ["DateLessThan", "aws:CurrentTime", ["2026-12-31T00:00:00Z"]],
  ["DateLessThan", "aws:CurrentTime", ["2025-01-01T00:00:00Z"]],
  ["DateGreaterThan", "aws:CurrentTime", ["2027-01-01T00:00:00Z"]],
  ["Null", key("sub"), ["false"]],
  ["Null", key("oidc.circleci.com/project-id"), ["true"]],
  ["StringLike", "sts:RoleSessionName", ["job*"]],
  ["StringEquals", key("vcs-ref"), ["refs/heads/main"]],
  ["StringNotEquals", key("vcs-ref"), ["refs/heads/main"]],
);
type Asked = readonly [operator: string, key: string, values: readonly string[]];

function conditionsOf(asked: readonly (Asked | null)[]): object {
  const blocks: Record<string, Record<string, readonly string[]>> = {};
  for (const each of asked) {
    if (each === null) continue;
    const [named, name, values] = each;
    const full = name.includes("aws:") || name.includes("sts:") || name.includes(issuer);
    blocks[named] = { ...blocks[named], [full ? name : key(name)]: values };
  }
  return blocks;
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>, freq: number) =>
  fc.option(arbitrary, { nil: null, freq });
const statement = fc
  .record({
    Effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
    Principal: fc.constantFrom<unknown>(
      { Federated: provider },
      { Federated: provider },
      { Federated: [provider, provider.replace(organization, other)] },
      { AWS: `arn:aws:iam::${account.id}:root` },
      "*",
    ),
    Action: fc.constantFrom<unknown>(
      "sts:AssumeRoleWithWebIdentity",
      "sts:AssumeRoleWithWebIdentity",
      "sts:*",
      ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"],
      "sts:TagSession",
    ),
    asked: fc
      .tuple(
        rarely(onSubject, 9),
        rarely(onSubject, 1),
        rarely(onAudience, 9),
        rarely(onProject, 1),
        rarely(onElse, 1),
      )
      .map(conditionsOf),
  })
  .map(({ asked, ...rest }) => ({ ...rest, Condition: asked }));
const policies = fc.array(statement, { minLength: 1, maxLength: 3 });

test("a document lets in no token that the role does not, but for its own audience", () => {
  fc.assert(
    fc.property(policies, (statements) => {
      const trust = policyText(...statements);
      fc.pre(draftFor({ trust }).trust.projects !== null);
      const taken = take({ trust });
      const after = trustTextOf(taken.document, { account, now });
      if (after === null) throw new Error("IAM has no room for it");
      const [isBefore, isAfter] = [admitsBy(trust), admitsBy(after)];
      const audiences = [organization, ...taken.document.circleci.audiences];
      const gained = tokens.filter((token) => isAfter(token) && !isBefore(token));
      const lost = tokens.filter((token) => isBefore(token) && !isAfter(token));
      for (const token of gained) {
        expect(audiences.some((audience) => isBefore({ ...token, audience }))).toBe(true);
      }
      if (gained.length > 0) expect(mayWiden(taken.trust.widening)).toBe(true);
      if (lost.length > 0) expect(mayWiden(taken.trust.narrowing)).toBe(true);
      if (gained.length + lost.length > 0) expect(taken.notCarried).not.toEqual([]);
      if (taken.whole) expect([gained, lost]).toEqual([[], []]);
    }),
    { numRuns: runs },
  );
});
