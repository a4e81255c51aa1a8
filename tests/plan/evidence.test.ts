import { describe, expect, test } from "vitest";
import { type ControlEntry, evidenceOf, isQuiet } from "../../shared/plan/control.ts";
import { type InForce, inForceOf } from "../../shared/plan/in-force.ts";
import { none } from "../targets/none.ts";
import { entryWith, read, recordWith, statusWith, versionWith, wider } from "./entries.ts";

const first = versionWith(1);
const next = versionWith(2, wider);
const record = recordWith({ applied: first });
const found = (serial: number, parameterVersion: number) =>
  ({ kind: "found", record: { ...record, serial }, parameterVersion }) as const;
const { seen } = statusWith();
if (seen === null) throw new Error("a status has seen something");
const seeing = (number: number) => statusWith({ seen: { ...seen, record: number } });
/** A status that says which version is applied. */
const naming = (version: number, digest: string, given: Parameters<typeof statusWith>[0] = {}) =>
  statusWith({ appliedVersion: version, appliedDigest: digest, ...given });
const former = naming(1, first.digest, { seen: null });
const fault = { code: "InternalError", message: "no", kind: "transient" } as const;

describe("what was in force is known", () => {
  const quiet = { newest: read(first), status: naming(1, first.digest) };
  test.each<readonly [string, Partial<ControlEntry>, string]>([
    ["by the record", { record: found(3, 3), status: seeing(3) }, "record"],
    [
      "by a record that a run wrote after its status",
      { record: found(4, 4), status: seeing(3) },
      "record",
    ],
    [
      "not by one that is older than the status",
      { record: found(3, 3), status: seeing(4) },
      "missing",
    ],
    ["by the record alone", { record: found(3, 3) }, "record"],
    [
      "not by one that does not fit",
      { record: { kind: "misfit", why: "", parameterVersion: 3 } },
      "missing",
    ],
    ["by the status, where nobody asked for the record", { record: { kind: "unread" } }, "status"],
    [
      "by a status that is quiet, where the record cannot be read",
      { record: { kind: "unreadable", fault }, ...quiet },
      "status",
    ],
    ["not by another one", { record: { kind: "unreadable", fault } }, "missing"],
    ["as nothing, where nothing was ever applied", {}, "none"],
    ["as nothing, by a status that saw no record", { status: seeing(0) }, "none"],
    ["not where the record is gone", { status: seeing(1) }, "missing"],
    ["not where it is gone, whatever the history has", { ...quiet }, "missing"],
    [
      "by the newest version, as the release before had it",
      { newest: read(first), status: former },
      "former",
    ],
    ["by an older one", { newest: read(next), older: read(first), status: former }, "former"],
    [
      "not by one of another content",
      { newest: read(first), status: { ...former, appliedDigest: "x" } },
      "missing",
    ],
    [
      "not by another one of that content",
      { newest: read({ ...first, version: 3 }), status: former },
      "missing",
    ],
    ["not where it is gone from the history", { newest: read(next), status: former }, "missing"],
  ])("%s", (_, given, kind) => {
    expect(evidenceOf(entryWith(given)).kind).toBe(kind);
  });
});

describe("an environment is quiet", () => {
  const status = naming(1, first.digest);
  test.each<readonly [string, Partial<ControlEntry>, boolean]>([
    ["where its newest version is applied", {}, true],
    ["not where another one is", { newest: read(next) }, false],
    ["not where its content is another", { newest: read({ ...first, digest: "x" }) }, false],
    ["not where it has none", { newest: null }, false],
    [
      "not where it is not valid",
      { newest: { ...read(first), parsed: { kind: "invalid", problems: [] } } },
      false,
    ],
    ["not without a status", { status: null }, false],
    ["not by a status of the release before", { status: { ...status, seen: null } }, false],
    ["not while a version is held", { status: { ...status, heldVersion: 1 } }, false],
    [
      "not while it has a label",
      { status: { ...status, seen: { ...seen, labelled: true } } },
      false,
    ],
  ])("%s", (_, given, answer) => {
    expect(isQuiet({ newest: read(first), status, ...given })).toBe(answer);
  });
});

describe("people are shown", () => {
  const shown = (given: Partial<ControlEntry>): InForce =>
    inForceOf(entryWith({ record: inForce, newest: read(first), status: seeing(3), ...given }));
  const inForce = { ...found(3, 3), record: { ...record, targets: none } };
  const { version, digest, document } = first;
  const applied = { kind: "applied", name: "production", version, digest, document, targets: none };
  const nothing = (why: string) => ({ kind: "nothing", name: "production", why });
  test.each<readonly [string, Partial<ControlEntry>, object]>([
    ["the version in force", {}, { ...applied, isNewest: true }],
    ["that a newer one waits", { newest: read(next) }, { ...applied, isNewest: false }],
    [
      "that the same number has another content",
      { newest: read({ ...first, digest: "x" }) },
      { ...applied, isNewest: false },
    ],
    ["that the document is gone", { newest: null }, { ...applied, isNewest: false }],
    [
      "why nothing can be shown",
      { record: { kind: "misfit", why: "spoilt", parameterVersion: 3 } },
      nothing("cannot be shown (the record of what is in force does not fit: spoilt)"),
    ],
    [
      "that nobody knows how old the record is",
      { status: seeing(0) },
      nothing("cannot be shown (no status says how new its record is)"),
    ],
    [
      "the version in force, beside a status without room for more",
      { status: { ...seeing(3), seen: null } },
      { ...applied, isNewest: true },
    ],
    [
      "the version in force, where its record is the first",
      {
        status: null,
        record: { ...inForce, record: { ...inForce.record, after: 0 }, parameterVersion: 1 },
      },
      { ...applied, isNewest: true },
    ],
    [
      "that nothing is in force",
      { status: null, record: { kind: "absent" } },
      nothing("has no version in force"),
    ],
    ["that no target is known yet", { record: found(3, 3) }, nothing("has no version in force")],
  ])("%s", (_, given, expected) => {
    expect(shown(given)).toEqual(expected);
  });
});
