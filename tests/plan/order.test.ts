import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DesiredIdentity } from "../../shared/plan/desired.ts";
import { planIdentity } from "../../shared/plan/identity.ts";
import type { ObservedPolicy, ObservedRole } from "../../shared/plan/observed.ts";
import { accessOf, course, endWithout, type Probe, type World, worldOf } from "./world.ts";

const arn = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
const users = ["alice", "bob", "carol"].map((name) => arn(`user/${name}`));
const probe: Probe = {
  callers: users,
  actions: ["ecr:PutImage", "ecr:BatchGetImage", "s3:GetObject"],
  resources: ["arn:aws:ecr:us-east-1:123456789012:repository/a", "arn:aws:s3:::b"],
  seconds: [3600, 43200],
};
const ours = arn("policy/deploy");
const theirs = arn("policy/theirs");
const boundaries = [arn("policy/boundary-1"), arn("policy/boundary-2")];

const document = (Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });

function someOf<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.subarray([...items], { minLength: 1 });
}

const trust = someOf(users).map((AWS) =>
  document([{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }]),
);
/** As many statements as there are resources, each with actions of its own. */
const permissions = fc
  .tuple(
    ...probe.resources.map((Resource) =>
      fc.tuple(fc.constant(Resource), fc.subarray([...probe.actions])),
    ),
  )
  .map((parts) =>
    parts
      .filter(([, Action]) => Action.length > 0)
      .map(([Resource, Action]) => ({ Effect: "Allow", Action, Resource })),
  )
  .filter((statements) => statements.length > 0)
  .map(document);
const seconds = fc.constantFrom(3600, 43200);
const boundary = fc.constantFrom(null, ...boundaries);

const desired = fc
  .record({ trust, permissions: fc.option(permissions, { freq: 8 }), seconds, boundary })
  .map((wanted): DesiredIdentity => {
    const name = "deploy";
    return {
      environment: "production",
      provider: { arn: arn("oidc-provider/x"), url: "https://x", audiences: [], thumbprints: [] },
      role: {
        name,
        arn: arn(`role/${name}`),
        path: "/",
        trustPolicy: wanted.trust,
        description: "kept",
        maxSessionSeconds: wanted.seconds,
        permissionsBoundary: wanted.boundary,
        tags: {},
      },
      policy: { name, arn: ours, document: wanted.permissions, tags: {} },
    };
  });

const role = fc
  .record({
    trust,
    seconds,
    boundary,
    description: fc.constantFrom("kept", "other"),
    attached: fc.subarray([ours, theirs]),
    inline: fc.option(permissions, { freq: 2 }),
  })
  .map((found): ObservedRole => {
    const inline = found.inline === null ? [] : [{ name: "debug", document: found.inline }];
    return {
      name: "deploy",
      arn: arn("role/deploy"),
      path: "/",
      trustPolicy: found.trust,
      description: found.description,
      maxSessionSeconds: found.seconds,
      permissionsBoundary: found.boundary,
      tags: { stray: "1" },
      attached: found.attached,
      inline,
    };
  });

const policy = fc
  .record({ permissions, versions: fc.integer({ min: 1, max: 5 }) })
  .map((found): ObservedPolicy => {
    const versions = Array.from({ length: found.versions }, (_, index) => ({
      id: `v${index + 1}`,
      isDefault: index === 0,
      createdAt: "",
    }));
    return {
      arn: ours,
      name: "deploy",
      defaultVersion: "v1",
      document: found.permissions,
      attachmentCount: 1,
      tags: {},
      versions,
    };
  });

const situation = fc.record({
  desired,
  role: fc.option(role, { freq: 8 }),
  policy: fc.option(policy, { freq: 8 }),
  theirs: permissions,
  bounds: fc.tuple(permissions, permissions),
});
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

/** What is there at first; a role can only hold our policy where there is one. */
function startOf(given: Situation): World {
  const { policy } = given;
  const others = [
    { arn: theirs, document: given.theirs },
    ...boundaries.map((arn, index) => ({ arn, document: given.bounds[index] ?? "" })),
  ];
  return worldOf(roleIn(given), policy === null ? others : [policy, ...others]);
}

function roleIn({ role, policy }: Situation): ObservedRole | null {
  if (role === null || policy !== null) return role;
  return { ...role, attached: role.attached.filter((arn) => arn !== ours) };
}

/** The access that the desired state gives, which no plan has been asked for. */
function wanted(given: Situation): ReadonlySet<string> {
  const { role, policy } = given.desired;
  const attached = policy.document === null ? [] : [ours];
  const there = startOf(given).policies;
  const documents = new Map(there);
  if (policy.document !== null) documents.set(ours, policy.document);
  return accessOf({ role: { ...role, attached, inline: [] }, policies: documents }, probe);
}

function plan(given: Situation) {
  const { desired, policy } = given;
  return planIdentity({ desired, role: roleIn(given), policy });
}

function more(now: ReadonlySet<string>, ...allowed: readonly ReadonlySet<string>[]): string[] {
  return [...now].filter((line) => !allowed.some((set) => set.has(line)));
}

const runs = { numRuns: 500 };

describe("a plan, whatever is there and whatever is desired", () => {
  test("passes through no access that was neither there nor is desired", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const start = startOf(given);
        const [before, goal] = [accessOf(start, probe), wanted(given)];
        for (const world of course(start, plan(given))) {
          expect(more(accessOf(world, probe), before, goal)).toEqual([]);
        }
      }),
      runs,
    );
  });

  test("opens nothing further where any of its steps fails", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const start = startOf(given);
        const [before, goal] = [accessOf(start, probe), wanted(given)];
        const changes = plan(given);
        for (const index of changes.keys()) {
          const end = endWithout(start, changes, index);
          expect(more(accessOf(end, probe), before, goal), `without step ${index}`).toEqual([]);
        }
      }),
      runs,
    );
  });

  test("ends with exactly the access that is desired", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const worlds = course(startOf(given), plan(given));
        const end = worlds.at(-1) ?? startOf(given);
        expect(accessOf(end, probe)).toEqual(wanted(given));
      }),
      runs,
    );
  });

  test("never has more than five versions, and prunes none that is in force", () => {
    fc.assert(
      fc.property(situation, (given) => {
        let versions = (given.policy?.versions ?? []).map(({ id }) => id);
        let current = "v1";
        for (const { step } of plan(given)) {
          if (step.do === "delete-policy-version") {
            expect(step.version).not.toBe(current);
            versions = versions.filter((id) => id !== step.version);
          }
          if (step.do === "create-policy-version") {
            const next = Math.max(...versions.map((id) => Number(id.slice(1)))) + 1;
            current = `v${next}`;
            versions = [...versions, current];
          }
          expect(versions.length).toBeLessThanOrEqual(5);
        }
      }),
      runs,
    );
  });
});
