import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { emptied, isInForce } from "../../shared/plan/control.ts";
import { type AppliedRecord, parseRecord, serializeRecord } from "../../shared/plan/record.ts";
import {
  type RecordChanges,
  recordAfter,
  recordBegun,
  sameRecord,
} from "../../shared/plan/record-after.ts";
import { namesInRecord } from "../../shared/plan/record-names.ts";
import { recordBytesMax } from "../../shared/plan/record-packing.ts";
import { none } from "../targets/none.ts";
import {
  documentWith,
  noNames,
  organization,
  project,
  recordWith,
  versionWith,
} from "./entries.ts";

const first = versionWith(1);
const full = recordWith({
  applied: first,
  begun: versionWith(2, {
    role: { name: "Other", permissionsBoundary: "arn:aws:iam::123456789012:policy/b" },
  }),
  former: [documentWith({ deploy: { ecsExpress: ["web", "blue/api"] } })],
  targets: {
    ...none,
    ecr: [
      {
        repository: "demo-backend",
        arn: "arn:aws:ecr:us-east-1:123456789012:repository/x",
        may: ["push"],
      },
    ],
    appRunner: [
      {
        service: "demo-backend",
        arn: "arn:aws:apprunner:us-east-1:123456789012:service/demo-backend/x",
        may: ["deploy", "update"],
        passes: { instance: ["arn:aws:iam::123456789012:role/app"], access: [] },
      },
    ],
    ecsExpress: [],
    ecs: [],
    amplify: [
      {
        app: "demo-frontend",
        appId: "d1",
        appArn: "arn:aws:amplify:us-east-1:123456789012:apps/d1",
        branches: ["main"],
        may: ["upload"],
        hasRepository: false,
      },
    ],
  },
  replaced: { trust: { document: "{}", at: "2026-01-01T00:00:00.000Z" }, policy: null },
  denies: { "inline/AWSRevokeOlderSessions": "2026-01-01T00:00:00.000Z" },
  quarrels: [{ resource: "role x", found: "a", actor: null, at: ["2026-01-01T00:00:00.000Z"] }],
  names: { roles: [first.document.role.name, "Left"], policies: ["Left"], organizations: [] },
  released: ["arn:aws:iam::123456789012:role/Left", "arn:aws:iam::123456789012:policy/Left"],
});

function written(record: AppliedRecord): string {
  const text = serializeRecord(record);
  if (text === null) throw new Error("it does not fit");
  return text;
}

/** A document that no packing makes much shorter. */
function longWith(projects: number): AppliedRecord {
  const ids = Array.from({ length: projects }, () => {
    const hex = randomBytes(16).toString("hex");
    return { id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
  });
  return recordWith({ applied: versionWith(1, { trust: { projects: ids } }) });
}

describe("what is written of a record is read again", () => {
  test.each([
    ["an empty one", recordWith()],
    ["one with everything", full],
    ["one that must be packed", longWith(40)],
  ])("%s", (_, record) => {
    expect(parseRecord(written(record), "production")).toEqual({ kind: "fits", record });
  });

  test("packed only where it must be, and never longer than a parameter", () => {
    expect(written(full)).not.toContain("gzip");
    const packed = written(longWith(40));
    expect(packed).toContain("gzip+base64");
    expect(packed.length).toBeLessThanOrEqual(recordBytesMax);
  });

  test("or it is not written at all: too long even packed", () => {
    const former = Array.from({ length: 6 }, () => longWith(150).applied?.document ?? []).flat();
    expect(serializeRecord({ ...longWith(150), former })).toBeNull();
  });

  test("as it was understood then, not as its text would be read today", () => {
    const understood = documentWith({ role: { maxSessionSeconds: 7200 } });
    const record = recordWith({ applied: { ...first, document: understood } });
    const reading = parseRecord(written(record), "production");
    expect(reading).toMatchObject({ record: { applied: { document: understood } } });
  });

  test("with the guide's permissions where the release before kept no words", () => {
    const own = ["may", "passes", "hasRepository"];
    const before = JSON.parse(written(full), (key, value) =>
      own.includes(key) ? undefined : value,
    );
    const reading = parseRecord(JSON.stringify(before), "production");
    expect(reading).toMatchObject({
      kind: "fits",
      record: {
        targets: {
          ecr: [{ may: ["push"] }],
          appRunner: [{ may: ["deploy"], passes: { instance: [], access: [] } }],
          amplify: [{ may: ["release"], hasRepository: true }],
        },
      },
    });
  });

  test("without two braces that Parameter Store would take for a reference", () => {
    // What somebody wrote into the account by hand may hold anything.
    const trust = { document: '{"Sid":"{{ssm:x}}{{{"}', at: "2026-01-01T00:00:00.000Z" };
    const record = recordWith({ replaced: { trust, policy: null } });
    expect(written(record)).not.toContain("{{");
    expect(parseRecord(written(record), "production")).toEqual({ kind: "fits", record });
  });
});

describe("what does not fit", () => {
  const plain = written(full);
  const bomb = gzipSync(`${plain}${" ".repeat(1_000_000)}`).toString("base64");
  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no object", '"x"'],
    ["an empty object", "{}"],
    ["another environment's", written({ ...full, environment: "staging" })],
    ["another text than its digest says", plain.replace(first.digest, "0".repeat(64))],
    ["a text that was changed", plain.replaceAll("refs/heads/main", "refs/heads/*")],
    ["a document that this release does not take", plain.replaceAll("maxSessionSeconds", "later")],
    ["no serial", plain.replace('"serial":3,', "")],
    ["data that is not packed", '{"packing":"gzip+base64","data":"x"}'],
    ["more than 64 KB, packed", `{"packing":"gzip+base64","data":"${bomb}"}`],
  ])("%s", (_, text) => {
    expect(parseRecord(text, "production")).toMatchObject({ kind: "misfit" });
  });
});

const nothingChanged: RecordChanges = {
  applied: null,
  written: [],
  ownsProvider: true,
  mode: null,
  targets: null,
  replaced: { trust: null, policy: null },
  denies: null,
  quarrels: full.quarrels,
  last: null,
  released: [],
  removed: noNames,
  parted: [],
};
const renamed = versionWith(2, { role: { name: "New" }, policy: { name: "New" } });
const oldName = first.document.role.name;

describe("the record moves", () => {
  const before = recordWith({ applied: first });

  test("with what a provider was rid of, until a version is applied that may ask for it again", () => {
    const removed = recordAfter(before, { ...nothingChanged, parted: ["b"] });
    expect(removed.parted).toEqual(["b"]);
    const more = recordAfter(removed, { ...nothingChanged, parted: ["b", "c"] });
    expect(more).toMatchObject({ parted: ["b", "c"] });
    const back = recordBegun(more, first, true);
    expect(back).toMatchObject({ parted: ["b", "c"], back: true });
    expect(recordAfter(back, nothingChanged)).toMatchObject({ parted: ["b", "c"], back: true });
    const again = recordAfter(back, { ...nothingChanged, parted: ["b"] });
    expect([again.parted, again.back]).toEqual([["b", "c"], undefined]);
    const applied = recordAfter(back, { ...nothingChanged, applied: first });
    expect([applied.parted, applied.back]).toEqual([undefined, undefined]);
    const parted = parseRecord(written(back), "production");
    expect(parted).toEqual({ kind: "fits", record: back });
  });

  test("with what a removal had begun to take off, against which nothing that begins later is compared", () => {
    const removing = recordAfter(
      { ...before, gone: true },
      { ...nothingChanged, parted: [emptied] },
    );
    expect(removing).toMatchObject({ applied: first, parted: [emptied], gone: true });
    expect(parseRecord(written(removing), "production")).toEqual({
      kind: "fits",
      record: removing,
    });
    expect(isInForce({ kind: "record", record: removing }, first)).toBe(false);
    const begun = recordBegun(removing, renamed, true);
    expect(begun).toMatchObject({ applied: null, begun: renamed, back: true });
    expect(begun.former).toEqual([first.document]);
    const evidence = { kind: "record", record: begun } as const;
    expect(isInForce(evidence, renamed)).toBe(true);
    const applied = recordAfter(begun, { ...nothingChanged, applied: renamed });
    expect([applied.parted, applied.back, applied.gone]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ["a role", { names: { ...before.names, roles: [] } }],
    ["a policy", { parted: ["*"] }],
  ])("with %s that is gone, likewise", (_, change) => {
    const record = { ...before, ...change };
    expect(isInForce({ kind: "record", record }, first)).toBe(false);
    expect(recordBegun(record, first, true).applied).toBe(null);
  });

  test("with a policy that somebody took all tags off, whose role is what it was", () => {
    const record = { ...before, names: { ...before.names, policies: [] } };
    expect(isInForce({ kind: "record", record }, first)).toBe(true);
  });

  test("with what has begun, which adds its names and moves nothing else", () => {
    const begun = recordBegun(before, renamed, true);
    expect(begun).toEqual({
      ...before,
      begun: renamed,
      names: {
        roles: [oldName, "New"],
        policies: [first.document.policy.name, "New"],
        organizations: [organization],
      },
    });
  });

  test("with what is applied, which ends what has begun and keeps the old name's document", () => {
    const begun = recordBegun(before, renamed, true);
    const after = recordAfter(begun, { ...nothingChanged, applied: renamed });
    expect(after).toMatchObject({ applied: renamed, begun: null, former: [first.document] });
    expect(after.names.roles).toEqual([oldName, "New"]);
  });

  test("with the halves that are written whole of what has begun, until it is applied", () => {
    const [second, third] = [versionWith(2, { onRemove: "delete" }), versionWith(3, {})];
    const begun = recordBegun(before, second, true);
    const half = recordAfter(begun, { ...nothingChanged, written: ["trust"] });
    expect(half.written).toEqual({ trust: "begun" });
    expect(parseRecord(serializeRecord(half) ?? "", "production")).toEqual({
      kind: "fits",
      record: half,
    });
    const overtaken = recordBegun(half, third, true);
    expect(overtaken.written).toEqual({ trust: "earlier" });
    const both = recordAfter(overtaken, { ...nothingChanged, written: ["permissions"] });
    expect(both.written).toEqual({ trust: "earlier", permissions: "begun" });
    expect(recordAfter(both, { ...nothingChanged, applied: third })).not.toHaveProperty("written");
  });

  test("with no half of a version that renames the role", () => {
    const begun = recordBegun(before, renamed, true);
    const after = recordAfter(begun, { ...nothingChanged, written: ["trust"] });
    expect(after).not.toHaveProperty("written");
  });

  test("with what was overtaken before it was applied, until another one is", () => {
    const [second, third] = [versionWith(2, { onRemove: "delete" }), versionWith(3, {})];
    const overtaken = recordBegun(recordBegun(before, second, true), third, true);
    expect(overtaken).toMatchObject({ applied: first, begun: third, former: [second.document] });
    expect(recordAfter(overtaken, nothingChanged).former).toEqual([second.document]);
    expect(recordAfter(overtaken, { ...nothingChanged, applied: third }).former).toEqual([]);
    const left = recordAfter(recordBegun(overtaken, renamed, true), {
      ...nothingChanged,
      applied: renamed,
    });
    expect(left.former).toEqual([second.document, third.document]);
  });

  test("with what was removed, whose name and document go", () => {
    const begun = recordBegun(before, renamed, true);
    const removed = { ...noNames, roles: [oldName.toUpperCase()] };
    const after = recordAfter(begun, { ...nothingChanged, applied: renamed, removed });
    expect([after.names.roles, after.former]).toEqual([["New"], []]);
  });

  test("with what was released, as long as its name is kept and something else is in force", () => {
    const arn = `arn:aws:iam::123456789012:role/ci/${oldName}`;
    const moved = recordAfter(before, { ...nothingChanged, applied: renamed });
    const released = recordAfter(moved, { ...nothingChanged, released: [arn] });
    expect(released.released).toEqual([arn]);
    expect(recordAfter(released, { ...nothingChanged, released: [arn] })).toEqual(released);
    // A run that could not read the role finds nothing released.
    expect(recordAfter(released, nothingChanged)).toEqual(released);
    const removed = { ...noNames, roles: [oldName] };
    expect(recordAfter(released, { ...nothingChanged, removed }).released).toEqual([]);
    const again = recordAfter(released, { ...nothingChanged, applied: first });
    expect(again.released).toEqual([]);
  });

  test("without a provider that is another home's", () => {
    const other = versionWith(2, { circleci: { organizationId: project } });
    expect(recordBegun(before, other, false).names.organizations).toEqual([organization]);
  });

  test("not with a version that was only watched", () => {
    expect(recordAfter(full, nothingChanged)).toEqual(full);
  });

  test("with the mode, so that a change of it is reported once", () => {
    expect(recordAfter(before, { ...nothingChanged, mode: "observe" }).mode).toBe("observe");
    expect(recordAfter({ ...before, mode: "suspend" }, nothingChanged).mode).toBe("suspend");
  });

  test("with what it knows of targets, and keeps them where nothing could be read", () => {
    expect(recordAfter(full, nothingChanged).targets).toEqual(full.targets);
  });
});

test("two records are the same by content, whatever their serials", () => {
  expect(sameRecord(full, { ...full, serial: 9 })).toBe(true);
  expect(sameRecord(full, { ...full, mode: "observe" })).toBe(false);
  expect(sameRecord(full, { ...full, denies: {} })).toBe(false);
});

describe("the names in a record", () => {
  const names = { roles: ["A", "B"], policies: ["P"], organizations: [organization] };
  const long = { ...full, names, quarrels: [] };

  test("are read without its documents, packed or not", () => {
    const small = serializeRecord(recordWith({ applied: first, names })) ?? "";
    const text = JSON.stringify({ ...JSON.parse(small), padding: "x".repeat(2000) });
    const packed = JSON.stringify({
      packing: "gzip+base64",
      data: gzipSync(text).toString("base64"),
    });
    for (const stored of [small, packed, serializeRecord(long) ?? ""]) {
      expect(namesInRecord(stored, "production")).toEqual(names);
    }
  });

  test.each(["", "x", "null", "[]", "{}", '{"packing":"gzip+base64","data":"!"}'])(
    "cannot be read in %j",
    (text) => {
      expect(namesInRecord(text, "production")).toBeNull();
    },
  );

  test("are those of this environment's record, and texts", () => {
    expect(namesInRecord(serializeRecord(long) ?? "", "staging")).toBeNull();
    const odd = JSON.stringify({ environment: "production", names: { roles: [1, "A"] } });
    expect(namesInRecord(odd, "production")).toEqual({
      roles: ["A"],
      policies: [],
      organizations: [],
    });
  });
});
