import fc from "fast-check";
import type { DesiredIdentity } from "../../shared/plan/desired.ts";
import type { ObservedPolicy, ObservedRole } from "../../shared/plan/observed.ts";
import type { Probe } from "./world.ts";

const arn = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
const users = ["alice", "bob", "carol"].map((name) => arn(`user/${name}`));
/** Older than every time that a Deny below names. */
const issued = "2020-01-01T00:00:00Z";

export const probe: Probe = {
  callers: users,
  actions: ["ecr:PutImage", "ecr:BatchGetImage", "s3:GetObject"],
  resources: ["arn:aws:ecr:us-east-1:123456789012:repository/a", "arn:aws:s3:::b"],
  seconds: [3600, 43200],
  issued,
};

export const now = new Date("2026-03-01T12:00:00Z");
export const ours = arn("policy/deploy");
export const theirs = [arn("policy/theirs-1"), arn("policy/theirs-2")];
export const boundaries = [arn("policy/boundary-1"), arn("policy/boundary-2")];

type Statement = Readonly<Record<string, unknown>>;

const document = (Statement: readonly Statement[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });

function someOf<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.subarray([...items], { minLength: 1 });
}

const admitting = someOf(users).map((AWS): Statement => {
  return { Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" };
});
const wantedTrust = admitting.map((statement) => document([{ Sid: "Jobs", ...statement }]));
const foundTrust = fc
  .tuple(
    admitting,
    fc.option(
      someOf(users).map((AWS): Statement => {
        return { Sid: "Jobs", Effect: "Deny", Principal: { AWS }, Action: "sts:AssumeRole" };
      }),
    ),
  )
  .map(([allow, deny]) => document(deny === null ? [allow] : [allow, deny]));

/** As many statements as there are resources, each with actions of its own. */
const allowing = fc
  .tuple(
    ...probe.resources.map((Resource) =>
      fc.tuple(fc.constant(Resource), fc.subarray([...probe.actions])),
    ),
  )
  .map((parts) =>
    parts
      .filter(([, Action]) => Action.length > 0)
      .map(([Resource, Action]): Statement => ({ Effect: "Allow", Action, Resource })),
  )
  .filter((statements) => statements.length > 0);

/** What a Deny hangs on: nothing, the time of the token, or a tag of the role. */
const condition = fc.constantFrom(
  {},
  { Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-03-01T11:00:00Z" } } },
  { Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-02-01T00:00:00Z" } } },
  { Condition: { StringEquals: { "aws:PrincipalTag/Extra": "1" } } },
);
const denying = fc
  .tuple(someOf(probe.actions), fc.constantFrom("*", ...probe.resources), condition)
  .map(([Action, Resource, tested]): readonly Statement[] => [
    { Effect: "Deny", Action, Resource, ...tested },
  ]);
/** An Allow that waits for a tag of the role. */
const tagged = someOf(probe.actions).map((Action): readonly Statement[] => [
  {
    Effect: "Allow",
    Action,
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalTag/extra": "1" } },
  },
]);

const wantedPermissions = allowing.map(document);
const foundPermissions = fc
  .oneof(
    { weight: 4, arbitrary: allowing },
    { weight: 2, arbitrary: fc.tuple(allowing, denying).map((parts) => parts.flat()) },
    { weight: 1, arbitrary: tagged },
  )
  .map(document);
const strayPermissions = fc.oneof(
  { weight: 3, arbitrary: foundPermissions },
  { weight: 2, arbitrary: denying.map(document) },
);
const seconds = fc.constantFrom(3600, 43200);
const boundary = fc.constantFrom(null, null, ...boundaries);

const desired = fc
  .record({
    trust: wantedTrust,
    permissions: fc.option(wantedPermissions, { freq: 8 }),
    seconds,
    boundary,
  })
  .map((wanted): DesiredIdentity => {
    const name = "deploy";
    return {
      environment: "production",
      provider: { arn: arn("oidc-provider/x"), url: "https://x", audiences: [], thumbprints: [] },
      role: {
        name,
        arn: arn(`role/${name}`),
        path: "/",
        trustPolicy: wanted.trust,
        description: "kept",
        maxSessionSeconds: wanted.seconds,
        permissionsBoundary: wanted.boundary,
        tags: {},
        ignoreTags: [],
      },
      policy: { name, arn: ours, document: wanted.permissions, tags: {} },
    };
  });

const role = fc
  .record({
    trust: foundTrust,
    seconds,
    boundary,
    description: fc.constantFrom("kept", "other"),
    tags: fc.constantFrom({}, { extra: "1" }, { extra: "1", other: "2" }),
    attached: fc.subarray([ours, ...theirs]),
    inline: fc.array(strayPermissions, { maxLength: 2 }),
  })
  .map((found): ObservedRole => {
    return {
      name: "deploy",
      arn: arn("role/deploy"),
      path: "/",
      trustPolicy: found.trust,
      description: found.description,
      maxSessionSeconds: found.seconds,
      permissionsBoundary: found.boundary,
      tags: found.tags,
      attached: found.attached,
      inline: found.inline.map((text, index) => ({ name: `debug-${index}`, document: text })),
    };
  });

const policy = fc
  .record({
    permissions: foundPermissions,
    older: fc.array(fc.option(foundPermissions, { freq: 4 }), { maxLength: 4 }),
  })
  .map((found): ObservedPolicy => {
    const older = found.older.map((text, index) => ({
      id: `v${index + 2}`,
      isDefault: false,
      createdAt: "",
      document: text,
    }));
    const first = { id: "v1", isDefault: true, createdAt: "", document: found.permissions };
    return {
      arn: ours,
      name: "deploy",
      defaultVersion: "v1",
      document: found.permissions,
      attachmentCount: 1,
      boundaryUsageCount: 0,
      tags: {},
      versions: [first, ...older],
    };
  });

/** What is there, what is desired, and what of it can be read. */
export const situation = fc.record({
  desired,
  role: fc.option(role, { freq: 8 }),
  policy: fc.option(policy, { freq: 8 }),
  theirs: fc.tuple(strayPermissions, strayPermissions),
  bounds: fc.tuple(foundPermissions, foundPermissions),
  unread: fc.oneof(
    { weight: 4, arbitrary: fc.constant<readonly string[]>([]) },
    { weight: 1, arbitrary: fc.subarray([...theirs, ...boundaries]) },
  ),
  firstSeen: fc.constantFrom(null, "2026-03-01T11:30:00Z", "2026-02-01T00:00:00Z"),
  force: fc.boolean(),
});

/** The same where the boundary that is desired is nowhere to be read and not the role's. */
export const unbounded = situation.map((given): Situation => {
  const [first = "", second = ""] = boundaries;
  const { role, desired } = given;
  const wanted = { ...desired.role, permissionsBoundary: first };
  const found = role?.permissionsBoundary === first ? second : role?.permissionsBoundary;
  return {
    ...given,
    desired: { ...desired, role: wanted },
    role: role === null ? null : { ...role, permissionsBoundary: found ?? null },
    unread: [...given.unread, first],
  };
});

export type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;
