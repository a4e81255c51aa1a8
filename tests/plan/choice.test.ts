import { describe, expect, test } from "vitest";
import type { Installation } from "../../shared/document/installation.ts";
import type { Choice } from "../../shared/plan/choice.ts";
import { type ChoiceInput, chooseVersion } from "../../shared/plan/choose.ts";
import { type ControlEntry, evidenceOf } from "../../shared/plan/control.ts";
import type { RoleBaseline } from "../../shared/plan/guard.ts";
import { nothingObserved } from "../../shared/plan/observed.ts";
import type { AppliedRecord } from "../../shared/plan/record.ts";
import type { Status } from "../../shared/plan/status.ts";
import { organization, otherOrganization } from "../scenarios/documents.ts";
import {
  account,
  entryWith,
  installation,
  parameter,
  read,
  recordWith,
  roleArn,
  statusWith,
  versionWith,
  wider,
} from "./entries.ts";

const first = versionWith(1);
const second = versionWith(2, wider);
const third = versionWith(3);

/** Nothing was ever announced; version 2 was, and its parameter was re-created since. */
const unannounced = statusWith();
const announcedBefore = statusWith({
  seen: unannounced.seen === null ? null : { ...unannounced.seen, announced: 2 },
});

/** A role as wide as can be, and one that lets only a service in. */
const wide: RoleBaseline = {
  trustPolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRoleWithWebIdentity" }],
  }),
  permissions: [
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    }),
  ],
  boundary: null,
  maxSessionSeconds: 3600,
  tags: {},
};
const narrow: RoleBaseline = {
  ...wide,
  trustPolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  }),
  permissions: [],
};

type Case = Partial<ControlEntry> &
  Partial<Omit<ChoiceInput, "entry" | "evidence" | "installation">> &
  Partial<Pick<Installation, "firstDocument">>;

function choose(given: Case): string {
  const entry = entryWith(given);
  const { firstDocument = "hold" } = given;
  return said(
    chooseVersion({
      entry,
      evidence: evidenceOf(entry),
      conflicts: [],
      claims: [],
      role: null,
      thumbprints: null,
      audiences: [organization],
      tagged: false,
      providerGuarded: false,
      force: false,
      targets: nothingObserved,
      boundaries: new Map(),
      policyProblem: null,
      providerProblem: null,
      trustLengthMax: null,
      unreadUsers: null,
      unread: { role: null, provider: null },
      account,
      installation: { ...installation, firstDocument },
      now: new Date("2026-02-01T00:00:00Z"),
      ...given,
    }),
  );
}

/** A choice in a few words. */
function said(choice: Choice): string {
  if (choice.kind === "orphaned") return "orphaned";
  const label = choice.label === null ? "" : `; label off: ${choice.label.because}`;
  if (choice.kind === "newest") {
    const by = choice.letThrough === null ? "" : ` by ${choice.letThrough.by}`;
    return `v${choice.at.version}${by}${label}`;
  }
  const { refusal } = choice;
  const why = refusal.kind === "held" ? `held for ${refusal.hold.because}` : refusal.kind;
  return `${choice.kind === "applied" ? `v${choice.at.version}` : "nothing"}, newest ${why}${label}`;
}

const found = (record: AppliedRecord): ControlEntry["record"] => {
  return { kind: "found", record, parameterVersion: record.serial };
};
const appliedFirst = { record: found(recordWith({ applied: first })), older: read(first) };
const held = (given: Partial<Status> = {}) =>
  statusWith({ heldVersion: 2, heldDigest: second.digest, ...given });

const denied = (what: keyof ChoiceInput["unread"]): ChoiceInput["unread"] => {
  const fault = { code: "AccessDenied", message: `iam: ${what}`, kind: "denied" } as const;
  return { role: null, provider: null, [what]: fault };
};

describe("a first document", () => {
  const newest = read(first);
  const observe = read(versionWith(1, { mode: "observe" }));
  const suspend = read(versionWith(1, { mode: "suspend" }));
  const announced = statusWith({ heldVersion: 1, heldDigest: first.digest });
  const apply = "apply" as const;
  test.each<readonly [string, Case, string]>([
    ["is held", { newest }, "nothing, newest held for first-document"],
    [
      "is held onto whatever role",
      { newest, role: wide },
      "nothing, newest held for first-document",
    ],
    [
      "is applied where the setting says so",
      { newest, firstDocument: apply },
      "v1 by first-document",
    ],
    [
      "is applied onto a role that has more",
      { newest, firstDocument: apply, role: wide },
      "v1 by first-document",
    ],
    [
      "is held onto a role that has less",
      { newest, firstDocument: apply, role: narrow },
      "nothing, newest held for first-document",
    ],
    [
      "waits until the role was read, announced or not",
      { newest, firstDocument: apply, status: announced, unread: denied("role") },
      "nothing, newest unknown",
    ],
    [
      "that pins nothing does not wait for the provider",
      { newest, firstDocument: apply, unread: denied("provider") },
      "v1 by first-document",
    ],
    [
      "is held where tags are left",
      { newest, firstDocument: apply, tagged: true },
      "nothing, newest held for tags",
    ],
    ["is only watched in observe", { newest: observe }, "v1 by first-document"],
    ["is only watched in suspend", { newest: suspend }, "v1 by first-document"],
    [
      "is held in observe with force",
      { newest: observe, force: true },
      "nothing, newest held for first-document",
    ],
    [
      "is applied in observe with force and the setting",
      { newest: observe, force: true, firstDocument: apply },
      "v1 by first-document",
    ],
    [
      "is held in observe where tags are left",
      { newest: observe, tagged: true },
      "nothing, newest held for tags",
    ],
    [
      "loses a label before it is announced",
      { newest, approvedVersion: 1 },
      "nothing, newest held for first-document; label off: not-announced",
    ],
    [
      "is released once it was announced",
      { newest, status: announced, approvedVersion: 1 },
      "v1 by approval",
    ],
    [
      "is released although tags are left",
      { newest, status: announced, approvedVersion: 1, tagged: true },
      "v1 by approval",
    ],
    [
      "keeps its label from another content",
      { newest, status: { ...announced, heldDigest: "other" }, approvedVersion: 1 },
      "nothing, newest held for first-document; label off: other-content",
    ],
  ])("%s", (_, given, expected) => {
    expect(choose(given)).toBe(expected);
  });
});

describe("an edit of what is applied", () => {
  const newest = read(second);
  const lax = recordWith({ applied: versionWith(1, { onWiden: "apply" }) });
  const laxHalf = recordWith({ applied: versionWith(1, { onWiden: { trust: "apply" } }) });
  const moved = versionWith(1, { role: { name: "other" } });
  const names = { roles: ["other"], policies: [moved.document.policy.name], organizations: [] };
  const movedFrom = recordWith({ applied: moved, names });
  const pin = "b".repeat(40);
  const toOther = versionWith(2, {
    circleci: { organizationId: otherOrganization, thumbprints: [pin] },
    onWiden: "apply",
  });
  const remade = { ...read(first), modifiedAt: "2026-01-09T00:00:00.000Z" };
  test.each<readonly [string, Case, string]>([
    ["that widens is held", { ...appliedFirst, newest }, "v1, newest held for gains"],
    [
      "that widens passes where the guard in force lets it",
      { record: found(lax), newest },
      "v2 by onWiden",
    ],
    [
      "that widens in the half that the guard lets passes",
      { record: found(laxHalf), newest },
      "v2 by onWiden",
    ],
    [
      "that cannot be distinguished from what is applied is that",
      { ...appliedFirst, newest: read(first) },
      "v1",
    ],
    ["with the same text has only another number", { ...appliedFirst, newest: read(third) }, "v3"],
    [
      "that widens is released by the label after it was announced",
      { ...appliedFirst, newest, status: held(), approvedVersion: 2 },
      "v2 by approval",
    ],
    [
      "that widens is released by an early label where the history shows what is applied",
      { ...appliedFirst, newest, status: unannounced, approvedVersion: 2 },
      "v2 by approval",
    ],
    [
      "that widens is not, where no status says what was announced",
      { ...appliedFirst, newest, approvedVersion: 2 },
      "v1, newest held for gains; label off: not-announced",
    ],
    [
      "that widens is not, where its number was announced before",
      { ...appliedFirst, newest, status: announcedBefore, approvedVersion: 2 },
      "v1, newest held for gains; label off: not-announced",
    ],
    [
      "that widens is not, where the history does not",
      { ...appliedFirst, older: null, newest, status: unannounced, approvedVersion: 2 },
      "v1, newest held for gains; label off: not-announced",
    ],
    [
      "that widens is not, where the parameter was re-created",
      { ...appliedFirst, older: remade, newest, status: unannounced, approvedVersion: 2 },
      "v1, newest held for gains; label off: not-announced",
    ],
    [
      "of another content than announced is held again",
      { ...appliedFirst, newest, status: held({ heldDigest: "other" }), approvedVersion: 2 },
      "v1, newest held for gains; label off: other-content",
    ],
    [
      "is not released by a label on an older version",
      { ...appliedFirst, newest, status: held(), approvedVersion: 1 },
      "v1, newest held for gains; label off: other-version",
    ],
    [
      "that is applied lets its label go",
      { ...appliedFirst, newest: read(first), approvedVersion: 1 },
      "v1; label off: used",
    ],
    [
      "onto a role that the record does not name is measured by that role",
      {
        record: found(movedFrom),
        newest: read(third),
        role: narrow,
      },
      "v1, newest held for gains",
    ],
    [
      "onto a role that it names is not",
      { ...appliedFirst, newest: read(third), role: narrow },
      "v3",
    ],
    [
      "onto a role that it does not name waits until that was read",
      { record: found(movedFrom), newest: read(third), unread: denied("role") },
      "v1, newest unknown",
    ],
    [
      "onto a role that it names does not",
      { ...appliedFirst, newest: read(third), unread: denied("role") },
      "v3",
    ],
    [
      "to another provider re-pins it only once approved",
      { record: found(lax), newest: read(toOther), thumbprints: ["c".repeat(40)] },
      "v1, newest held for gains",
    ],
    [
      "to another provider that has its pins is under its own guard",
      { record: found(lax), newest: read(toOther), thumbprints: [pin] },
      "v2 by onWiden",
    ],
    [
      "to another provider that is to be made is under its own guard",
      { record: found(lax), newest: read(toOther) },
      "v2 by onWiden",
    ],
    [
      "to another provider waits until its pins were read",
      { record: found(lax), newest: read(toOther), unread: denied("provider") },
      "v1, newest unknown",
    ],
  ])("%s", (_, given, expected) => {
    expect(choose(given)).toBe(expected);
  });
});

describe("a version that has begun", () => {
  const begun = recordWith({ applied: second, begun: third });
  const lowered = recordWith({ applied: first, begun: versionWith(2, { onWiden: "apply" }) });
  test.each<readonly [string, Case, string]>([
    [
      "goes on without another approval",
      { record: found(recordWith({ applied: first, begun: second })), newest: read(second) },
      "v2 by released",
    ],
    [
      "keeps its label until it is applied",
      {
        record: found(recordWith({ applied: first, begun: second })),
        newest: read(second),
        approvedVersion: 2,
      },
      "v2 by released",
    ],
    [
      "is what stays while the next is held",
      { record: found(begun), newest: read(versionWith(4, wider)) },
      "v3, newest held for gains",
    ],
    [
      "is not undone by the one applied before, re-created",
      { record: found(begun), newest: read(second) },
      "v3, newest held for gains",
    ],
    [
      "is followed by one that admits no more than either",
      { record: found(begun), newest: read(versionWith(4)) },
      "v4",
    ],
    [
      "lowers no guard before it is applied",
      { record: found(lowered), newest: read(versionWith(3, { ...wider, onWiden: "apply" })) },
      "v2, newest held for gains",
    ],
  ])("%s", (_, given, expected) => {
    expect(choose(given)).toBe(expected);
  });
});

describe("with evidence missing", () => {
  const seen = statusWith().seen;
  const status = statusWith({
    appliedVersion: 1,
    appliedDigest: first.digest,
    outputs: { AWS_ROLE_ARN: roleArn },
    seen: seen === null ? null : { ...seen, record: 3 },
  });
  const newest = read(second);
  const misfit = { kind: "misfit", why: "it is not a record", parameterVersion: 4 } as const;
  const old = found(recordWith({ applied: versionWith(1, { onWiden: "apply" }), serial: 2 }));
  const denied = { code: "AccessDenied", message: "no", kind: "denied" } as const;
  const missing = "nothing, newest held for missing-evidence";
  test.each<readonly [string, Case, string]>([
    ["a version is held", { newest, status }, missing],
    ["a version is held that has more than the role", { newest, status, role: narrow }, missing],
    ["a version is written that only closes", { newest, status, role: wide }, "v2"],
    [
      "a version is held of a role that the status does not name",
      { newest, status: { ...status, outputs: {} }, role: wide },
      missing,
    ],
    [
      "a record that does not fit lets nothing through",
      { newest, status, record: misfit },
      missing,
    ],
    [
      "a record older than the status lets nothing through",
      { newest, status, record: old },
      missing,
    ],
    [
      "a record that cannot be read decides nothing",
      { newest, status, record: { kind: "unreadable", fault: denied } },
      "nothing, newest unknown",
    ],
    [
      "the setting for first documents lets nothing through",
      { newest, status, firstDocument: "apply" },
      missing,
    ],
    [
      "an approval of what was announced lets it through",
      {
        newest,
        status: { ...status, heldVersion: 2, heldDigest: second.digest },
        approvedVersion: 2,
      },
      "v2 by approval",
    ],
    [
      "an early approval does not",
      { newest, status, approvedVersion: 2 },
      `${missing}; label off: not-announced`,
    ],
    ["the same version is held too", { newest: read(first), status }, missing],
  ])("%s", (_, given, expected) => {
    expect(choose(given)).toBe(expected);
  });
});

describe("before anything is compared", () => {
  const problem = {
    code: "unknown-field",
    message: "x",
    parameter,
    version: 2,
    path: "",
    allowed: "",
  } as const;
  const invalid = { ...read(second), parsed: { kind: "invalid", problems: [problem] } } as const;
  const conflicts = [{ resource: "role", name: "R", others: ["staging"] }] as const;
  const claims = [{ code: "ForeignOwner", resource: "role", message: "theirs" }] as const;
  test.each<readonly [string, Case, string]>([
    ["a parameter that is gone is an orphan", { ...appliedFirst }, "orphaned"],
    [
      "an invalid version leaves what is in force",
      { ...appliedFirst, newest: invalid },
      "v1, newest invalid",
    ],
    ["an invalid first version leaves nothing", { newest: invalid }, "nothing, newest invalid"],
    [
      "a name claimed twice is a conflict",
      { ...appliedFirst, newest: read(second), conflicts },
      "v1, newest conflict",
    ],
    [
      "somebody else's role is a conflict before a hold",
      { ...appliedFirst, newest: read(second), claims },
      "v1, newest conflict",
    ],
    [
      "somebody else's claim does not take away what is in force",
      { ...appliedFirst, newest: read(first), claims },
      "v1",
    ],
  ])("%s", (_, given, expected) => {
    expect(choose(given)).toBe(expected);
  });
});
