import { AmplifyClient, StartJobCommand } from "@aws-sdk/client-amplify";
import {
  AppRunnerClient,
  ListServicesCommand,
  StartDeploymentCommand,
} from "@aws-sdk/client-apprunner";
import { BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient, UpdateExpressGatewayServiceCommand } from "@aws-sdk/client-ecs";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { clientOptions } from "../../sandbox/seed.ts";
import { organization, roleName, shop, somebody } from "../scenarios/documents.ts";
import type { Deployment, Stage, Variables } from "./stage.ts";

/** Where jobs run, and what they do. */
type Place = Pick<Stage, "sandbox" | "seeded" | "refs" | "pipeline">;

type Connection = Omit<ReturnType<typeof clientOptions>, "credentials"> & {
  readonly credentials: ReturnType<typeof clientOptions>["credentials"] & {
    readonly sessionToken?: string;
  };
};

const deployments: Readonly<
  Record<Deployment, (place: Pick<Place, "sandbox" | "seeded">, to: Connection) => Promise<unknown>>
> = {
  ECR: async ({ seeded }, to) =>
    new ECRClient(to).send(
      new BatchGetImageCommand({ repositoryName: seeded.repository, imageIds: [] }),
    ),
  "App Runner": async (stage, to) => {
    const admin = new AppRunnerClient(clientOptions(stage.sandbox));
    const { ServiceSummaryList } = await admin.send(new ListServicesCommand({}));
    const running = ServiceSummaryList?.find(({ Status }) => Status === "RUNNING");
    const deploy = new StartDeploymentCommand({ ServiceArn: running?.ServiceArn ?? "" });
    return new AppRunnerClient(to).send(deploy);
  },
  Amplify: async ({ seeded }, to) =>
    new AmplifyClient(to).send(
      new StartJobCommand({ appId: seeded.appId, branchName: seeded.branch, jobType: "RELEASE" }),
    ),
  "ECS Express": async ({ sandbox }, to) =>
    new ECSClient(to).send(
      new UpdateExpressGatewayServiceCommand({
        serviceArn: `arn:aws:ecs:${sandbox.region}:${sandbox.account}:service/default/demo-backend`,
        primaryContainer: { image: "demo-backend:2" },
      }),
    ),
};

/**
 * A job of each branch logs in with its token, as the aws-cli orb does, and makes the pipeline's
 * deployments.
 *
 * @returns what AWS refused: the login of a branch, or a deployment
 */
export async function refusedIn(stage: Place): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const ref of stage.refs) {
    const session = await login(stage, ref);
    const failed = session === null ? ["login"] : await refusedDeployments(stage, session);
    refused.push(...failed.map((what) => `${what} of ${ref}`));
  }
  return refused;
}

async function refusedDeployments(stage: Place, session: Connection): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const deployment of stage.pipeline) {
    const isRefused = await deployments[deployment](stage, session).then(
      () => false,
      (thrown: unknown) => thrown instanceof Error && thrown.name.startsWith("AccessDenied"),
    );
    if (isRefused) refused.push(deployment);
  }
  return refused;
}

/** The variables of a job of the main branch after its login. */
export async function jobSession(stage: Pick<Place, "sandbox">): Promise<Variables> {
  const session = await login(stage);
  if (session === null) throw new Error("the job cannot log in");
  const { accessKeyId, secretAccessKey, sessionToken = "" } = session.credentials;
  return {
    ...stage.sandbox.environment,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

/** A job of a branch logs in, and CloudTrail records how it went. */
export async function tryToLogIn(stage: Pick<Place, "sandbox">, ref: string): Promise<void> {
  await login(stage, ref);
}

async function login(
  { sandbox }: Pick<Place, "sandbox">,
  ref = "refs/heads/main",
): Promise<Connection | null> {
  const sts = new STSClient({ endpoint: sandbox.endpoint, region: sandbox.region });
  const WebIdentityToken = await sandbox.circleci.issueToken({
    organizationId: organization,
    projectId: shop,
    userId: somebody,
    origin: "github.com/acme/shop",
    ref,
  });
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: `arn:aws:iam::${sandbox.account}:role/${roleName}`,
        RoleSessionName: "test-login-production",
        WebIdentityToken,
      }),
    );
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    return { ...clientOptions(sandbox), credentials };
  } catch (thrown) {
    if (thrown instanceof Error && /AccessDenied|InvalidIdentityToken/.test(thrown.name))
      return null;
    throw thrown;
  } finally {
    sts.destroy();
  }
}
