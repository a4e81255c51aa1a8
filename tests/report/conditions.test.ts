import { describe, expect, test } from "vitest";
import { conditionReasons } from "../../shared/codes.ts";
import { nothingObserved } from "../../shared/plan/observed.ts";
import { conditionNames } from "../../shared/plan/status.ts";
import { conditionsOf } from "../../shared/report/conditions.ts";
import { parameter, read, statusWith, versionWith, wider } from "../plan/entries.ts";
import { unreadable } from "../plan/targets.ts";
import { existing, first, type Given, identityOf, now, policyOf, roleOf, runOf } from "./runs.ts";

const problem = {
  code: "unknown-field",
  message: "x",
  parameter,
  version: 2,
  path: "",
  allowed: "",
} as const;
const invalid = {
  ...read(versionWith(2)),
  parsed: { kind: "invalid", problems: [problem] },
} as const;
const fault = { code: "AccessDenied", message: "no", kind: "denied" } as const;
const ended = { code: "Interrupted", message: "later", kind: "transient" } as const;
const second = versionWith(2, wider);
const observed = versionWith(1, { mode: "observe" });
const suspended = versionWith(1, { mode: "suspend" });
const text = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const open = text({
  Effect: "Allow",
  Principal: { Federated: identityOf(first).provider.arn },
  Action: "sts:AssumeRoleWithWebIdentity",
});
const deny = text({ Effect: "Deny", Action: "*", Resource: "*" });
const tags = { ...roleOf(first).tags, "aws:cloudformation:stack-name": "shop" };
const fiftyTags = Object.fromEntries(Array.from({ length: 50 }, (_, nth) => [`tag-${nth}`, "x"]));
const unreadTargets = (region: string) => ({ ...existing(region), ecr: unreadable });
const byHand = roleOf(first, { description: "by hand" });

/** Whether each condition is true, and why. */
function reasonsOf(given: Given): string {
  const { conditions } = runOf(given).report;
  return conditionNames
    .map((name) => `${conditions[name].status ? "+" : "-"}${conditions[name].reason}`)
    .join(" ");
}

/** In the order SpecValid, ResourcesResolved, InSync, TrustAsIntended, Ready. */
const table: readonly (readonly [string, Given, string])[] = [
  ["nothing is wrong", {}, "+Valid +AllFound +InSync +AsIntended +Ready"],
  ["drift was corrected", { role: byHand }, "+Valid +AllFound +InSync +AsIntended +Ready"],
  [
    "a correction failed",
    { role: byHand, fault: () => fault },
    "+Valid +AllFound -Failed -Differs -NotReady",
  ],
  [
    "somebody pressed Ctrl-C",
    { role: byHand, fault: () => ended },
    "+Valid +AllFound -Interrupted -Differs -NotReady",
  ],
  [
    "the trust policy was widened and corrected",
    { role: roleOf(first, { trustPolicy: open }) },
    "+Valid +AllFound +InSync +AsIntended +Ready",
  ],
  [
    "the trust policy was widened and could not be corrected",
    { role: roleOf(first, { trustPolicy: open }), fault: () => fault },
    "+Valid +AllFound -Failed -Widened -NotReady",
  ],
  [
    "the trust policy was widened under observe",
    { newest: observed, role: roleOf(observed, { trustPolicy: open }) },
    "+Valid +AllFound -Drifted -Widened -Observed",
  ],
  [
    "nothing differs under observe",
    { newest: observed },
    "+Valid +AllFound +InSync +AsIntended -Observed",
  ],
  [
    "the role differs under observe",
    { newest: observed, role: roleOf(observed, { description: "by hand" }) },
    "+Valid +AllFound -Drifted -Differs -Observed",
  ],
  [
    "only a permission differs under observe",
    { newest: observed, role: roleOf(observed, { attached: [] }) },
    "+Valid +AllFound -Drifted +AsIntended -Observed",
  ],
  [
    "the role differs under suspend",
    { newest: suspended, role: roleOf(suspended, { description: "by hand" }) },
    "+Valid +AllFound -Suspended -Differs -Suspended",
  ],
  [
    "the trust policy lacks something in a dry run",
    { newest: second, applied: second, role: roleOf(first), permission: { dryRun: true } },
    "+Valid +AllFound -Drifted -Differs -NotReady",
  ],
  [
    "a deploy target does not exist",
    { targets: nothingObserved },
    "+Valid -Missing +InSync +AsIntended -NotReady",
  ],
  [
    "a deploy target cannot be read",
    { targets: unreadTargets },
    "+Valid -Unreadable +InSync +AsIntended -NotReady",
  ],
  [
    "the first document waits",
    { applied: null },
    "+Valid -NothingInForce -NothingInForce -Held -NotReady",
  ],
  [
    "a wider version waits",
    { newest: second, applied: first },
    "+Valid +AllFound +InSync -Held -NotReady",
  ],
  [
    "the newest version is invalid",
    { applied: first, entry: { newest: invalid } },
    "-Invalid +AllFound +InSync -NotInForce -NotReady",
  ],
  [
    "another environment claims the name",
    {
      newest: second,
      applied: first,
      choosing: { conflicts: [{ resource: "role", name: "R", others: ["staging"] }] },
    },
    "-Conflict +AllFound +InSync -NotInForce -NotReady",
  ],
  [
    "the role belongs to someone else",
    { plan: { blocked: [{ code: "ForeignOwner", resource: "role", message: "no" }] } },
    "+Valid +AllFound -Conflict -Unknown -NotReady",
  ],
  [
    "the provider belongs to someone else: the role was compared and is as intended",
    { plan: { blocked: [{ code: "ForeignOwner", resource: "oidc-provider", message: "no" }] } },
    "+Valid +AllFound -Conflict +AsIntended -NotReady",
  ],
  [
    "the policy's name is taken: the role is as intended",
    { plan: { blocked: [{ code: "NameTaken", resource: "policy", message: "no" }] } },
    "+Valid +AllFound -Conflict +AsIntended -NotReady",
  ],
  [
    "AWS tagged the role for another owner",
    { role: roleOf(first, { tags }) },
    "+Valid +AllFound -ForeignTag +AsIntended -NotReady",
  ],
  [
    "others have filled the tags of its policy",
    { policy: policyOf(first, { tags: fiftyTags }) },
    "+Valid +AllFound -TagsFull +AsIntended -NotReady",
  ],
  [
    "someone revoked the sessions",
    { role: roleOf(first, { inline: [{ name: "AWSRevokeOlderSessions", document: deny }] }) },
    "+Valid +AllFound -SessionsRevoked +AsIntended -NotReady",
  ],
  [
    "something is set on the provider",
    { plan: { settings: [{ name: "ContextProvider", content: "x" }] } },
    "+Valid +AllFound -ProviderSetting +AsIntended -NotReady",
  ],
  [
    "what opens waits for an old role",
    { plan: { problems: [{ code: "OldRoleUnread", message: "no", kind: "denied" }] } },
    "+Valid +AllFound -OldRoleUnread +AsIntended -NotReady",
  ],
  [
    "a change waits for the next run",
    {
      input: {
        results: runOf({ role: byHand }).results.map(({ change }) => ({
          change,
          outcome: "skipped",
        })),
      },
    },
    "+Valid +AllFound -Skipped -Differs -NotReady",
  ],
  [
    "a change is fought over, and left for a while",
    {
      input: {
        results: runOf({ role: byHand }).results.map(({ change }) => ({ change, outcome: "left" })),
      },
    },
    "+Valid +AllFound -Contended -Differs -NotReady",
  ],
  [
    "the document was deleted",
    { newest: null, applied: first },
    "-ParameterGone -NothingInForce -Orphaned -Orphaned -NotReady",
  ],
];

describe("the conditions of an environment of which", () => {
  test.each(table)("%s", (_what, given, reasons) => {
    expect(reasonsOf(given)).toBe(reasons);
  });

  test("every reason is in the table", () => {
    const used = new Set(
      table.flatMap(([, , reasons]) => reasons.split(" ").map((each) => each.slice(1))),
    );
    expect([...used].toSorted()).toEqual(Object.keys(conditionReasons).toSorted());
  });
});

describe("a condition", () => {
  const settled = runOf();
  const since = "2026-01-31T08:00:00.000Z";
  const was = { reason: "Anything", message: "", since };

  test.each([
    ["was true and still is: since then", { ...was, status: true }, since],
    [
      "was true since a text that is not a time: since now",
      { ...was, status: true, since: `${since} (${"ghp_".padEnd(40, "x")})` },
      now.toISOString(),
    ],
    ["was false and is true: since now", { ...was, status: false }, now.toISOString()],
  ])("%s", (_what, InSync, expected) => {
    expect(conditionsOf(settled, { InSync }, now).InSync.since).toBe(expected);
  });

  test("has a message of at most 600 characters", () => {
    const message = "m".repeat(2_000);
    const long = runOf({
      plan: { blocked: [{ code: "ForeignOwner", resource: "role", message }] },
    });
    expect(long.report.conditions.InSync.message).toBe(`${"m".repeat(599)}…`);
  });

  test("says in words what it found", () => {
    const status = statusWith();
    const run = runOf({ newest: second, applied: first, role: byHand, entry: { status } });
    const said = conditionNames.map((name) => `${name}: ${run.report.conditions[name].message}`);
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "SpecValid: version 2 is valid
      ResourcesResolved: every deploy target exists
      InSync: the account matches version 1
      TrustAsIntended: version 2 admits requests that the version in force does not: a job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume the role
      Ready: not everything matches the newest version: Held"
    `);
    const drifted = runOf({ newest: observed, role: null, policy: null });
    expect(drifted.report.conditions.InSync.message).toMatchInlineSnapshot(
      `"create policy/CircleCI-Deployment-Policy: the deploy policy does not exist; create role/CircleCI-OIDC-Role: the role does not exist; attach policy/CircleCI-Deployment-Policy: the deploy policy is not attached"`,
    );
  });
});
