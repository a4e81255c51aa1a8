import { CreateBranchCommand, DeleteBranchCommand } from "@aws-sdk/client-amplify";
import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateExpressGatewayServiceCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateRoleCommand,
  GetRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateFunctionCommand, DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { providerArn } from "../model/callers.ts";
import { type DriftName, drift } from "../model/drift.ts";
import { demoBackend, type Ground, type GroundTargets } from "../model/ground.ts";
import { boundaries } from "../model/targets.ts";
import { connect } from "../model/wire.ts";
import {
  guide,
  guideAs,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMainAndDev,
  textOf,
  type Written,
} from "../scenarios/documents.ts";

/** An account in which things happen to one of its environments, `production`. */
export type Stage = {
  readonly ground: Ground;
  readonly targets: GroundTargets;
  /** The newest event of a call, or of a detail type. */
  readonly event: (name: string) => unknown;
  /** A run over all environments, by the process that is measured next. */
  readonly run: () => Promise<unknown>;
};

/** Something that wakes a run. */
export type WakeKind = {
  readonly what: string;
  /** What was so before, and was brought into force. */
  readonly before?: (stage: Stage) => Promise<unknown>;
  readonly happens: (stage: Stage) => Promise<unknown>;
  /** The event by which it is known, by its name; or what comes in its place. */
  readonly event: string | ((stage: Stage) => unknown);
};

const edit = "Parameter Store Change";
const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;

/** The guide's environment with a deploy target of every kind. */
const everyTarget: Written = guideWith({
  deploy: {
    ecr: ["demo-backend"],
    appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }],
    ecsExpress: ["express"],
    ecs: ["shop/web"],
    lambda: ["demo-worker"],
    amplify: [{ app: "demo-frontend", branches: ["main"] }],
  },
});

const puts =
  (document: Written, name?: string) =>
  ({ ground }: Stage): Promise<number> =>
    ground.put(textOf(document), name);

/** What is in force once somebody has approved it. */
export const approved =
  (document: Written) =>
  async (stage: Stage): Promise<void> => {
    const version = await puts(document)(stage);
    await stage.run();
    await stage.ground.approve(version);
  };

/** Lets another account in, beside those who come in by right. */
export async function letAnotherIn({ ground: { iam } }: Stage): Promise<void> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
  const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "{}"));
  trust.Statement.push({
    Effect: "Allow",
    Principal: { AWS: "222222222222" },
    Action: "sts:AssumeRole",
  });
  const PolicyDocument = JSON.stringify(trust);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}

export const drifts =
  (...names: readonly DriftName[]) =>
  async ({ ground: { iam, sandbox } }: Stage): Promise<void> => {
    for (const name of names) {
      const place = { iam, role: roleName, policyArn, provider: providerArn(organization) };
      await drift(name, place, sandbox.clock.now());
    }
  };

const byDrift = (what: string, event: string, ...names: readonly DriftName[]): WakeKind => ({
  what,
  happens: drifts(...names),
  event,
});

const byEdit = (what: string, changes: Written): WakeKind => ({
  what,
  happens: puts(guideWith(changes)),
  event: edit,
});

const writes =
  (fact: string, Value: string) =>
  ({ ground: { ssm, prefix } }: Stage) =>
    ssm.send(
      new PutParameterCommand({ Name: `${prefix}/${fact}/production`, Value, Overwrite: true }),
    );

const ecsOf = ({ ground }: Stage) =>
  connect(new ECSClient({ region: "us-east-1" }), ground.sandbox);

const strangersTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
  ],
});

const inIam: readonly WakeKind[] = [
  { what: "a wider trust policy", happens: letAnotherIn, event: "UpdateAssumeRolePolicy" },
  byDrift("an attached policy", "AttachRolePolicy", "attaches ReadOnlyAccess"),
  byDrift("an inline policy", "PutRolePolicy", "adds an inline policy that reads a bucket"),
  byDrift(
    "a policy version that grants more",
    "CreatePolicyVersion",
    "makes a policy version that allows everything",
  ),
  byDrift("a narrower trust policy", "UpdateAssumeRolePolicy", "lets nobody in"),
  byDrift("the deploy policy detached", "DetachRolePolicy", "detaches the policy"),
  byDrift("the deploy policy deleted", "DeletePolicy", "deletes the policy"),
  byDrift("the role deleted", "DeleteRole", "deletes the role"),
  byDrift("a foreign tag on the role", "TagRole", "tags the role"),
  byDrift("our tags taken off the role", "UntagRole", "takes all tags off the role"),
  byDrift("our tags taken off the policy", "UntagPolicy", "takes all tags off the policy"),
  byDrift("a permissions boundary put", "PutRolePermissionsBoundary", "sets the wide boundary"),
  {
    ...byDrift(
      "the permissions boundary deleted",
      "DeleteRolePermissionsBoundary",
      "removes the boundary",
    ),
    before: puts(guideWith({ role: { permissionsBoundary: boundaries.narrow } })),
  },
  byDrift("longer sessions", "UpdateRole", "makes sessions last twelve hours"),
  byDrift("an added audience", "AddClientIDToOpenIDConnectProvider", "adds an audience"),
  byDrift(
    "an audience taken off",
    "RemoveClientIDFromOpenIDConnectProvider",
    "removes an audience",
  ),
  byDrift(
    "our tags taken off the provider",
    "UntagOpenIDConnectProvider",
    "takes all tags off the provider",
  ),
  byDrift("the provider deleted", "DeleteOpenIDConnectProvider", "deletes the provider"),
  {
    what: "a role of somebody else's changed",
    happens: ({ ground }) =>
      ground.iam.send(
        new CreateRoleCommand({
          RoleName: "CircleCI-stranger",
          AssumeRolePolicyDocument: strangersTrust,
        }),
      ),
    event: "CreateRole",
  },
  {
    what: "three of these in one batch",
    happens: async (stage) => {
      await letAnotherIn(stage);
      await drifts("attaches ReadOnlyAccess", "makes sessions last twelve hours")(stage);
    },
    event: ({ event }) => ({
      Records: ["UpdateAssumeRolePolicy", "AttachRolePolicy", "UpdateRole"].map((name) => ({
        messageId: name,
        body: JSON.stringify(event(name)),
        eventSource: "aws:sqs",
      })),
    }),
  },
];

const editsOfDocuments: readonly WakeKind[] = [
  { what: "a first document", happens: puts(guideAs("second"), "second"), event: edit },
  byEdit("an edit that widens, held", { trust: { projects: [shopMainAndDev] } }),
  {
    what: "the same edit, approved",
    happens: approved(guideWith({ trust: { projects: [shopMainAndDev] } })),
    event: edit,
  },
  {
    what: "an edit that narrows",
    before: approved(guideWith({ trust: { projects: [shopMainAndDev] } })),
    happens: puts(guide),
    event: edit,
  },
  byEdit("an edit of the mode", { mode: "observe" }),
  byEdit("an edit that renames the role", { role: { name: "CircleCI-New-Role" } }),
  byEdit("an edit with a further audience, held", {
    circleci: { organizationId: organization, audiences: ["deploy"] },
  }),
  {
    what: "a document that does not parse",
    happens: ({ ground }) => ground.put("nonsense: ["),
    event: edit,
  },
  {
    what: "a document removed, `onRemove: retain`",
    happens: ({ ground }) => ground.remove(),
    event: edit,
  },
  {
    what: "a document removed, `onRemove: delete`",
    before: puts(guideWith({ onRemove: "delete" })),
    happens: ({ ground }) => ground.remove(),
    event: edit,
  },
];

const stateByHand: readonly WakeKind[] = [
  { what: "a status written by hand", happens: writes("status", "{}"), event: "PutParameter" },
  { what: "a record written by hand", happens: writes("applied", "{}"), event: "PutParameter" },
  {
    what: "a record deleted by hand",
    happens: ({ ground: { ssm, prefix } }) =>
      ssm.send(new DeleteParameterCommand({ Name: `${prefix}/applied/production` })),
    event: "DeleteParameter",
  },
];

const repositoryName = "demo-backend";

/** Brings it into force. */
export const everyTargetInForce = approved(everyTarget);

/** Of each kind of deploy target. */
export const deployTargets: readonly WakeKind[] = [
  {
    what: "an ECR repository made again",
    happens: async ({ ground: { ecr } }) => {
      await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    },
    event: "CreateRepository",
  },
  {
    what: "an App Runner service made again",
    happens: async ({ ground: { appRunner }, targets: { serviceArn } }) => {
      await appRunner.send(new DeleteServiceCommand({ ServiceArn: serviceArn }));
      await appRunner.send(new CreateServiceCommand(demoBackend));
    },
    event: "CreateService",
  },
  {
    what: "an ECS Express service updated",
    before: everyTargetInForce,
    happens: (stage) =>
      ecsOf(stage).send(
        new UpdateExpressGatewayServiceCommand({
          serviceArn: "arn:aws:ecs:us-east-1:123456789012:service/default/express",
          taskRoleArn: "arn:aws:iam::123456789012:role/task",
        }),
      ),
    event: "UpdateExpressGatewayService",
  },
  {
    what: "an ECS service moved to another task definition",
    before: everyTargetInForce,
    happens: async (stage) => {
      const ecs = ecsOf(stage);
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "web",
          executionRoleArn: "arn:aws:iam::123456789012:role/exec",
          containerDefinitions: [{ name: "app", image: "demo:2" }],
        }),
      );
      const moved = { cluster: "shop", service: "web", taskDefinition: "web" };
      await ecs.send(new UpdateServiceCommand(moved));
    },
    event: "UpdateService",
  },
  {
    what: "a Lambda function made again",
    before: everyTargetInForce,
    happens: async ({ ground: { lambda } }) => {
      await lambda.send(new DeleteFunctionCommand({ FunctionName: "demo-worker" }));
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: "demo-worker",
          Role: "arn:aws:iam::123456789012:role/exec",
          PackageType: "Image",
          Code: { ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1" },
        }),
      );
    },
    event: "CreateFunction20150331",
  },
  {
    what: "a branch of an Amplify app made again",
    happens: async ({ ground: { amplify }, targets: { appId } }) => {
      await amplify.send(new DeleteBranchCommand({ appId, branchName: "main" }));
      await amplify.send(new CreateBranchCommand({ appId, branchName: "main" }));
    },
    event: "CreateBranch",
  },
  {
    what: "an ECR repository that no document names",
    happens: ({ ground: { ecr } }) =>
      ecr.send(new CreateRepositoryCommand({ repositoryName: "stranger" })),
    event: "CreateRepository",
  },
];

const byHand: readonly WakeKind[] = [
  {
    what: "by hand, of one environment",
    happens: async () => {},
    event: () => ({ environments: ["production"] }),
  },
];

/** Everything that wakes a run beside the schedule, in the order of the page. */
export const wakeKinds: readonly WakeKind[] = [
  ...inIam,
  ...editsOfDocuments,
  ...stateByHand,
  ...deployTargets,
  ...byHand,
];
