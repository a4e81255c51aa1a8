import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { anybody, revoked } from "../invariants/policies.ts";
import { startTrail } from "../model/world.ts";
import {
  boundaryArn,
  everything,
  newVersion,
  otherPin,
  pinned,
  policyArn,
  providerArn,
  readOnlyArn,
} from "../scenarios/by-hand.ts";
import {
  blog,
  guide,
  guideAs,
  guideFor,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMain,
  shopMainAndDev,
  type Written,
  wiki,
} from "../scenarios/documents.ts";
import type { SweptAccount } from "./account.ts";
import type { Start } from "./start.ts";
import { targetStarts, versionsUpTo } from "./target-starts.ts";

const role = { RoleName: roleName };

/** Every field that the loop keeps, so that each can drift. */
const whole = guideWith({
  circleci: { organizationId: organization, audiences: ["deploy"] },
  role: {
    name: roleName,
    maxSessionSeconds: 7200,
    permissionsBoundary: boundaryArn,
    tags: { team: "platform" },
  },
});

async function inSync(account: SweptAccount, document: Written = guide): Promise<void> {
  await account.put(document);
  await account.run();
}

const creation: readonly Start[] = [
  {
    start: "a first document that is applied at once",
    first: "apply",
    reports: ["production trust-widening-applied"],
    given: (account) => account.put(guideWith({ policy: { readOutputs: true } })),
  },
  {
    start: "a first document that is held",
    first: "hold",
    reports: ["production trust-widening-held"],
    given: (account) => account.put(guide),
  },
  {
    start: "a first document that was held, and is approved",
    first: "hold",
    reports: ["production trust-widening-applied"],
    given: async (account) => {
      const version = await account.put(guide);
      await account.run();
      await account.approve(version);
    },
  },
  {
    start: "the guide's resources, made by hand and wide open",
    first: "apply",
    reports: ["production adopted"],
    accuses: [
      "production drift-corrected",
      "production trust-widened",
      "production permissions-widened",
      "production audience-widened",
      "production trust-widening-applied",
      "production permissions-widening-applied",
    ],
    given: async (account) => {
      await makeByHand(account);
      await account.put(guideWith({ onWiden: "apply" }));
    },
  },
];

const drifts: readonly Start[] = [
  {
    start: "everything about role, policy and provider changed by hand",
    first: "apply",
    reports: [
      "production trust-widened",
      "production permissions-widened",
      "production audience-widened",
    ],
    given: async (account) => {
      const { iam } = account;
      const boundary = { PolicyName: "ci-boundary", PolicyDocument: everything };
      await iam.send(new CreatePolicyCommand(boundary));
      await inSync(account, whole);
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await iam.send(new PutRolePolicyCommand(inline));
      await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: readOnlyArn }));
      await newVersion(account, everything);
      await iam.send(new DeleteRolePermissionsBoundaryCommand(role));
      await iam.send(new UpdateRoleCommand({ ...role, MaxSessionDuration: 43200 }));
      await iam.send(new UntagRoleCommand({ ...role, TagKeys: ["team"] }));
      await iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "cost", Value: "42" }] }));
      await addAudience(account);
    },
  },
  {
    start: "a deleted provider, and permissions that were opened while nobody could get in",
    first: "apply",
    reports: ["production permissions-widened"],
    given: async (account) => {
      await inSync(account);
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await account.iam.send(new PutRolePolicyCommand(inline));
      const gone = { OpenIDConnectProviderArn: providerArn };
      await account.iam.send(new DeleteOpenIDConnectProviderCommand(gone));
    },
  },
  {
    start: "a policy with five versions that somebody widened",
    first: "apply",
    reports: ["production permissions-widened"],
    given: async (account) => {
      await inSync(account);
      for (let nth = 0; nth < 4; nth += 1) await newVersion(account, everything);
    },
  },
  {
    start: "drift that opens nothing",
    first: "apply",
    reports: ["production drift-corrected"],
    given: async (account) => {
      await inSync(account);
      const Tags = [{ Key: "ManagedBy", Value: "platform-team" }];
      await account.iam.send(new UpdateRoleCommand({ ...role, Description: "mine" }));
      await account.iam.send(new TagRoleCommand({ ...role, Tags }));
    },
  },
  {
    start: "sessions that somebody revoked",
    first: "apply",
    reports: ["production sessions-revoked"],
    given: async (account) => {
      await inSync(account);
      const policy = revoked(account.sandbox.clock.now());
      await account.iam.send(new PutRolePolicyCommand({ ...role, ...policy }));
    },
  },
  {
    start: "thumbprints that somebody changed",
    first: "apply",
    reports: ["production drift-corrected"],
    given: async (account) => {
      const circleci = { organizationId: organization, thumbprints: [pinned] };
      await inSync(account, guideWith({ circleci }));
      const changed = { OpenIDConnectProviderArn: providerArn, ThumbprintList: [otherPin] };
      await account.iam.send(new UpdateOpenIDConnectProviderThumbprintCommand(changed));
    },
  },
  {
    start: "a status that somebody deleted",
    first: "apply",
    reports: [],
    given: async (account) => {
      await inSync(account);
      const Name = `${account.prefix}/status/production`;
      await account.ssm.send(new DeleteParameterCommand({ Name }));
    },
  },
  {
    start: "outputs for jobs that somebody changed",
    first: "apply",
    reports: ["production conflict"],
    given: async (account) => {
      await inSync(account, guideWith({ policy: { readOutputs: true } }));
      const Name = `${account.prefix}/outputs/production`;
      const text = { Value: "{}", Type: "String", Overwrite: true } as const;
      await account.ssm.send(new PutParameterCommand({ Name, ...text }));
    },
  },
];

const edits: readonly Start[] = [
  {
    start: "an edit that takes away and adds, in trust, permissions and audiences",
    first: "apply",
    reports: ["production trust-widening-applied"],
    given: async (account) => {
      await inSync(
        account,
        guideWith({
          circleci: { organizationId: organization, audiences: ["deploy"] },
          trust: { projects: [shopMain, { id: wiki }] },
          deploy: { ecr: ["demo-backend"], appRunner: ["demo-backend"] },
          onWiden: "apply",
        }),
      );
      await account.put(
        guideWith({
          trust: { projects: [shopMainAndDev, { id: blog }] },
          deploy: {
            ecr: ["demo-backend"],
            amplify: [{ app: "demo-frontend", branches: ["main"] }],
          },
          role: { name: roleName, maxSessionSeconds: 7200 },
          policy: { readOutputs: true },
          onWiden: "apply",
        }),
      );
    },
  },
  {
    start: "an edit to one audience more, thumbprints and no boundary",
    first: "apply",
    reports: ["production trust-widening-applied", "production permissions-widening-applied"],
    given: async (account) => {
      const boundary = { PolicyName: "ci-boundary", PolicyDocument: everything };
      await account.iam.send(new CreatePolicyCommand(boundary));
      const bounded = { name: roleName, permissionsBoundary: boundaryArn };
      await inSync(account, guideWith({ role: bounded, onWiden: "apply" }));
      const audiences = ["deploy"];
      const circleci = { organizationId: organization, audiences, thumbprints: [pinned] };
      await account.put(guideWith({ circleci, onWiden: "apply" }));
    },
  },
  {
    start: "an edit for which IAM has no room",
    first: "apply",
    reports: [],
    given: async (account) => {
      await inSync(account);
      const projects = Array.from({ length: 12 }, (_, index) => ({
        id: `${shopMain.id.slice(0, -2)}${10 + index}`,
        origin: `github.com/acme/a-repository-with-a-rather-long-name-${index}`,
      }));
      await account.put(guideFor(...projects));
    },
  },
  {
    start: "an edit that is held",
    first: "apply",
    reports: ["production trust-widening-held"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideFor(shopMainAndDev));
    },
  },
  {
    start: "an edit that was held, and is approved",
    first: "apply",
    reports: ["production trust-widening-applied"],
    given: async (account) => {
      await inSync(account);
      const version = await account.put(guideFor(shopMainAndDev));
      await account.run();
      await account.approve(version);
    },
  },
  {
    start: "an edit of a policy that has five versions",
    first: "apply",
    reports: ["production permissions-widening-applied"],
    given: async (account) => {
      const last = { ecr: ["demo-backend"], amplify: ["demo-frontend"] };
      for (const document of versionsUpTo(last)) await inSync(account, document);
      await account.put(guideWith({ onWiden: "apply" }));
    },
  },
  {
    start: "a project whose time is over",
    first: "apply",
    reports: [],
    given: async (account) => {
      const until = new Date(account.sandbox.clock.now().getTime() + 3_600_000).toISOString();
      await inSync(account, guideFor(shopMain, { id: blog, until }));
      account.wait(2 * 3_600_000);
    },
  },
  {
    start: "an edit of the mode to observe, and a door that stays open",
    first: "apply",
    reports: ["production mode-changed", "production trust-widened"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideWith({ mode: "observe" }));
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }),
      );
    },
  },
  {
    start: "an edit of the mode to enforce, with a door that was open meanwhile",
    first: "apply",
    reports: ["production mode-changed"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideWith({ mode: "observe" }));
      await account.run();
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await account.iam.send(new PutRolePolicyCommand(inline));
      await account.run();
      await account.put(guide);
    },
  },
];

const leaving: readonly Start[] = [
  {
    start: "new names for role and policy, the old ones to be removed",
    first: "apply",
    reports: ["production orphaned"],
    given: async (account) => {
      await inSync(account, guideWith({ onRemove: "delete", onWiden: "apply" }));
      await account.put(guideAs("Renamed", { onRemove: "delete", onWiden: "apply" }));
    },
  },
  {
    start: "new names, the old role retained",
    first: "apply",
    reports: ["production orphaned"],
    given: async (account) => {
      await inSync(account);
      await account.put(guideAs("Renamed"));
    },
  },
  {
    start: "a new name for the role alone, and one for the policy of another environment",
    first: "apply",
    reports: ["production orphaned", "staging orphaned"],
    given: async (account) => {
      const gone = { onRemove: "delete", onWiden: "apply" } as const;
      await account.put(guideWith(gone));
      await account.put(guideAs("staging", gone), "staging");
      await account.run();
      await account.put(guideWith({ ...gone, role: { name: "CircleCI-Renamed-Role" } }));
      const policy = { name: "CircleCI-Renamed-Policy" };
      await account.put(guideAs("staging", { ...gone, policy }), "staging");
    },
  },
  {
    start: "a removed document, everything of which is to go, outputs too",
    first: "apply",
    reports: ["production orphaned"],
    given: async (account) => {
      await inSync(account, guideWith({ onRemove: "delete", policy: { readOutputs: true } }));
      await account.remove();
    },
  },
  {
    start: "a removed document, everything of which stays",
    first: "apply",
    reports: ["production orphaned"],
    given: async (account) => {
      await inSync(account);
      await account.remove();
    },
  },
];

/** A name of a boundary that no account has: what names it stays degraded. */
const mistyped = "arn:aws:iam::123456789012:policy/ci-boundry";

const sharing: readonly Start[] = [
  {
    start: "two environments of one provider with a door open in each",
    first: "apply",
    reports: ["production trust-widened", "staging permissions-widened"],
    given: async (account) => {
      await account.put(guide);
      await account.put(guideAs("staging"), "staging");
      await account.run();
      const { iam } = account;
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
      const inline = { RoleName: "CircleCI-staging-Role", PolicyName: "debug" };
      await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: everything }));
    },
  },
  {
    start: "three environments of one provider: one drifted, one fails, one goes",
    first: "apply",
    reports: ["production audience-widened", "staging reconcile-failed", "third orphaned"],
    given: async (account) => {
      const audiences = (name: string) => ({ organizationId: organization, audiences: [name] });
      await account.put(guideWith({ circleci: audiences("one") }));
      const staging = guideAs("staging", { circleci: audiences("two"), onWiden: "apply" });
      await account.put(staging, "staging");
      const third = guideAs("third", { circleci: audiences("three"), onRemove: "delete" });
      await account.put(third, "third");
      await account.run();
      await addAudience(account);
      const bounded = { ...staging.role, permissionsBoundary: mistyped };
      await account.put({ ...staging, role: bounded }, "staging");
      await account.remove("third");
    },
  },
];

export const starts: readonly Start[] = [
  ...creation,
  ...drifts,
  ...edits,
  ...leaving,
  ...sharing,
  ...targetStarts,
];

async function addAudience({ iam }: SweptAccount): Promise<void> {
  const added = { OpenIDConnectProviderArn: providerArn, ClientID: "sts.amazonaws.com" };
  await iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
}

async function makeByHand({ iam }: SweptAccount): Promise<void> {
  const Url = `https://oidc.circleci.com/org/${organization}`;
  const ClientIDList = [organization, "sts.amazonaws.com"];
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList }));
  const sub = { [`oidc.circleci.com/org/${organization}:sub`]: `org/${organization}/project/*` };
  const Statement = {
    Effect: "Allow",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringLike: sub },
  };
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [Statement],
  });
  await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument }));
  const made = { PolicyName: policyName, PolicyDocument: everything };
  await iam.send(new CreatePolicyCommand(made));
  await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
}

/** A run that an event wakes in a new process: it notes what it will close while it still reads. */
export const eventStarts: readonly Start[] = [
  {
    start: "a trust policy, by its event",
    first: "apply",
    reports: ["production trust-widened"],
    wokenBy: "UpdateAssumeRolePolicy",
    given: async (account) => {
      await inSync(account);
      await startTrail(account);
      account.wait(10 * 60_000);
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }),
      );
    },
  },
  {
    start: "an attached policy, by its event",
    first: "apply",
    reports: ["production permissions-widened"],
    wokenBy: "AttachRolePolicy",
    given: async (account) => {
      await inSync(account);
      await startTrail(account);
      account.wait(10 * 60_000);
      await account.iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: readOnlyArn }));
    },
  },
];
