import { AmplifyClient, CreateAppCommand, CreateBranchCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, CreateServiceCommand } from "@aws-sdk/client-apprunner";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { Sandbox } from "./index.ts";

/**
 * What the account has after `seed`: an example of each common deploy target, and nothing in IAM.
 */
export type Seeded = {
  readonly repository: string;
  readonly repositoryUri: string;
  readonly serviceName: string;
  readonly serviceArn: string;
  readonly appName: string;
  readonly appId: string;
  readonly branch: string;
};

/** Creates an ECR repository, an App Runner service and an Amplify app through the API. */
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
  return {
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
