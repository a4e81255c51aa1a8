import { describe, expect, test } from "vitest";
import { layOut } from "../../shared/report/layout.ts";
import { type HistoryInput, historyOf, type KeptVersion } from "../../shared/versions/history.ts";
import { historyLines } from "../../shared/versions/history-lines.ts";
import {
  account,
  type Members,
  place,
  read,
  statusWith,
  versionWith,
  wider,
} from "../plan/entries.ts";

const now = new Date("2026-02-01T00:00:00Z");
const by = "arn:aws:iam::123456789012:user/ann";

function kept(version: number, members: Members = {}): KeptVersion {
  return { read: read(versionWith(version, members)), by, labels: [] };
}

function broken(version: number): KeptVersion {
  const problem = {
    code: "no-mapping",
    message: "the document is empty",
    parameter: "",
    version,
    path: "",
    allowed: "",
  } as const;
  const parsed = { kind: "invalid", problems: [problem] } as const;
  return { ...kept(version), read: { ...read(versionWith(version)), digest: "", parsed } };
}

function judged(versions: readonly KeptVersion[], given: Partial<HistoryInput> = {}) {
  return historyOf({ versions, status: null, applied: null, account, place, now, ...given });
}

const states = (...given: Parameters<typeof judged>) =>
  judged(...given).map(({ read: { version }, state }) => `${version} ${state}`);

const applied = (version: number, held: KeptVersion | null = null) =>
  statusWith({
    appliedVersion: version,
    appliedDigest: versionWith(version).digest,
    heldVersion: held?.read.version ?? null,
    heldDigest: held?.read.digest ?? null,
  });

describe("what became of a version", () => {
  const second = kept(2, wider);

  test("nothing yet, where no run has written a status", () => {
    expect(states([second, kept(1)])).toEqual(["2 pending", "1 pending"]);
  });

  test("applied, held, older and not valid", () => {
    const versions = [kept(4, wider), broken(3), kept(2), kept(1)];
    expect(states(versions, { status: applied(2, kept(4, wider)) })).toEqual([
      "4 held",
      "3 invalid",
      "2 applied",
      "1 older",
    ]);
  });

  test("newer than the applied one is not judged, unless a run announced it", () => {
    const versions = [kept(4), kept(3, wider), kept(2, wider), kept(1)];
    const status = applied(1);
    expect(states(versions, { status })).toEqual([
      "4 pending",
      "3 pending",
      "2 pending",
      "1 applied",
    ]);
    const seen = status.seen === null ? null : { ...status.seen, announced: 3 };
    expect(states(versions, { status: { ...status, seen } })).toEqual([
      "4 pending",
      "3 older",
      "2 older",
      "1 applied",
    ]);
  });

  test("not applied or held where only the number is right", () => {
    const status = statusWith({
      appliedVersion: 1,
      appliedDigest: "another",
      heldVersion: 2,
      heldDigest: "another",
    });
    expect(states([second, kept(1)], { status })).toEqual(["2 pending", "1 older"]);
  });
});

describe("what a version changed", () => {
  test("against the one before, nothing for the oldest and beside one that is not valid", () => {
    const changes = judged([kept(4), broken(3), kept(2, wider), kept(1)]).map(
      ({ change }) => change,
    );
    expect(changes[0]).toBeNull();
    expect(changes[1]).toBeNull();
    expect(changes[2]).toMatchObject({
      comparison: { widening: { kind: "proved" }, narrowing: { kind: "disproved" } },
      gained: [expect.stringContaining("refs/heads/dev of github.com/acme/shop")],
      lost: [],
    });
    expect(changes[3]).toBeNull();
  });

  test("what went is said too, and what lets nobody do more or less", () => {
    const [newest] = judged([kept(2, { mode: "observe" }), kept(1, wider)]);
    expect(newest?.change).toMatchObject({
      gained: [],
      lost: [expect.stringContaining("refs/heads/dev of github.com/acme/shop")],
      other: ["mode: observe instead of enforce"],
    });
  });

  test("a held version against what is applied, or against nothing where nothing is", () => {
    const third = kept(3, wider);
    const versions = [third, kept(2, { ...wider, deploy: {} }), kept(1)];
    const [held, ...others] = judged(versions, { status: applied(1, third) });
    expect(held?.againstApplied).toMatchObject({ comparison: { widening: { kind: "proved" } } });
    expect(held?.change).toMatchObject({ comparison: { widening: { kind: "disproved" } } });
    expect(others.map(({ againstApplied }) => againstApplied)).toEqual([null, null]);
    const first = kept(1);
    const status = statusWith({ heldVersion: 1, heldDigest: first.read.digest });
    const [only] = judged([first], { status });
    expect(only?.change).toBeNull();
    expect(only?.againstApplied?.gained).toEqual([
      expect.stringContaining("refs/heads/main of github.com/acme/shop"),
      "ECR repository demo-backend: push",
    ]);
  });

  test("a held version against the record, where the history has lost the applied one", () => {
    const held = kept(120, wider);
    const status = applied(1, held);
    const [without] = judged([held], { status });
    expect(without?.againstApplied).toBeNull();
    const [found] = judged([held], { status, applied: read(versionWith(1)) });
    expect(found?.againstApplied?.gained).toHaveLength(1);
  });

  test("is judged at the time when it was put: what had ended by then admitted nobody", () => {
    const ends = (until: string) => ({
      trust: {
        projects: [
          { id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" },
          { id: "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee", until },
        ],
      },
    });
    // Put on 1 January 2026, when neither had ended.
    const [newest] = judged([
      kept(2, ends("2026-01-20T00:00:00Z")),
      kept(1, ends("2026-01-10T00:00:00Z")),
    ]);
    expect(newest?.change?.gained).toEqual([expect.stringContaining("until 2026-01-20T00:00:00Z")]);
  });
});

test("for people: a line for each version, and what it changed", () => {
  const held = { ...kept(3, wider), labels: ["approved"] };
  const versions = [held, broken(2), { ...kept(1), by: null }];
  const lines = historyLines("production", judged(versions, { status: applied(1, held) }));
  expect(layOut(lines)).toMatchInlineSnapshot(`
    "production: 3 versions, newest first
      version 3: held, put 2026-01-01T00:03:00.000Z by arn:aws:iam::123456789012:user/ann, labelled approved
          against what is applied:
            + project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com/acme/shop (so far refs/heads/main of github.com/acme/shop)
            For example, a job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume the role.
          ! it is approved: the next run applies it
      version 2: invalid, put 2026-01-01T00:02:00.000Z by arn:aws:iam::123456789012:user/ann
          the document is empty
      version 1: applied, put 2026-01-01T00:01:00.000Z by somebody unknown"
  `);
});
