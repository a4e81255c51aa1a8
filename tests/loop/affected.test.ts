import { expect, test } from "vitest";
import { isEntryAffected, isWrittenFor } from "../../shared/loop/affected.ts";
import { account, entryWith, recordWith, statusWith, versionWith } from "../plan/entries.ts";

const old = { kind: "role", account: "123456789012", name: "CircleCI-Old-Role" } as const;
const names = { roles: [old.name], policies: [], organizations: [] };
const record = recordWith({ applied: versionWith(1), names });
const { seen } = statusWith();
if (seen === null) throw new Error("a status has seen something");

test.each([
  ["is written for its environment", 3, true],
  ["of a record that is older than the status is looked at, and may be another's by now", 4, false],
])("a role with an old name %s", (_, serial, isWritten) => {
  const status = statusWith({ seen: { ...seen, record: serial } });
  const entry = entryWith({ record: { kind: "found", record, parameterVersion: 3 }, status });
  expect(isEntryAffected(entry, { scopes: [old] }, account)).toBe(true);
  expect(isWrittenFor(entry, old, account)).toBe(isWritten);
});
