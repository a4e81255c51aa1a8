import { describe, expect, test } from "vitest";
import { layOut, line, wrap } from "../../shared/report/layout.ts";
import { changeLines, planLines, reportLines, wideningLines } from "../../shared/report/render.ts";
import type {
  EnvironmentReport,
  Report,
  ReportedChange,
  ReportedWidening,
} from "../../shared/report/report.ts";
import { differenceLines } from "../../shared/report/text-difference.ts";

function difference(before: unknown, after: unknown): readonly string[] {
  const text = layOut(differenceLines(before, after));
  return text === "" ? [] : text.split("\n");
}

describe("the difference of two states", () => {
  test("names what goes, what comes and what stays", () => {
    expect(difference({ a: "1", b: "2", c: "3" }, { a: "1", b: "x", d: "4" })).toEqual([
      "- c: 3",
      "b",
      "  - 2",
      "  + x",
      "+ d: 4",
      "unchanged: a",
    ]);
  });

  test("shows all of what was not there, and of what is gone", () => {
    const state = { maxSessionSeconds: 3600, tags: { team: "platform" }, audiences: ["a", "b"] };
    expect(difference(null, state)).toEqual([
      "+ maxSessionSeconds: 3600",
      "+ tags",
      "  + team: platform",
      "+ audiences",
      "  + a",
      "  + b",
    ]);
    expect(difference(state, null).every((row) => /^ *- /.test(row))).toBe(true);
  });

  test.each<[string, unknown, unknown]>([
    ["the order of a list", { Action: ["a:b", "c:d"] }, { Action: ["c:d", "a:b"] }],
    ["one value or the list of it", { Action: "a:b" }, { Action: ["a:b"] }],
    ["a value that is twice in a list", { Action: ["a:b", "a:b"] }, { Action: "a:b" }],
    ["the order of members", { a: "1", b: "2" }, { b: "2", a: "1" }],
    ["one statement or the list of it", { Statement: { A: "1" } }, { Statement: [{ A: "1" }] }],
    [
      "the order of statements without a Sid",
      { Statement: [{ A: "1" }, { A: "2" }] },
      { Statement: [{ A: "2" }, { A: "1" }] },
    ],
  ])("is nothing for %s", (_, before, after) => {
    expect(difference(before, after)).toEqual([]);
  });

  test("pairs statements by their Sid, wherever they are", () => {
    const push = { Sid: "Push", Effect: "Allow", Action: ["ecr:PutImage"], Resource: "arn:one" };
    const login = { Sid: "Login", Effect: "Allow", Action: "ecr:GetAuthorizationToken" };
    const moved = { ...push, Resource: ["arn:two"] };
    expect(difference({ Statement: [push, login] }, { Statement: [login, moved] })).toEqual([
      "statement Push",
      "  Resource",
      "    - arn:one",
      "    + arn:two",
      "  unchanged: Effect, Action",
      "unchanged: statement Login",
    ]);
  });

  test("shows a statement that came and one that went whole", () => {
    const before = { Statement: [{ Sid: "Old", Action: "s3:*" }] };
    const after = { Statement: [{ Sid: "New", Action: "s3:GetObject" }] };
    expect(difference(before, after)).toEqual([
      "- statement Old",
      "  - Action: s3:*",
      "+ statement New",
      "  + Action: s3:GetObject",
    ]);
  });

  test("counts the values that stay instead of repeating them", () => {
    const before = { Action: ["a:one", "a:two", "a:three"] };
    const after = { Action: ["a:one", "a:two", "a:four"] };
    expect(difference(before, after)).toEqual([
      "Action",
      "  - a:three",
      "  + a:four",
      "  unchanged: 2 more",
    ]);
  });

  test("distinguishes a missing condition from an empty one", () => {
    expect(difference({ Effect: "Allow" }, { Effect: "Allow", Condition: {} })).toEqual([
      "+ Condition: none",
      "unchanged: Effect",
    ]);
  });

  test("shows a document that is not JSON as its text", () => {
    expect(difference("{oops", { Version: "2012-10-17" })).toEqual([
      "- {oops",
      "+ Version: 2012-10-17",
    ]);
  });

  test("takes members with names of Object.prototype for what they are", () => {
    const hostile: unknown = JSON.parse('{"__proto__": "a", "constructor": "b"}');
    expect(difference({}, hostile)).toEqual(["+ __proto__: a", "+ constructor: b"]);
    expect(difference(hostile, hostile)).toEqual([]);
  });
});

describe("a layout", () => {
  test("cuts between words, then behind the parts of an ARN, then anywhere", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("arn:aws:iam::123456789012:role/ci", 20)).toEqual([
      "arn:aws:iam::",
      "123456789012:role/ci",
    ]);
    expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
  });

  test("loses no character but blanks at a cut", () => {
    const text = `sub = org/${"1".repeat(36)}/project/${"a".repeat(36)}/user/* and more of it`;
    for (let width = 1; width < 120; width += 1) {
      const rows = wrap(text, width);
      expect(rows.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(width);
    }
  });

  test("hangs the rest of a line below its text, within the width", () => {
    const text = layOut([line("one two three four", { indent: 2, mark: "+" })], {
      width: 24,
      colour: false,
    });
    expect(text).toBe("  + one two three four");
    const narrow = layOut([line("aaaa bbbb cccc dddd eeee", { indent: 2, mark: "-" })], {
      width: 24,
      colour: false,
    });
    expect(narrow.split("\n")).toEqual(["  - aaaa bbbb cccc dddd", "    eeee"]);
  });

  test("leaves a line whole that people copy", () => {
    const lines = [line("NAME=arn:aws:iam::1:role/CI", { indent: 2, whole: true })];
    expect(layOut(lines, { width: 24, colour: false })).toBe("  NAME=arn:aws:iam::1:role/CI");
  });

  test("colours by tone where there is colour, and writes no escape where it is not", () => {
    const lines = [line("role", { mark: "+", tone: "added" }), line("as it was")];
    expect(layOut(lines, { width: 80, colour: true })).toBe("\u001b[32m+ role\u001b[0m\nas it was");
    expect(layOut(lines, { width: 80, colour: false })).toBe("+ role\nas it was");
  });

  test("writes control characters of foreign texts out, so that none reaches a terminal", () => {
    const hostile = "debug\u001b[2J\u0007\r\nrole\u202e\u009b31m";
    const text = layOut([line(hostile)]);
    expect(text).toBe("debug\\u001b[2J\\u0007\\u000d\\u000arole\\u202e\\u009b31m");
  });
});

function change(part: Partial<ReportedChange>): ReportedChange {
  return {
    action: "update",
    resource: "trust-policy",
    id: "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role",
    reason: "the trust policy admits more than desired",
    before: null,
    after: null,
    applied: true,
    ...part,
  };
}

describe("a change", () => {
  test("is marked by what it does to the account", () => {
    const first = (part: Partial<ReportedChange>) =>
      layOut(changeLines(change(part))).split("\n")[0];
    expect(first({ action: "create", resource: "role" })).toBe("+ create role CircleCI-OIDC-Role");
    expect(first({})).toBe("~ update trust-policy CircleCI-OIDC-Role");
    expect(first({ action: "delete", resource: "inline-policy", id: "r/debug" })).toBe(
      "- delete inline-policy r/debug",
    );
  });

  test("of an attachment names the policy and the role", () => {
    const state = {
      role: "arn:aws:iam::123456789012:role/ci/Deploy",
      policy: "arn:aws:iam::aws:policy/AdministratorAccess",
    };
    const common = { resource: "attachment", id: state.policy } as const;
    const detach = change({ ...common, action: "detach", before: state });
    const attach = change({ ...common, action: "attach", after: state });
    expect(layOut(changeLines(detach))).toMatch(
      /^- detach policy AdministratorAccess from ci\/Deploy\n/,
    );
    expect(layOut(changeLines(attach))).toMatch(
      /^\+ attach policy AdministratorAccess to ci\/Deploy\n/,
    );
  });

  test("of a policy shows its documents, not the number of the version that goes", () => {
    const before = { version: "v3", document: { Statement: [{ Sid: "A", Action: "a:b" }] } };
    const after = { document: { Statement: [{ Sid: "A", Action: "a:c" }] } };
    const rows = layOut(changeLines(change({ resource: "policy", before, after }))).split("\n");
    expect(rows.slice(2).map((row) => row.trim())).toEqual([
      "statement A",
      "Action",
      "- a:b",
      "+ a:c",
    ]);
  });

  test("that was not written says so only beside others that were", () => {
    const left = change({ applied: false });
    expect(layOut(planLines([left]))).not.toContain("not written");
    expect(layOut(planLines([change({}), left]))).toContain("(not written)");
  });
});

const widening: ReportedWidening = {
  source: "drift",
  resource: "permissions",
  disposition: "reverted",
  admitted: {
    principal: { type: "AWS", id: "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role" },
    action: "s3:GetObject",
    resource: "arn:aws:s3:::any/any",
    context: {},
  },
  undecided: [],
  actor: "arn:aws:sts::123456789012:assumed-role/PowerUsers/mo",
  openedAt: "2026-11-22T10:00:00Z",
  closedAt: "2026-11-22T10:00:02.500Z",
};

describe("a widening", () => {
  test("is reported with its example, who did it, and for how long it was open", () => {
    expect(layOut(wideningLines(widening)).split("\n")).toEqual([
      "! the role may do more, changed by hand: reverted",
      "    Anyone who assumes the role could perform s3:GetObject on arn:aws:s3:::any/any.",
      "    by arn:aws:sts::123456789012:assumed-role/PowerUsers/mo",
      "    open from 2026-11-22T10:00:00Z on, for 2.5 s",
    ]);
  });

  test("names nobody where nobody is known, and no time", () => {
    const text = layOut(wideningLines({ ...widening, actor: null, openedAt: null }));
    expect(text).toContain("by somebody unknown");
    expect(text).not.toContain("open from");
  });

  test("by the document has no actor: the editor is in Parameter Store's own record", () => {
    const text = layOut(
      wideningLines({ ...widening, source: "desired", disposition: "held", actor: null }),
    );
    expect(text).toContain("by the document: held");
    expect(text).not.toContain("somebody unknown");
  });

  test("of which nothing is more is not said to admit more, and says why it waits", () => {
    const first = { source: "desired", disposition: "held", admitted: null } as const;
    const reason = "it is the first document of this environment, and nothing in it is new";
    const nothing = { ...widening, ...first, openedAt: null, says: [], reason };
    expect(layOut(wideningLines(nothing))).toBe(`! ${reason}: held`);
    const lowered = { ...nothing, says: ["lowers onWiden for permissions from hold to apply"] };
    expect(layOut(wideningLines(lowered))).toContain("the role may do more, by the document: held");
  });

  test("by the document says the whole of it before the example", () => {
    const edit = { source: "desired", disposition: "held", openedAt: null } as const;
    const says = ["ECR repository web: push", "lowers onWiden for permissions from hold to apply"];
    expect(layOut(wideningLines({ ...widening, ...edit, says })).split("\n")).toEqual([
      "! the role may do more, by the document: held",
      "    + ECR repository web: push",
      "    + lowers onWiden for permissions from hold to apply",
      "    For example, anyone who assumes the role could perform s3:GetObject on arn:aws:s3:::any/any.",
    ]);
  });

  test("that is not decided gives the reasons", () => {
    const undecided = ["the operator Foo is not known"];
    const text = layOut(wideningLines({ ...widening, admitted: null, undecided }));
    expect(text).toContain("not decided: the operator Foo is not known");
  });
});

const condition = {
  status: true,
  reason: "Fine",
  message: "all is well",
  since: "2026-11-01T00:00:00Z",
};

const environment: EnvironmentReport = {
  name: "production",
  version: 4,
  appliedVersion: 3,
  outcome: "held",
  changes: [],
  widenings: [],
  conditions: {
    SpecValid: condition,
    ResourcesResolved: condition,
    InSync: condition,
    TrustAsIntended: { ...condition, status: false, reason: "Held" },
    Ready: { ...condition, status: false, reason: "NotReady" },
  },
  outputs: { AWS_REGION: "us-east-1" },
  errors: [{ code: "TargetMissing", message: "there is no repository x" }],
};

function report(part: Partial<Report> = {}): Report {
  return {
    runId: "r",
    trigger: "manual",
    dryRun: false,
    account: "123456789012",
    startedAt: "2026-11-22T10:00:00Z",
    durationMs: 120,
    environments: [environment],
    alerts: [],
    errors: [],
    calls: { "iam:GetRole": 1, "ssm:GetParametersByPath": 2 },
    ...part,
  };
}

describe("a report", () => {
  test("reports outcome, versions, conditions, outputs and errors of each environment", () => {
    expect(layOut(reportLines(report())).split("\n")).toEqual([
      "production: held (version 4; applied: 3)",
      "  Errors",
      "    ✗ TargetMissing: there is no repository x",
      "  Conditions",
      "    ✓ SpecValid: all is well (Fine, since 2026-11-01T00:00:00Z)",
      "    ✓ ResourcesResolved: all is well (Fine, since 2026-11-01T00:00:00Z)",
      "    ✓ InSync: all is well (Fine, since 2026-11-01T00:00:00Z)",
      "    ✗ TrustAsIntended: all is well (Held, since 2026-11-01T00:00:00Z)",
      "    ✗ Ready: all is well (NotReady, since 2026-11-01T00:00:00Z)",
      "  Outputs",
      "    AWS_REGION=us-east-1",
      "",
      "1 held in account 123456789012; 3 AWS calls in 120 ms, trigger manual",
    ]);
  });

  test("of a dry run says that nothing was written", () => {
    const drifted = { ...environment, changes: [change({ applied: false })] };
    const text = layOut(reportLines(report({ dryRun: true, environments: [drifted] })));
    expect(text).toContain("Plan: 1 change, none written in a dry run");
  });

  test("says how many changes were written where some were not", () => {
    const changes = [change({}), change({ applied: false })];
    const text = layOut(reportLines(report({ environments: [{ ...environment, changes }] })));
    expect(text).toContain("2 changes, 1 written");
  });

  test("carries the alerts with every line of their text, and the run's own errors", () => {
    const alert = {
      kind: "trust-widened",
      severity: "critical",
      environment: "production",
      title: "production: the trust policy was widened",
      text: "What happened.\nWhat to do.",
    } as const;
    const errors = [{ code: "NotFound", message: "the topic is gone" }];
    const text = layOut(reportLines(report({ alerts: [alert], errors })));
    expect(text).toContain(
      "[critical] trust-widened: production: the trust policy was widened\n  What happened.\n  What to do.\n",
    );
    expect(text).toContain("✗ NotFound: the topic is gone");
  });

  test("that looked at nothing says so", () => {
    const text = layOut(reportLines(report({ environments: [], account: null, calls: {} })));
    expect(text).toBe("no environment looked at; 0 AWS calls in 120 ms, trigger manual");
  });

  test("that ignored its event says why", () => {
    const ignored = "No event of this source changes what is reconciled.";
    const text = layOut(reportLines(report({ environments: [], ignored, calls: {} })));
    expect(text).toMatch(/^Ignored\. No event of this source changes what is reconciled\.\n\nno /);
  });

  test("keeps to a terminal's width", () => {
    const changes = [change({ after: { sub: `org/${"1".repeat(36)}/project/${"a".repeat(60)}` } })];
    const text = layOut(reportLines(report({ environments: [{ ...environment, changes }] })), {
      width: 60,
      colour: false,
    });
    expect(Math.max(...text.split("\n").map((row) => row.length))).toBeLessThanOrEqual(60);
  });
});
