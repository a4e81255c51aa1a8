import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gainsFromNothing, gainsOf, type RoleBaseline } from "../../shared/plan/guard.ts";
import { newlyAdmitted, newlyGranted } from "../../shared/plan/in-words.ts";
import { namedPermissions } from "../../shared/plan/named-targets.ts";
import { nothingObserved } from "../../shared/plan/observed.ts";
import { targetKinds } from "../../shared/targets/index.ts";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import {
  account,
  documentWith,
  type Members,
  organization,
  place,
  project,
  wider,
} from "./entries.ts";

const now = new Date("2026-02-01T00:00:00Z");
const shared = {
  targets: nothingObserved,
  boundaries: new Map<string, string>(),
  account,
  place,
  now,
};
const origin = "github.com/acme/shop";
const other = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const elsewhere = "22222222-2222-4333-8444-555555555555";

const trust = (...projects: readonly Members[]) => ({ trust: { projects } });
const main = { id: project, origin, refs: ["refs/heads/main"] };
const soFar = `(so far refs/heads/main of ${origin})`;
const ecr = (...entries: readonly unknown[]) => ({ deploy: { ecr: entries } });

/** What the guard says in words that one document gains over the other. */
function said(before: Members, after: Members, role: RoleBaseline | null = null) {
  const known = role === null ? [documentWith(before)] : [];
  const gains = gainsOf({ ...shared, next: documentWith(after), known, role });
  return gains.flatMap(({ words }) => words);
}

describe("in the document's words", () => {
  test.each<readonly [string, Members, Members, readonly string[]]>([
    ["the same", {}, {}, []],
    ["less", wider, {}, []],
    ["another branch", {}, wider, [`project ${project}: refs/heads/dev of ${origin} ${soFar}`]],
    [
      "every ref",
      {},
      trust({ id: project, origin }),
      [`project ${project}: every ref of ${origin} ${soFar}`],
    ],
    [
      "no origin any more",
      {},
      trust({ id: project }),
      [`project ${project}: every ref of any repository ${soFar}`],
    ],
    [
      "another project, with two refs",
      {},
      trust(main, { id: other, origin, refs: ["refs/heads/a", "refs/tags/v*"] }),
      [`project ${other}: refs/heads/a, refs/tags/v* of ${origin}`],
    ],
    [
      "every ref of a repository, and one of them once more",
      {},
      trust(main, { id: other, origin }, { id: other, origin, refs: ["refs/heads/a"] }),
      [`project ${other}: every ref of ${origin}`],
    ],
    [
      "every project",
      {},
      { trust: { projects: "all" } },
      [`every project of organisation ${organization}`],
    ],
    ["a project of all", { trust: { projects: "all" } }, {}, []],
    [
      "a later end",
      trust({ ...main, until: "2026-03-01T00:00:00Z" }),
      trust({ ...main, until: "2026-04-01T00:00:00Z" }),
      [
        `project ${project}: refs/heads/main of ${origin} until 2026-04-01T00:00:00Z (so far refs/heads/main of ${origin} until 2026-03-01T00:00:00Z)`,
      ],
    ],
    [
      "no end any more",
      trust({ ...main, until: "2026-03-01T00:00:00Z" }),
      {},
      [
        `project ${project}: refs/heads/main of ${origin} (so far refs/heads/main of ${origin} until 2026-03-01T00:00:00Z)`,
      ],
    ],
    ["an earlier end", {}, trust({ ...main, until: "2026-03-01T00:00:00Z" }), []],
    [
      "an audience",
      {},
      { circleci: { organizationId: organization, audiences: ["deploy"] } },
      ["tokens with the audience deploy"],
    ],
    [
      "a project beside an audience that was there",
      { circleci: { organizationId: organization, audiences: ["deploy"] } },
      { circleci: { organizationId: organization, audiences: ["deploy"] }, ...wider },
      [`project ${project}: refs/heads/dev of ${origin} ${soFar}`],
    ],
    [
      "another organisation",
      {},
      { circleci: { organizationId: elsewhere } },
      [`tokens of organisation ${elsewhere}`, `project ${project}: refs/heads/main of ${origin}`],
    ],
    [
      "what only a request gains that nobody can make",
      trust({ id: project }, { id: other, until: "2026-03-01T00:00:00Z" }),
      trust(
        { id: project, until: "2026-03-01T00:00:00Z" },
        { id: other, until: "2026-03-01T00:00:00Z" },
      ),
      ["only a request that nobody can make"],
    ],
    ["a repository", {}, ecr("demo-backend", "web"), ["ECR repository web: push"]],
    [
      "a word",
      {},
      ecr({ repository: "demo-backend", may: ["push", "read-images"] }),
      ["ECR repository demo-backend: read-images"],
    ],
    [
      "services, functions and branches",
      ecr("demo-backend"),
      {
        deploy: {
          ecr: ["demo-backend"],
          appRunner: [{ service: "shop", may: ["deploy", "update"] }],
          ecsExpress: ["shop"],
          lambda: ["worker"],
          amplify: [{ app: "site", branches: ["main", "dev"] }],
        },
      },
      [
        "App Runner service shop: deploy, update",
        "ECS Express service default/shop",
        "Lambda function worker",
        "Amplify app site: release of main, release of dev",
      ],
    ],
    [
      "every branch",
      { deploy: { amplify: [{ app: "site", branches: ["main"] }] } },
      { deploy: { amplify: ["site"] } },
      ["Amplify app site: release of every branch"],
    ],
    [
      "a second ECS service, and what both may do together",
      { deploy: { ecs: ["shop/web"] } },
      { deploy: { ecs: ["shop/web", "shop/api"] } },
      [
        "ECS service shop/api",
        "ECS services that are listed together can run each other's task definitions",
      ],
    ],
    [
      "another Region",
      {},
      { deploy: { region: "eu-west-1", ecr: ["demo-backend"] } },
      ["ECR repository demo-backend in eu-west-1: push"],
    ],
    ["the outputs", {}, { policy: { readOutputs: true } }, ["its own outputs in Parameter Store"]],
  ])("says what is gained by %s", (_, before, after, words) => {
    expect(said(before, after)).toEqual(words);
  });

  test("says all of a first document", () => {
    const next = documentWith({
      ...wider,
      circleci: { organizationId: organization, audiences: ["deploy"] },
    });
    expect(gainsFromNothing({ ...shared, next }).flatMap(({ words }) => words)).toEqual([
      `project ${project}: refs/heads/main, refs/heads/dev of ${origin}`,
      "tokens with the audience deploy",
      "ECR repository demo-backend: push",
    ]);
  });

  test("says what is gained over each of two that count as known", () => {
    const known = [{}, wider].map((members) => documentWith(members));
    const refs = ["refs/heads/main", "refs/heads/dev", "refs/heads/x"];
    const next = documentWith(trust({ ...main, refs }));
    const [gain] = gainsOf({ ...shared, next, known, role: null });
    expect(gain?.words).toEqual([
      `project ${project}: refs/heads/dev, refs/heads/x of ${origin} ${soFar}`,
      `project ${project}: refs/heads/x of ${origin} (so far refs/heads/main, refs/heads/dev of ${origin})`,
    ]);
  });

  test("says of a role that nobody recorded what the document adds to it", () => {
    const document = documentWith(ecr("demo-backend"));
    const written = writeTrustPolicy({ document, account, now });
    if (written.kind === "refused") throw new Error(written.problem.message);
    const role: RoleBaseline = {
      trustPolicy: JSON.stringify(written.policy),
      permissions: [namedPermissions({ document, observed: nothingObserved, account, place })],
      boundary: null,
      maxSessionSeconds: 3600,
      tags: {},
    };
    expect(said({}, { ...wider, ...ecr("demo-backend", "web") }, role)).toEqual([
      `project ${project}: refs/heads/dev of ${origin}`,
      "ECR repository web: push",
    ]);
  });

  test("says that they are not the whole where the engine sees more", () => {
    const trustPolicy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    });
    const denied = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "ecr:*", Resource: "*" },
        { Effect: "Deny", Action: "ecr:PutImage", Resource: "*" },
      ],
    });
    const role: RoleBaseline = {
      trustPolicy,
      permissions: [denied],
      boundary: null,
      maxSessionSeconds: 3600,
      tags: {},
    };
    expect(said({}, {}, role)).toContain("and more than these words say: see the example");
  });
});

const ids = [project, other];
const origins = [origin, "github.com/eve/shop"];
const refs = ["refs/heads/*", "refs/heads/main", "refs/heads/release-*", "refs/tags/v1"];
const ends = ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"];

const entries = fc
  .record(
    {
      id: fc.constantFrom(...ids),
      origin: fc.constantFrom(...origins),
      refs: fc.uniqueArray(fc.constantFrom(...refs), { minLength: 1, maxLength: 3 }),
      until: fc.constantFrom(...ends),
    },
    { requiredKeys: ["id"], noNullPrototype: true },
  )
  .map(({ refs: named, ...entry }) =>
    named === undefined || entry.origin === undefined ? entry : { ...entry, refs: named },
  );

const may = <Word extends string>(...words: readonly Word[]) =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: 1 });
const sometimes = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof(
    value.map((one) => [one]),
    fc.constant([]),
  );

const arbitraryDocument = fc
  .record({
    circleci: fc.record({
      organizationId: fc.oneof(
        { weight: 5, arbitrary: fc.constant(organization) },
        { weight: 1, arbitrary: fc.constant(elsewhere) },
      ),
      audiences: fc.uniqueArray(fc.constantFrom("deploy", "other")),
    }),
    trust: fc.record({
      projects: fc.oneof(
        { weight: 6, arbitrary: fc.array(entries, { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.constant("all" as const) },
      ),
    }),
    policy: fc.record({ readOutputs: fc.boolean() }),
    deploy: fc.record({
      region: fc.constantFrom("us-east-1", "eu-west-1"),
      ecr: sometimes(
        fc.record({ repository: fc.constantFrom("a1", "b1"), may: may("push", "read-images") }),
      ),
      appRunner: sometimes(
        fc.record({
          service: fc.constantFrom("shop", "site"),
          may: may("deploy", "watch", "update"),
        }),
      ),
      ecsExpress: fc.uniqueArray(fc.constantFrom("a", "b")),
      ecs: fc.uniqueArray(fc.constantFrom("a/b", "c/d", "e/f")),
      lambda: fc.uniqueArray(fc.constantFrom("a", "b")),
      amplify: sometimes(
        fc.record({
          app: fc.constantFrom("a", "b"),
          branches: fc.uniqueArray(fc.constantFrom("main", "dev")),
          may: may("release", "upload"),
        }),
      ),
    }),
  })
  .map((members) => documentWith(members));

type Document = ReturnType<typeof documentWith>;

/** Some tokens of CircleCI's jobs, and instants at which they come. */
const tokens = [organization, elsewhere].flatMap((org) =>
  [...ids, "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"].flatMap((id) =>
    [...origins, "github.com/mallory/shop"].flatMap((repository) =>
      [
        "refs/heads/main",
        "refs/heads/release-2",
        "refs/heads/x",
        "refs/tags/v1",
        "refs/pull/1",
      ].flatMap((ref) =>
        [org, "deploy", "other"].flatMap((aud) =>
          ["2026-02-15", "2026-03-15", "2026-05-01"].map((day) => ({
            org,
            id,
            repository,
            ref,
            aud,
            at: Date.parse(day),
          })),
        ),
      ),
    ),
  ),
);
type Token = (typeof tokens)[number];

/** What a document admits, read off its fields: no engine, no policy. */
function admits(document: Document, { org, id, repository, ref, aud, at }: Token): boolean {
  const {
    circleci,
    trust: { projects },
  } = document;
  if (circleci.organizationId !== org) return false;
  if (aud !== org && !circleci.audiences.includes(aud)) return false;
  if (projects === "all") return true;
  return projects.some(
    (entry) =>
      entry.id === id &&
      (entry.origin ?? repository) === repository &&
      (entry.refs ?? ["*"]).some((known) => fits(known, ref)) &&
      (entry.until === undefined || at < Date.parse(entry.until)),
  );
}

function hasEnded({ trust: { projects } }: Document): boolean {
  return (
    projects !== "all" &&
    projects.every(({ until }) => until !== undefined && Date.parse(until) < now.getTime())
  );
}

function fits(pattern: string, ref: string): boolean {
  return pattern.endsWith("*") ? ref.startsWith(pattern.slice(0, -1)) : ref === pattern;
}

/** Which tokens a sentence is about. */
function isAbout(words: string, { org, id, repository, ref, aud, at }: Token): boolean {
  if (words.startsWith("every project of organisation ")) return words.endsWith(org);
  if (words.startsWith("tokens of organisation ")) return words.endsWith(org);
  if (words.startsWith("tokens with the audience ")) return words.endsWith(` ${aud}`);
  const [, named, which = "", where, until] =
    /^project (\S+): (.+?) of (any repository|\S+)(?: until (\S+?))?(?: \(so far .*\))?$/.exec(
      words,
    ) ?? [];
  expect(named, words).toBeDefined();
  return (
    named === id &&
    (where === "any repository" || where === repository) &&
    (which === "every ref" || which.split(", ").some((known) => fits(known, ref))) &&
    (until === undefined || at < Date.parse(until))
  );
}

const runs = Number(process.env["PROPERTY_RUNS"] ?? 150);
const seed = Number(process.env["PROPERTY_SEED"] ?? 11);

describe("of any two documents", () => {
  test("the words on trust are the whole, and nothing more", () => {
    let widened = 0;
    fc.assert(
      fc.property(arbitraryDocument, arbitraryDocument, (before, after) => {
        const written = writeTrustPolicy({ document: before, account, now });
        if (written.kind === "refused") return;
        const baseline = { texts: [JSON.stringify(written.policy)], document: before };
        const { says, whole } = newlyAdmitted(baseline, { next: after, account, now });
        expect(whole).toBe(true);
        // A policy needs a statement, so that entries are written that nobody can use any more.
        if (hasEnded(before) || hasEnded(after)) return;
        const gained = tokens.filter((token) => admits(after, token) && !admits(before, token));
        if (gained.length > 0) widened += 1;
        expect(gained.filter((token) => !says.some((words) => isAbout(words, token)))).toEqual([]);
        for (const words of says) {
          expect(gained.filter((token) => isAbout(words, token)).length, words).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs, seed },
    );
    expect(widened).toBeGreaterThan(runs / 4);
  });

  test("the words on permissions are the whole, and nothing more", () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryDocument, (before, after) => {
        const observed = nothingObserved;
        const texts = [namedPermissions({ document: before, observed, account, place })];
        const next = { ...shared, next: after };
        const { says, whole } = newlyGranted({ texts, document: before }, next);
        expect(whole).toBe(true);
        const gained = [...cellsOf(after)].filter((cell) => !isCovered(cell, cellsOf(before)));
        // Said once for all pairs.
        const pairs = `${after.deploy.region} ${targetKinds.ecs.together}`;
        const expected = gained.map((cell) => (cell.includes(" pair ") ? pairs : cell));
        expect(cellsIn(says, after)).toEqual([...new Set(expected)].toSorted());
      }),
      { numRuns: runs, seed },
    );
  });

  test("there are words exactly where the guard finds more", () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryDocument, (before, after) => {
        const gains = gainsOf({ ...shared, next: after, known: [before], role: null });
        for (const { because, words } of gains) {
          expect(words.length > 0, because).toBe(because === "more" || because === "undecided");
        }
      }),
      { numRuns: runs, seed },
    );
  });
});

/** What a document grants: kind, Region, target and word, read off its fields. */
function cellsOf({ deploy, policy }: Document): ReadonlySet<string> {
  const { region } = deploy;
  const ecs = deploy.ecs.map(({ cluster, service }) => `ECS service ${cluster}/${service}`);
  return new Set([
    ...deploy.ecr.flatMap((each) =>
      each.may.map((word) => `${region} ECR repository ${each.repository}: ${word}`),
    ),
    ...deploy.appRunner.flatMap((each) =>
      each.may.map((word) => `${region} App Runner service ${each.service}: ${word}`),
    ),
    ...deploy.ecsExpress.map(
      ({ cluster, service }) => `${region} ECS Express service ${cluster}/${service}`,
    ),
    ...ecs.map((name) => `${region} ${name}`),
    ...ecs.flatMap((name) =>
      ecs.flatMap((mate) => (name < mate ? [`${region} pair ${name} ${mate}`] : [])),
    ),
    ...deploy.lambda.map((name) => `${region} Lambda function ${name}`),
    ...deploy.amplify.flatMap(({ app, branches, may: words }) =>
      words.flatMap((word) =>
        (branches.length === 0 ? ["every branch"] : branches).map(
          (branch) => `${region} Amplify app ${app}: ${word} of ${branch}`,
        ),
      ),
    ),
    ...(policy.readOutputs ? ["outputs"] : []),
  ]);
}

/** A branch is granted where every branch is. */
function isCovered(cell: string, by: ReadonlySet<string>): boolean {
  return by.has(cell) || by.has(cell.replace(/ of (main|dev)$/, " of every branch"));
}

function cellsIn(says: readonly string[], { deploy: { region } }: Document): readonly string[] {
  const cells = says.flatMap((words) => {
    if (words === "its own outputs in Parameter Store") return ["outputs"];
    const [of = "", list] = words.replace(` in ${region}`, "").split(": ");
    if (list === undefined) return [`${region} ${of}`];
    return list.split(", ").map((word) => `${region} ${of}: ${word}`);
  });
  return cells.toSorted();
}
