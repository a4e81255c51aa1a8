import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { comparePermissions, mayWiden } from "../../shared/compare/index.ts";
import { type Change, stopsOpening } from "../../shared/plan/change.ts";
import { type IdentityPlan, planIdentity } from "../../shared/plan/identity.ts";
import type { ObservedRole } from "../../shared/plan/observed.ts";
import {
  boundaries,
  now,
  ours,
  probe,
  type Situation,
  situation,
  theirs,
  unbounded,
} from "./situations.ts";
import { accessOf, after, course, courseWithout, type World, worldOf } from "./world.ts";

/** Every policy but the deploy policy, whether it can be read or not. */
function othersOf({ theirs: extras, bounds }: Situation) {
  const documents = [...extras, ...bounds];
  return [...theirs, ...boundaries].map((arn, index) => ({
    arn,
    document: documents[index] ?? "",
  }));
}

/** What is there at first; a role can only hold our policy where there is one. */
function startOf(given: Situation): World {
  const { policy } = given;
  const others = othersOf(given);
  return worldOf(roleIn(given), policy === null ? others : [policy, ...others]);
}

function roleIn({ role, policy }: Situation): ObservedRole | null {
  if (role === null || policy !== null) return role;
  return { ...role, attached: role.attached.filter((arn) => arn !== ours) };
}

/** The access that the desired state gives, within what is kept for now. */
function wanted(given: Situation, { kept }: IdentityPlan): ReadonlySet<string> {
  const { role, policy } = given.desired;
  const documents = new Map(startOf(given).policies);
  if (policy.document !== null) documents.set(ours, policy.document);
  const attached = [
    ...(policy.document === null ? [] : [ours]),
    ...kept.flatMap(({ kind, id }) => (kind === "attached" ? [id] : [])),
  ];
  const inline = kept.flatMap(({ kind, id: name, document }) =>
    kind === "inline" ? [{ name, document }] : [],
  );
  return accessOf({ role: { ...role, attached, inline }, policies: documents }, probe);
}

function plan(given: Situation, isWhole = true): IdentityPlan {
  const { desired, policy, unread, firstSeen, force } = given;
  const role = roleIn(given);
  const documents = new Map(
    othersOf(given).flatMap(({ arn, document }) =>
      unread.includes(arn) ? [] : [[arn, document] as const],
    ),
  );
  const ids = [...theirs, ...(role?.inline ?? []).map(({ name }) => name)];
  const denies = new Map(firstSeen === null ? [] : ids.map((id) => [id, firstSeen] as const));
  const found = { role, policy, documents, denies, leaving: {} };
  return planIdentity({ ...found, desired, now, force, isWhole });
}

function more(now: ReadonlySet<string>, ...allowed: readonly ReadonlySet<string>[]): string[] {
  return [...now].filter((line) => !allowed.some((set) => set.has(line)));
}

const withRole = (given: Situation, change: (role: ObservedRole) => Partial<ObservedRole>) => {
  const role = roleIn(given);
  return { ...given, role: role === null ? null : { ...role, ...change(role) } };
};

/** What a run sees where one part could not be read. */
const parts: readonly (readonly [string, (given: Situation) => Situation])[] = [
  ["the list of attached policies", (given) => withRole(given, () => ({ attached: [] }))],
  ["the list of inline policies", (given) => withRole(given, () => ({ inline: [] }))],
  [
    "inline policies",
    (given) =>
      withRole(given, ({ inline }) => ({
        inline: inline.map(({ name }) => ({ name, document: null })),
      })),
  ],
  // That it is attached is seen all the same.
  ["the deploy policy", (given) => ({ ...withRole(given, () => ({})), policy: null })],
  [
    "the versions of the deploy policy",
    ({ policy, ...given }) => ({
      ...given,
      policy: policy === null ? null : { ...policy, versions: null },
    }),
  ],
];

const runs = { numRuns: Number(process.env["PROPERTY_RUNS"] ?? "150") };

describe("a plan, whatever is there and whatever is desired", () => {
  test("passes through no access that was neither there nor is desired", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const start = startOf(given);
        const planned = plan(given);
        const [before, goal] = [accessOf(start, probe), wanted(given, planned)];
        for (const world of course(start, planned.changes)) {
          expect(more(accessOf(world, probe), before, goal)).toEqual([]);
        }
      }),
      runs,
    );
  });

  test("opens nothing further where any of its steps fails", async () => {
    await fc.assert(
      fc.asyncProperty(situation, async (given) => {
        const start = startOf(given);
        const planned = plan(given);
        const [before, goal] = [accessOf(start, probe), wanted(given, planned)];
        for (const index of planned.changes.keys()) {
          for (const how of ["refused", "lost", "stale"] as const) {
            for (const world of await courseWithout(start, planned.changes, index, how)) {
              const found = more(accessOf(world, probe), before, goal);
              expect(found, `step ${index}, ${how}`).toEqual([]);
            }
          }
        }
      }),
      runs,
    );
  });

  test("ends with exactly the access that is desired, unless a boundary is missing", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const planned = plan(given);
        fc.pre(planned.problems.length === 0);
        const worlds = course(startOf(given), planned.changes);
        const end = worlds.at(-1) ?? startOf(given);
        expect(accessOf(end, probe)).toEqual(wanted(given, planned));
      }),
      runs,
    );
  });

  test("opens nothing at all where the boundary is missing", () => {
    fc.assert(
      fc.property(unbounded, (given) => {
        const planned = plan(given);
        expect(planned.problems).toHaveLength(1);
        const before = accessOf(startOf(given), probe);
        for (const world of course(startOf(given), planned.changes)) {
          expect(more(accessOf(world, probe), before)).toEqual([]);
        }
      }),
      runs,
    );
  });

  test.each(parts)("opens nothing at all where %s could not be read", (_part, without) => {
    fc.assert(
      fc.property(situation, (given) => {
        const planned = plan(without(given), false);
        const before = accessOf(startOf(given), probe);
        for (const world of course(startOf(given), planned.changes)) {
          expect(more(accessOf(world, probe), before)).toEqual([]);
        }
      }),
      { numRuns: runs.numRuns / 5 },
    );
  });

  test("closes only with steps that close whichever of the others were carried out", () => {
    fc.assert(
      fc.property(situation, fc.infiniteStream(fc.boolean()), (given, coins) => {
        let world = startOf(given);
        let mayOpen = true;
        for (const change of plan(given).changes) {
          const next = after(world, change.step);
          const closes = change.effect === "closes";
          if (closes) {
            const found = more(accessOf(next, probe), accessOf(world, probe));
            expect(found, change.step.do).toEqual([]);
          }
          if ((closes || mayOpen) && coins.next().value === true) world = next;
          else if (stopsOpening(change)) mayOpen = false;
        }
      }),
      runs,
    );
  });

  test("leaves no version that grants more than is desired", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const document = given.desired.policy.document;
        fc.pre(document !== null && given.policy !== null);
        const { changes, problems } = plan(given);
        fc.pre(problems.length === 0);
        for (const { id, document: text } of versionsAfter(given, changes)) {
          const wide =
            text === null ||
            mayWiden(comparePermissions({ before: [document ?? ""], after: [text] }).widening);
          expect(wide, id).toBe(false);
        }
      }),
      runs,
    );
  });

  test("never has more than five versions, and deletes none that is in force", () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { changes } = plan(given);
        for (const [index, { step }] of changes.entries()) {
          const before = versionsAfter(given, changes.slice(0, index));
          if (step.do === "delete-policy-version") {
            expect(before.map(({ id }) => id)).toContain(step.version);
            expect(before.at(-1)?.id).not.toBe(step.version);
          }
          const now = versionsAfter(given, changes.slice(0, index + 1));
          expect(now.length).toBeLessThanOrEqual(5);
        }
      }),
      runs,
    );
  });
});

type Version = { readonly id: string; readonly document: string | null };

/** The deploy policy's versions after some changes, the default last. */
function versionsAfter({ policy }: Situation, changes: readonly Change[]): readonly Version[] {
  const first = (policy?.versions ?? []).toSorted(
    (left, right) => Number(left.isDefault) - Number(right.isDefault),
  );
  const written = changes.flatMap(({ step }) =>
    step.do === "create-policy-version" ? [step.document] : [],
  );
  const deleted = changes.flatMap(({ step }) =>
    step.do === "delete-policy-version" ? [step.version] : [],
  );
  const later = written.map((document, index) => ({
    id: `v${first.length + index + 1}`,
    document,
  }));
  return [...first, ...later].filter(({ id }) => !deleted.includes(id));
}
