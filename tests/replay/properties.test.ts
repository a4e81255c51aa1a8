import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TrustPolicy } from "../../shared/policy/document.ts";
import type { UnusedPattern } from "../../shared/replay/unused.ts";
import {
  host,
  organization,
  otherProject,
  parsed,
  patternOf,
  policyText,
  project,
  provider,
  recordOf,
  refusedCall,
  replay,
  role,
  statement,
  subjectOf,
} from "./records.ts";

const projects = fc.constantFrom(project, otherProject);
const refs = fc.constantFrom("refs/heads/main", "refs/heads/dev", "refs/tags/v1", "refs/heads/x");

const record = fc
  .record({
    ref: refs,
    of: projects,
    audience: fc.constantFrom(organization, "other", null),
    day: fc.integer({ min: 1, max: 25 }),
    id: fc.nat(1_000_000),
    isRefused: fc.boolean(),
    isAnonymous: fc.boolean(),
  })
  .map(({ ref, of, audience, day, id, isRefused, isAnonymous }) =>
    recordOf(subjectOf(ref, of), {
      eventID: `${id}`,
      eventTime: `2026-11-${String(day).padStart(2, "0")}T10:00:00Z`,
      ...(audience === null ? {} : { responseElements: { audience, provider } }),
      ...(isRefused ? refusedCall : {}),
      ...(isAnonymous ? { userIdentity: {}, responseElements: null } : {}),
    }),
  );

const records = fc.uniqueArray(record, {
  maxLength: 30,
  selector: (each) => ("eventID" in each ? each.eventID : each),
});

type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const condition: fc.Arbitrary<Condition> = fc
  .record({
    operator: fc.constantFrom("StringLike", "StringLikeIfExists", "ForAnyValue:StringLike"),
    subjects: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom("refs/heads/*", "refs/heads/main", "refs/tags/*", "*", "none"),
        projects,
      ),
      { minLength: 1, maxLength: 3 },
    ),
    audiences: fc.uniqueArray(fc.constantFrom(organization, "other", "never"), { maxLength: 3 }),
    ids: fc.uniqueArray(projects, { maxLength: 2 }),
    named: fc.boolean(),
  })
  .map(({ operator, subjects, audiences, ids, named }) => ({
    [operator]: {
      [`${host}:sub`]: subjects.map(([ref, of]) => patternOf(ref, of)),
      ...(named ? { "sts:RoleSessionName": ["deploy"] } : {}),
    },
    StringEquals: {
      ...(audiences.length === 0 ? {} : { [`${host}:aud`]: audiences }),
      ...(ids.length === 0 ? {} : { [`${host}:oidc.circleci.com/project-id`]: ids }),
    },
  }));

type Part = { readonly effect: string; readonly condition: Condition };

const parts: fc.Arbitrary<readonly Part[]> = fc.array(
  fc.record({ effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"), condition }),
  { minLength: 1, maxLength: 3 },
);

function policyOf(from: readonly Part[]): TrustPolicy {
  return parsed(
    policyText(
      ...from.map(({ effect, condition: all }) => ({ ...statement(all), Effect: effect })),
    ),
  );
}

describe("a replay", () => {
  test("is the same for every order of the records, and where each comes twice", () => {
    fc.assert(
      fc.property(records, parts, parts, fc.infiniteStream(fc.nat()), (seen, one, other, keys) => {
        const question = { current: policyOf(one), proposed: policyOf(other) };
        const shuffled = [...seen, ...seen]
          .map((each) => ({ each, key: keys.next().value ?? 0 }))
          .sort((left, right) => left.key - right.key)
          .map(({ each }) => each);
        expect(replay(shuffled, question)).toEqual(replay(seen, question));
      }),
    );
  });

  test("against the current policy itself says nothing new", () => {
    fc.assert(
      fc.property(records, parts, (seen, one) => {
        const found = replay(seen, { current: policyOf(one), proposed: policyOf(one) });
        expect(found).toMatchObject({ newlyRefused: [], newlyAdmitted: [] });
        expect(found.proposed).toEqual(found.current);
      }),
    );
  });

  test("counts each identity once on each side, and the lists say how they differ", () => {
    fc.assert(
      fc.property(records, parts, parts, (seen, one, other) => {
        const question = { current: policyOf(one), proposed: policyOf(other) };
        const { identities, current, proposed, newlyRefused, newlyAdmitted, undecided } = replay(
          seen,
          question,
        );
        expect(current.admitted + current.refused).toBe(identities);
        if (proposed === null) throw new Error("a policy was proposed");
        expect(proposed.admitted + proposed.refused).toBe(identities);
        if (undecided.current + undecided.proposed > 0) return;
        const change = newlyAdmitted.length - newlyRefused.length;
        expect(proposed.admitted - current.admitted).toBe(change);
      }),
    );
  });

  test("the other way round has the same identities the other way round", () => {
    const names = (
      list: readonly { readonly subject: string; readonly audience: string | null }[],
    ) => list.map(({ subject, audience }) => `${subject} ${audience}`);
    fc.assert(
      fc.property(records, parts, parts, (seen, one, other) => {
        const there = replay(seen, { current: policyOf(one), proposed: policyOf(other) });
        const back = replay(seen, { current: policyOf(other), proposed: policyOf(one) });
        expect(names(back.newlyAdmitted)).toEqual(names(there.newlyRefused));
        expect(names(back.newlyRefused)).toEqual(names(there.newlyAdmitted));
      }),
    );
  });

  test("without all the patterns that nobody needed refuses nobody", () => {
    fc.assert(
      fc.property(records, parts, (seen, one) => {
        const { unused } = replay(seen, { current: policyOf(one) });
        const left = withoutUnused(one, unused);
        if (left.length === 0) return;
        const found = replay(seen, { current: policyOf(one), proposed: policyOf(left) });
        expect(found).toMatchObject({ newlyRefused: [], newlyAdmitted: [] });
      }),
    );
  });
});

describe("a hostile record", () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(role, provider, `${provider}:`, `${provider}::`, host, "__proto__", "\ud800"),
    fc.dictionary(
      fc.constantFrom(
        "userName",
        "principalId",
        "identityProvider",
        "roleArn",
        "audience",
        "provider",
        "ARN",
      ),
      fc.oneof(fc.constantFrom(role, provider, subjectOf("x"), ""), fc.jsonValue()),
    ),
  );
  const hostile = fc.dictionary(
    fc.constantFrom(
      ...["eventID", "eventTime", "eventSource", "userIdentity", "requestParameters"],
      ...["responseElements", "resources", "errorMessage", "errorCode", "recipientAccountId"],
    ),
    anything,
  );

  test("is counted or left out, and never ends the replay", () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), parts, parts, (members, one, other) => {
        const seen = members.map((more) => recordOf(subjectOf("refs/heads/main"), more));
        const found = replay(seen, { current: policyOf(one), proposed: policyOf(other) });
        expect(found.records).toBeLessThanOrEqual(seen.length);
        expect(found.identities + found.anonymous).toBeLessThanOrEqual(found.records);
        expect(found.current.admitted + found.current.refused).toBe(found.identities);
      }),
      { numRuns: 500 },
    );
  });
});

/** The policy without those patterns; a statement that lost all of a list has nobody left. */
function withoutUnused(from: readonly Part[], unused: readonly UnusedPattern[]): readonly Part[] {
  return from.flatMap(({ effect, condition: all }, index) => {
    const isUnused = (key: string, pattern: string) =>
      unused.some(
        (each) =>
          each.statement === `Statement[${index}]` && each.key === key && each.pattern === pattern,
      );
    const kept = Object.entries(all).map(([operator, keys]) => {
      const lists = Object.entries(keys).map(
        ([key, patterns]) => [key, patterns.filter((each) => !isUnused(key, each))] as const,
      );
      return [operator, Object.fromEntries(lists)] as const;
    });
    const isEmpty = kept.some(([, keys]) => Object.values(keys).some((list) => list.length === 0));
    return isEmpty ? [] : [{ effect, condition: Object.fromEntries(kept) }];
  });
}
