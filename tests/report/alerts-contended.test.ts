import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../shared/document/index.ts";
import type { Change, Step } from "../../shared/plan/change.ts";
import type { ObservedRole } from "../../shared/plan/observed.ts";
import { isIgnoredTag } from "../../shared/plan/tags.ts";
import { installation, type Members, parameter, versionWith } from "../plan/entries.ts";
import {
  alertsIn,
  everything,
  first,
  type Given,
  identityOf,
  knownWho,
  policyOf,
  provider,
  roleOf,
  runOf,
  text,
} from "./runs.ts";

const boundary = "arn:aws:iam::123456789012:policy/ci-boundary";
const documents = new Map([[boundary, everything]]);

/** What the third run alerts that finds the same. */
function thirdTime(given: Given): string {
  const after = (quarrels: Given["record"]) =>
    runOf({ ...given, record: { ...given.record, ...quarrels } }).record?.quarrels ?? [];
  const quarrels = after({ quarrels: after({ quarrels: [] }) });
  return alertsIn({ ...given, record: { ...given.record, quarrels } });
}

/** What the alert says to do, a line each: all behind the sentences on what goes on meanwhile. */
function adviceIn(given: Given): readonly string[] {
  const lines = thirdTime({ ...given, input: { ...knownWho.input, ...given.input } }).split("\n");
  const at = lines.findIndex((line) => line.startsWith("What opens access is still closed"));
  expect([lines[0], at > 0]).toEqual(["contended, critical", true]);
  return lines.slice(at + 1);
}

/** A correction of what environments share. */
function ofProvider(step: Step, before: unknown): Given {
  const change: Change = {
    action: "update",
    resource: "oidc-provider",
    id: provider,
    reason: "not as desired",
    before,
    after: null,
    effect: "neutral",
    step,
  };
  return { further: [{ change, outcome: "applied", policyVersion: null }] };
}

const tagged = (tags: Readonly<Record<string, string>>, version = first) =>
  roleOf(version, { tags: { ...roleOf(version).tags, ...tags } });

test("a correction is undone again and again", () => {
  const openTrust = text({
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
  });
  const role = roleOf(first, { trustPolicy: openTrust });
  expect(thirdTime({ role, ...knownWho })).toMatchInlineSnapshot(`
    "contended, critical
    production: a correction is undone again and again (trust-policy arn:aws:iam::123456789012:role/CircleCI-OIDC-Role)

    trust-policy arn:aws:iam::123456789012:role/CircleCI-OIDC-Role was changed in the same way 3 times since 2026-02-01T12:00:00.000Z: the trust policy admits more than desired.
    The other side is arn:aws:iam::123456789012:user/alice.
    What opens access is still closed every time, without another alert.
    A job of CircleCI gets in by circleci.organizationId and an entry with its id, origin and refs under trust.projects of /oidc-reconciler/environments/production. Anyone else needs a role of their own.
    If none of this is right, stop the other side."
  `);
});

test("one that puts four things back each time is one alert with what to do about each", () => {
  const role = roleOf(first, {
    maxSessionSeconds: 7200,
    description: "by terraform",
    attached: [identityOf(first).policy.arn, boundary],
    tags: { ...roleOf(first).tags, "managed-by": "terraform", "last-scan": "17" },
  });
  expect(thirdTime({ role, documents, ...knownWho })).toMatchInlineSnapshot(`
    "contended, critical
    production: a correction is undone again and again (attachment arn:aws:iam::123456789012:policy/ci-boundary, role arn:aws:iam::123456789012:role/CircleCI-OIDC-Role)

    attachment arn:aws:iam::123456789012:policy/ci-boundary was changed in the same way 3 times since 2026-02-01T12:00:00.000Z: an attached policy that is not desired.
    role arn:aws:iam::123456789012:role/CircleCI-OIDC-Role was changed in the same way 3 times since 2026-02-01T12:00:00.000Z: maximum session and description not as desired.
    role arn:aws:iam::123456789012:role/CircleCI-OIDC-Role was changed in the same way 3 times since 2026-02-01T12:00:00.000Z: tags that are not desired.
    The other side is arn:aws:iam::123456789012:user/alice.
    What opens access is still closed every time, without another alert. Tags that change nobody's access are corrected less and less often.
    The role is claimed for somebody else by the tag "managed-by". No document can leave that there: have the role taken out of what sets it.
    If the tag "last-scan" may stay, write this under role in /oidc-reconciler/environments/production, in place of such a line if it has one, and approve that version if it is held: ignoreTags: ["last-scan"]
    What jobs may do follows from deploy in /oidc-reconciler/environments/production, so a deploy target belongs there. Any other permission needs a role of its own.
    How long sessions may last is role.maxSessionSeconds in /oidc-reconciler/environments/production: if another time is right, write it there.
    The role's description is the reconciler's own: the other side has to leave it.
    If none of this is right, stop the other side."
  `);
});

test("what to do is said by what is fought over", () => {
  const withTag = versionWith(1, { role: { tags: { team: "shop" } } });
  const withBoundary = versionWith(1, { role: { permissionsBoundary: boundary } });
  const inline = (name: string, document: string) =>
    roleOf(first, { inline: [{ name, document }] });
  const asking = text({
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalTag/team": "x" } },
  });
  const fought: Readonly<Record<string, Given>> = {
    "the deploy policy, which is taken off": { role: roleOf(first, { attached: [] }) },
    "an inline policy": { role: inline("debug", everything) },
    "another version of the policy": { policy: policyOf(first, { document: everything }) },
    "a policy that only denies, which goes by now": {
      role: inline("stop", text({ Effect: "Deny", Action: "*", Resource: "*" })),
      record: { denies: { stop: "2026-01-30T12:00:00.000Z" } },
    },
    "how long sessions last": { role: roleOf(first, { maxSessionSeconds: 7200 }) },
    "the description": { role: roleOf(first, { description: "by hand" }) },
    "a boundary that is set": { role: roleOf(first, { permissionsBoundary: boundary }), documents },
    "a boundary that is taken off": {
      newest: withBoundary,
      role: roleOf(withBoundary, { permissionsBoundary: null }),
      documents,
    },
    "the installation's boundary": {
      role: roleOf(first, { permissionsBoundary: boundary }),
      documents,
      input: { installation: { ...installation, permissionsBoundary: boundary } },
    },
    "a tag of the document": { newest: withTag, role: tagged({ team: "x" }, withTag) },
    "tags of ours": { role: tagged({ "oidc-reconciler:prefix": "/other" }) },
    "a tag that looks like one of ours": { role: tagged({ "oidc-reconciler:note": "x" }) },
    "a tag that a policy asks for": {
      role: tagged({ team: "x" }),
      policy: policyOf(first, { document: asking }),
    },
    "an audience": ofProvider({ do: "remove-audience", arn: provider, audience: "sts" }, ["sts"]),
    thumbprints: ofProvider({ do: "set-thumbprints", arn: provider, thumbprints: [] }, ["a"]),
    "the policy, which is deleted": { role: roleOf(first, { attached: [] }), policy: null },
  };
  const advice = Object.entries(fought).map(([what, given]) =>
    [what, ...adviceIn(given)].join("\n"),
  );
  expect(advice.join("\n\n")).toMatchInlineSnapshot(`
    "the deploy policy, which is taken off
    The deploy policy is taken off. If jobs should not do what it grants, take those targets out of deploy in /oidc-reconciler/environments/production. If they should, have the role CircleCI-OIDC-Role left out of the rule that takes it off.
    If none of this is right, stop the other side.

    ----

    conflict, warning
    production: policy/CircleCI-Deployment-Policy is also given to 1 other identity

    arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy is attached to 1 other identity beside role/CircleCI-OIDC-Role, or is a permissions boundary there. Whatever a later version adds to it, they gain as well, and no guard looks at who they let in.
    Nothing was changed: what others hold is theirs.
    See who they are: aws iam list-entities-for-policy --policy-arn arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy. Detach it there, and give them a policy of their own.

    an inline policy
    What jobs may do follows from deploy in /oidc-reconciler/environments/production, so a deploy target belongs there. Any other permission needs a role of its own.
    If none of this is right, stop the other side.

    another version of the policy
    What jobs may do follows from deploy in /oidc-reconciler/environments/production, so a deploy target belongs there. Any other permission needs a role of its own.
    If none of this is right, stop the other side.

    a policy that only denies, which goes by now
    A policy that only denies may be somebody's answer to an incident, so ask them first. A Deny that has to last belongs into the boundary that role.permissionsBoundary of /oidc-reconciler/environments/production names.
    If none of this is right, stop the other side.

    how long sessions last
    How long sessions may last is role.maxSessionSeconds in /oidc-reconciler/environments/production: if another time is right, write it there.
    If none of this is right, stop the other side.

    the description
    The role's description is the reconciler's own: the other side has to leave it.
    If none of this is right, stop the other side.

    a boundary that is set
    If that permissions boundary is right, write this under role in /oidc-reconciler/environments/production, in place of such a line if it has one, and approve that version if it is held: permissionsBoundary: "arn:aws:iam::123456789012:policy/ci-boundary"
    If none of this is right, stop the other side.

    a boundary that is taken off
    If the role should have no permissions boundary, take role.permissionsBoundary out of /oidc-reconciler/environments/production.
    If none of this is right, stop the other side.

    the installation's boundary
    The permissions boundary is the installation's, for each role that it keeps: settle it by the stack parameter permissionsBoundary.
    If none of this is right, stop the other side.

    a tag of the document
    role.tags in /oidc-reconciler/environments/production has the tag "team". Write the right value there, or take it out there and name the key in role.ignoreTags.
    If none of this is right, stop the other side.

    tags of ours
    Its tags claim that it belongs to the reconciler with prefix /other. Anyone who may tag it can write that, so ask before you believe it. If both have it in force, keep it in one of the two documents alone.
    Tags that begin with oidc-reconciler: say who keeps a role, policy or provider: the other side has to leave them.
    If none of this is right, stop the other side.

    a tag that looks like one of ours
    Tags that begin with oidc-reconciler: say who keeps a role, policy or provider: the other side has to leave them.
    If none of this is right, stop the other side.

    a tag that a policy asks for
    A policy of the role asks for the tag "team", so setting that changes what sessions may do. If it is right, set it in role.tags of /oidc-reconciler/environments/production.
    What jobs may do follows from deploy in /oidc-reconciler/environments/production, so a deploy target belongs there. Any other permission needs a role of its own.
    If none of this is right, stop the other side.

    an audience
    The provider's audiences are the organisation's id and what circleci.audiences lists in /oidc-reconciler/environments/production and the other documents of that organisation. List there what jobs ask for, and nothing else.
    If none of this is right, stop the other side.

    thumbprints
    The provider's thumbprints are those in circleci.thumbprints of /oidc-reconciler/environments/production. An empty list leaves alone what IAM has.
    If none of this is right, stop the other side.

    the policy, which is deleted
    What is deleted is made again as long as /oidc-reconciler/environments/production asks for it. To have it removed, set onRemove: delete there, and delete the parameter once that version is applied.
    If none of this is right, stop the other side."
  `);
});

describe("tags that may stay come with the very line that leaves them:", () => {
  /** What a document leaves that has the line. */
  function ignoredBy(role: ObservedRole, members: Members = {}): readonly string[] {
    const [advice = ""] = adviceIn({ newest: versionWith(1, members), role });
    const lines = ["role:", `  ${advice.slice(advice.indexOf("ignoreTags:"))}`];
    const { circleci, trust, deploy } = first.document;
    const others = Object.entries({ circleci, trust, deploy });
    const text = [...others.map(([key, value]) => `${key}: ${JSON.stringify(value)}`), ...lines];
    const read = parseEnvironment({
      parameter,
      version: 2,
      text: text.join("\n"),
      region: "us-east-1",
    });
    return read.kind === "invalid"
      ? [read.problems[0].message]
      : (read.document.role.ignoreTags ?? []);
  }

  test.each([
    "created-by",
    "cost center: 42",
    "- x",
    "null",
    "@=+/_",
    "\u00fcber zwei\u3000drei",
    "__proto__",
    "k".repeat(128),
  ])("%j", (key) => {
    const role = tagged(Object.fromEntries([[key, "x"]]));
    const ignored = ignoredBy(role);
    expect(ignored).toEqual([key]);
    expect(isIgnoredTag(key, "x", ignored)).toBe(true);
  });

  test.each(["zwei\u2028drei", "\u3164"])("none for %j, which no document can name", (key) => {
    const advice = adviceIn({ role: tagged({ [key]: "x" }) }).join("\n");
    expect(advice).toMatch(/^Not every character of the tag "[\\\w]+" can be seen, /);
    expect(advice).not.toContain("ignoreTags");
  });

  test("beside those that the document leaves already", () => {
    const members = { role: { ignoreTags: ["map-*"] } };
    expect(ignoredBy(tagged({ b: "1", a: "2" }), members)).toEqual(["map-*", "b", "a"]);
  });

  test("not more of them than a document may name", () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, nth) => [`tag-${nth}`, ""]));
    expect(adviceIn({ role: tagged(many) })).toEqual([
      "If none of this is right, stop the other side.",
    ]);
  });
});
