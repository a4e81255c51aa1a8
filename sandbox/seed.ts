import { AmplifyClient, CreateAppCommand, CreateBranchCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, CreateServiceCommand } from "@aws-sdk/client-apprunner";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { Sandbox } from "./index.ts";

/** The ids of the documents' examples. */
const organizationId = "11111111-2222-4333-8444-555555555555";
const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const contextId = "cccccccc-dddd-4eee-8fff-000000000000";

/**
 * What the account has after `seed`: an example of each common deploy target, and nothing in IAM. And
 * what CircleCI has: a project and a context.
 */
export type Seeded = {
  readonly repository: string;
  readonly repositoryUri: string;
  readonly serviceName: string;
  readonly serviceArn: string;
  readonly appName: string;
  readonly appId: string;
  readonly branch: string;
  /** The slug of CircleCI's project. */
  readonly project: string;
  /** The id of CircleCI's context. */
  readonly context: string;
};

/**
 * Creates an ECR repository, an App Runner service and an Amplify app through the API, and a project
 * and a context of CircleCI.
 */
export async function seed(sandbox: Sandbox): Promise<Seeded> {
  const options = clientOptions(sandbox);
  const ecr = new ECRClient(options);
  const amplify = new AmplifyClient(options);
  const appRunner = new AppRunnerClient(options);
  const [{ repositoryUri }, { appId, branch }] = await Promise.all([
    seedRepository(ecr),
    seedApp(amplify),
  ]);
  const serviceArn = await seedService(appRunner, repositoryUri);
  for (const client of [ecr, amplify, appRunner]) client.destroy();
  const project = "gh/acme/shop";
  sandbox.circleci.createProject({ slug: project, id: projectId, organizationId });
  const named = { name: "deploy", id: contextId, organizationId };
  const context = sandbox.circleci.createContext(named);
  return {
    project,
    context,
    repository: "demo-backend",
    repositoryUri,
    serviceName: "demo-backend",
    serviceArn,
    appName: "demo-frontend",
    appId,
    branch,
  };
}

/** Options that point an SDK client at the sandbox as its administrator. */
export function clientOptions(sandbox: Sandbox) {
  return {
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    credentials: {
      accessKeyId: sandbox.environment["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: sandbox.environment["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  };
}

async function seedRepository(ecr: ECRClient): Promise<{ readonly repositoryUri: string }> {
  const made = await ecr.send(new CreateRepositoryCommand({ repositoryName: "demo-backend" }));
  return { repositoryUri: made.repository?.repositoryUri ?? "" };
}

async function seedService(appRunner: AppRunnerClient, repositoryUri: string): Promise<string> {
  const made = await appRunner.send(
    new CreateServiceCommand({
      ServiceName: "demo-backend",
      SourceConfiguration: {
        ImageRepository: {
          ImageIdentifier: `${repositoryUri}:latest`,
          ImageRepositoryType: "ECR",
        },
        AutoDeploymentsEnabled: false,
      },
    }),
  );
  return made.Service?.ServiceArn ?? "";
}

async function seedApp(
  amplify: AmplifyClient,
): Promise<{ readonly appId: string; readonly branch: string }> {
  const app = { name: "demo-frontend", repository: "https://github.com/acme/shop" };
  const made = await amplify.send(new CreateAppCommand(app));
  const appId = made.app?.appId ?? "";
  await amplify.send(new CreateBranchCommand({ appId, branchName: "main" }));
  return { appId, branch: "main" };
}
