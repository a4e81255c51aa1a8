import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TrustRequest, trustEvaluator } from "../../sandbox/evaluate/index.ts";
import { isEquivalent, isImpossible } from "../../shared/compare/index.ts";
import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import { writtenDocument } from "../../shared/document/written.ts";
import { desiredOf } from "../../shared/plan/desired.ts";
import { resolveTargets } from "../../shared/plan/resolve.ts";
import { permissionsJson } from "../../shared/takeover/comparison.ts";
import { trustTextOf } from "../../shared/takeover/trust.ts";
import { account, region, resolved, within } from "../plan/targets.ts";
import { push } from "./published.ts";
import {
  blog,
  condition,
  draftFor,
  inline,
  issuer,
  jobs,
  managed,
  mask,
  now,
  organization,
  other,
  permissions,
  policyText,
  provider,
  shop,
  shown,
  take,
} from "./taking.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? 60);

const refs = fc.uniqueArray(
  fc.constantFrom("refs/heads/main", "refs/heads/*", "refs/tags/v*", "refs/heads/feature/x"),
  { minLength: 1, maxLength: 3 },
);
const project = fc
  .record({
    id: fc.constantFrom(shop, blog),
    origin: fc.option(fc.constantFrom("github.com/acme/shop", "gitlab.com/a/b/c"), {
      nil: undefined,
    }),
    refs: fc.option(refs, { nil: undefined }),
    until: fc.option(fc.constantFrom("2026-12-31T00:00:00Z", "2027-06-01T12:00:00Z"), {
      nil: undefined,
    }),
  })
  .map(({ refs: named, ...rest }) =>
    rest.origin === undefined || named === undefined ? rest : { ...rest, refs: named },
  );
const projects = fc.oneof(
  { weight: 1, arbitrary: fc.constant("all") },
  { weight: 5, arbitrary: fc.array(project, { minLength: 1, maxLength: 4 }) },
);

function some<T>(...values: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.constantFrom([], values);
}

const words = <Word extends string>(...all: readonly Word[]) =>
  fc.uniqueArray(fc.constantFrom(...all), { minLength: 1 });

const deploy = fc.record({
  ecr: fc.oneof(
    fc.constant([]),
    words("push", "read-images").map((may) => [{ repository: "shop/web", may }]),
  ),
  appRunner: fc.oneof(
    fc.constant([]),
    words("deploy", "watch", "update").map((may) => [{ service: "shop", may }]),
  ),
  ecsExpress: some("web/api"),
  ecs: some("shop/web"),
  lambda: some("worker"),
  amplify: fc.oneof(
    fc.constant([]),
    fc
      .tuple(
        fc.constantFrom("front", "bare"),
        fc.constantFrom([], ["main"]),
        words("release", "upload"),
      )
      .map(([app, branches, may]) => [{ app, branches, may }]),
    fc.constant([{ app: "front", branches: ["main", "feature/x"] }]),
  ),
});

const documents = fc.record({
  circleci: fc.record({
    organizationId: fc.constant(organization),
    audiences: some("sts.amazonaws.com"),
  }),
  trust: fc.record({ projects }),
  role: fc.record({
    name: fc.constantFrom("deploy", "CircleCI-OIDC-Role"),
    path: fc.constantFrom("/", "/ci/"),
    maxSessionSeconds: fc.constantFrom(3600, 7200),
    tags: fc.constantFrom({}, { team: "platform" }),
  }),
  policy: fc.record({ name: fc.constantFrom("deploy", "other"), readOutputs: fc.boolean() }),
  deploy,
});

function parsed(document: object): EnvironmentDocument {
  const text = JSON.stringify(document);
  const reading = parseEnvironment({ parameter: "p", version: 1, text, region });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}

/** The role that the product itself makes of a document. */
function roleOf(document: EnvironmentDocument): Parameters<typeof take>[0] {
  const { targets, missing } = resolveTargets({
    deploy: document.deploy,
    observed: shown,
    remembered: null,
    inForce: null,
    account,
  });
  expect(missing).toEqual([]);
  const owner = permissions.place;
  const result = desiredOf({ owner, document, targets, account, now });
  if (result.kind === "refused") throw new Error(result.problem.message);
  const { role, policy } = result.identity;
  return {
    trust: role.trustPolicy,
    policies: policy.document === null ? [] : [managed(policy.document, { name: policy.name })],
    role: { ...role, tags: role.tags },
  };
}

describe("a role that a document made", () => {
  test("becomes a document that means the same, with nothing left out", () => {
    fc.assert(
      fc.property(documents, (written) => {
        const taken = take(roleOf(parsed(written)));
        expect(taken.notCarried).toEqual([]);
        expect(isEquivalent(taken.trust)).toBe(true);
        expect(permissionsJson(taken.permissions)).toMatchObject({ widens: false, narrows: false });
        expect(taken.whole).toBe(true);
        expect(taken.document.role).toEqual(parsed(written).role);
      }),
      { numRuns: runs },
    );
  });

  test("is written so that the parser reads the same document again", () => {
    fc.assert(
      fc.property(
        documents,
        fc.constantFrom("enforce", "observe", "suspend"),
        fc.constantFrom("hold", "apply", { trust: "apply" }),
        (written, mode, onWiden) => {
          const document = parsed({ ...written, mode, onWiden });
          const text = writtenDocument(document, { head: ["A comment", "of two lines"], region });
          const reading = parseEnvironment({ parameter: "p", version: 1, text, region });
          expect(reading).toEqual({ kind: "valid", document });
          expect(text).toMatch(/^# A comment\n# of two lines\ncircleci:\n/);
        },
      ),
      { numRuns: runs },
    );
  });
});

const segment = fc.constantFrom(shop, shop, blog, "*", mask, "aaaa*", shop.toUpperCase());
const subject = fc
  .tuple(
    fc.constantFrom(organization, organization, "*", other),
    segment,
    fc.constantFrom("*", mask, "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690"),
    fc.constantFrom("", "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main", "/vcs-ref/*"),
  )
  .map(([org, id, user, rest]) => `org/${org}/project/${id}/user/${user}${rest}`);
const anySubject = fc.oneof(subject, fc.constantFrom("*", `org/${organization}/*`, "repo:a/b:*"));
const audience = fc.constantFrom<unknown>(organization, "sts.amazonaws.com", [
  organization,
  "sts.amazonaws.com",
]);
const more = fc.constantFrom<object>(
  {},
  {},
  { Bool: { "aws:SecureTransport": "true" } },
  { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
  { DateLessThan: { "aws:CurrentTime": "2026-12-31T00:00:00Z" } },
  { DateLessThan: { "aws:CurrentTime": "2025-01-01T00:00:00Z" } },
  { StringNotLike: { [`${issuer}:sub`]: "*/vcs-ref/refs/heads/pull/*" } },
);
const allow = fc
  .tuple(
    fc.option(fc.array(anySubject, { minLength: 1, maxLength: 2 }), { nil: null }),
    audience,
    more,
  )
  .map(([sub, aud, rest]) => jobs({ ...condition(sub, aud), ...rest }));
const deny = anySubject.map((sub) =>
  jobs(
    { StringLike: { [`${issuer}:sub`]: sub } },
    { Effect: "Deny", Principal: { Federated: provider } },
  ),
);
const trustPolicies = fc
  .tuple(fc.array(allow, { minLength: 1, maxLength: 3 }), fc.array(deny, { maxLength: 1 }))
  .map(([allows, denies]) => policyText(...allows, ...denies));

const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const subjects = [shop, blog].flatMap((id) =>
  [
    "",
    "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main",
    "/vcs-origin/github.com/mallory/shop/vcs-ref/refs/heads/pull/7",
    "/vcs-origin/github.com/mallory/x/vcs-ref/refs/heads/y/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main",
  ].map((rest) => ({ id, sub: `org/${organization}/project/${id}/user/${user}${rest}` })),
);
const tokens = subjects.flatMap(({ id, sub }) =>
  [organization, "sts.amazonaws.com"].map(
    (aud): TrustRequest => ({
      principal: { type: "Federated", id: provider },
      action: "sts:AssumeRoleWithWebIdentity",
      context: new Map([
        [`${issuer}:aud`, [aud]],
        [`${issuer}:sub`, [sub]],
        [`${issuer}:oidc.circleci.com/project-id`, [id]],
        ["aws:CurrentTime", [now.toISOString()]],
        ["aws:SecureTransport", ["true"]],
        ["aws:SourceIp", ["198.51.100.7"]],
      ]),
    }),
  ),
);

describe("any trust policy", () => {
  test("lets in each token that its document does, by an evaluator that shares no code", () => {
    let admitted = 0;
    fc.assert(
      fc.property(trustPolicies, (trust) => {
        if (draftFor({ trust }).trust.projects === null) return;
        const { document, notCarried } = take({ trust });
        if (notCarried.some((text) => text.includes("more tokens get in"))) return;
        const written = trustEvaluator(JSON.parse(trustTextOf(document, { account, now }) ?? "{}"));
        const role = trustEvaluator(JSON.parse(trust));
        const more = tokens.filter((token) => written(token).decision === "allow");
        admitted += more.length;
        expect(more.filter((token) => role(token).decision !== "allow")).toEqual([]);
      }),
      { numRuns: runs },
    );
    expect(admitted).toBeGreaterThan(0);
  });

  test("becomes a document that lets nobody in who could not come, or says so", () => {
    fc.assert(
      fc.property(trustPolicies, (trust) => {
        if (draftFor({ trust }).trust.projects === null) return;
        const { trust: compared, notCarried, whole } = take({ trust });
        const saysAudience = notCarried.some((text) => text.includes("more tokens get in"));
        expect(isImpossible(compared.widening) || saysAudience).toBe(true);
        expect(whole && !isEquivalent(compared)).toBe(false);
        // What a caller can miss is in a sentence.
        expect(isImpossible(compared.narrowing) || notCarried.length > 0).toBe(true);
      }),
      { numRuns: runs },
    );
  });
});

const actions = fc.uniqueArray(
  fc.constantFrom(
    ...push,
    "ecr:GetAuthorizationToken",
    "ecr:*",
    "ecr:Batch*",
    "ECR:ListImages",
    "ecr:DescribeImages",
    "apprunner:*",
    "apprunner:StartDeployment",
    "apprunner:DescribeService",
    "amplify:StartJob",
    "amplify:*",
    "lambda:*",
    "ecs:*",
    "iam:PassRole",
    "s3:GetObject",
    "*",
  ),
  { minLength: 1, maxLength: 9 },
);
const resources = fc.uniqueArray(
  fc.constantFrom(
    "*",
    resolved.ecr.arn,
    `${within("ecr")}repository/*`,
    `${within("ecr")}repository/gone`,
    "arn:aws:ecr:*:*:repository/shop/web",
    "arn:aws:ecr:eu-west-1:123456789012:repository/shop/web",
    `${within("apprunner")}service/shop/*`,
    resolved.appRunner.arn,
    `${within("amplify")}apps/*`,
    `${within("amplify")}apps/d1front/*`,
    `${within("amplify")}apps/d1front/branches/main/*`,
    `${within("amplify")}apps/d2bare/branches/main/jobs/*`,
    `${within("lambda")}function:worker`,
    `${within("lambda")}function:worker:*`,
    resolved.ecs.arn,
    resolved.ecsExpress.arn,
    "arn:aws:s3:::bucket/*",
    "not an ARN",
  ),
  { minLength: 1, maxLength: 3 },
);
const statement = fc.record({
  Effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
  Action: actions,
  Resource: resources,
  more: fc.constantFrom<object>(
    {},
    {},
    { Condition: { Bool: { "aws:SecureTransport": "true" } } },
    { Condition: { StringEquals: { "aws:PrincipalTag/team": "${aws:username}" } } },
  ),
});
const permissionPolicies = fc
  .array(statement, { minLength: 1, maxLength: 4 })
  .map((statements) =>
    policyText(...statements.map(({ more: rest, ...each }) => ({ ...each, ...rest }))),
  );

describe("any permissions", () => {
  test("become a document that grants nothing more, and says what it grants less", () => {
    const trust = policyText(jobs(condition(null)));
    fc.assert(
      fc.property(permissionPolicies, permissionPolicies, (first, second) => {
        const policies = [managed(first), inline("more", second)];
        const { permissions: found, notCarried } = take({ trust, policies });
        expect(found.widening.kind).not.toBe("proved");
        const lost = notCarried.filter((text) => !text.startsWith("Trust policy"));
        expect(found.narrowing.kind === "disproved" || lost.length > 0).toBe(true);
      }),
      { numRuns: runs },
    );
  });
});
