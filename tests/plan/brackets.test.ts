import { describe, expect, test } from "vitest";
import { shutByBrackets } from "../../shared/plan/brackets.ts";
import type { Change, Effect, Step } from "../../shared/plan/change.ts";
import type { DriftWidening, Trace } from "../../shared/plan/drift.ts";

const name = "deploy";
const arn = "arn:aws:iam::123456789012:policy/deploy";

function change(step: Step, effect: Effect, more: Partial<Change> = {}): Change {
  const rest = { action: "update", resource: "role", id: name, reason: "a test" } as const;
  return { ...rest, before: null, after: null, step, effect, ...more };
}

const attach = change({ do: "attach", name, arn }, "opens", { bracket: "close" });
const last: Change = { ...attach, putBack: attach };
const detach = change({ do: "detach", name, arn }, "closes", { bracket: "open" });
const boundary = (effect: Effect) =>
  change({ do: "put-boundary", name, boundary: "b" }, effect, { bracket: "inside" });
const trust = { do: "update-trust-policy", name, trustPolicy: "{}" } as const;
const lock = change(trust, "closes", { bracket: "open" });
const unlock = change(trust, "opens", { bracket: "close", putBack: change(trust, "opens") });

function door(resource: DriftWidening["resource"], ...traces: readonly Trace[]): DriftWidening {
  return { resource, admitted: null, undecided: [], isImpossible: false, traces };
}

const byBoundary = door("permissions", { kind: "boundary", role: name, boundary: "other" });
const byPolicy = door("permissions", {
  kind: "attachment",
  role: name,
  policyArn: `${arn}-other`,
  document: null,
});
const byTrust = door("trust-policy", { kind: "trust-policy", role: name, document: "{}" });

const detachAlone: Change = { ...detach, bracket: "shut" };
const lockAlone: Change = { ...lock, bracket: "shut" };

describe("what begins a bracket shuts a door by itself, and stays", () => {
  const around = [detach, boundary("opens"), last];

  test.each([
    ["another boundary is one", byBoundary, false],
    ["the trust policy is one that IAM lets nobody correct before", byTrust, true],
  ])("where %s", (_, found, isBounded) => {
    expect(shutByBrackets(around, [found], isBounded)).toEqual([
      { ...detach, meanwhile: detachAlone },
      boundary("opens"),
      attach,
    ]);
  });

  test("where any door is open while nobody may come in", () => {
    const { putBack: _, ...closed } = unlock;
    for (const found of [byPolicy, byTrust, byBoundary]) {
      const changes = [lock, boundary("closes"), unlock];
      expect(shutByBrackets(changes, [found], false)).toEqual([
        { ...lock, meanwhile: lockAlone },
        boundary("closes"),
        closed,
      ]);
    }
  });
});

describe("nothing is taken away for good", () => {
  test.each<[string, readonly Change[], readonly DriftWidening[], boolean]>([
    ["where no door is open", [detach, boundary("opens"), last], [], true],
    ["for a door that something else shuts", [detach, boundary("opens"), last], [byPolicy], true],
    [
      "for a trust policy that can be corrected",
      [detach, boundary("opens"), last],
      [byTrust],
      false,
    ],
    ["where the boundary itself shuts it", [detach, boundary("closes"), last], [byBoundary], true],
    ["where no door is open while nobody may come in", [lock, unlock], [], true],
    [
      "where that would open something",
      [{ ...detach, effect: "opens" }, boundary("opens"), last],
      [byBoundary],
      true,
    ],
    ["where nothing is taken away", [boundary("opens")], [byBoundary], true],
  ])("%s", (_, changes, widenings, isBounded) => {
    expect(shutByBrackets(changes, widenings, isBounded)).toEqual(changes);
  });
});
