import {
  CreateServiceCommand,
  DeleteServiceCommand,
  ListServicesCommand,
} from "@aws-sdk/client-apprunner";
import {
  CreateClusterCommand,
  CreateServiceCommand as CreateEcsServiceCommand,
  CreateExpressGatewayServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { anybody } from "../invariants/policies.ts";
import { demoBackend } from "../model/ground.ts";
import { guideAs, guideWith, type Written } from "../scenarios/documents.ts";
import type { SweptAccount } from "./account.ts";
import type { Start } from "./start.ts";

const roleOf = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-backend:1";

/** The App Runner service of the guide, with a role of its own and one that fetches its image. */
const withRoles = {
  ...demoBackend,
  InstanceConfiguration: { InstanceRoleArn: roleOf("instance") },
  SourceConfiguration: {
    ...demoBackend.SourceConfiguration,
    AuthenticationConfiguration: { AccessRoleArn: roleOf("access") },
  },
} as const;

type Deploy = NonNullable<Written["deploy"]>;

/** Documents that give the policy a version each, five with the last one. */
export function versionsUpTo(last: Deploy): readonly Written[] {
  const deploys: readonly Deploy[] = [
    { ecr: ["demo-backend"] },
    { appRunner: ["demo-backend"] },
    { ecr: ["demo-backend"], appRunner: ["demo-backend"] },
    { amplify: ["demo-frontend"] },
    last,
  ];
  return deploys.map((deploy) => guideWith({ deploy, onWiden: "apply" }));
}

const everyTarget: Deploy = {
  ecr: ["demo-backend"],
  appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }],
  ecsExpress: ["express"],
  ecs: ["shop/web"],
  lambda: ["worker"],
  amplify: [{ app: "demo-frontend", branches: ["main"] }],
};

/** Makes a target of each kind, with roles that jobs pass to them. */
async function makeTargets(account: SweptAccount): Promise<void> {
  const { ecs, lambda } = account;
  await recreate(account);
  await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      executionRoleArn: roleOf("exec"),
      taskRoleArn: roleOf("task"),
      containerDefinitions: [{ name: "app", image }],
    }),
  );
  const web = { cluster: "shop", serviceName: "web", taskDefinition: "web" };
  await ecs.send(new CreateEcsServiceCommand(web));
  await ecs.send(
    new CreateExpressGatewayServiceCommand({
      serviceName: "express",
      executionRoleArn: roleOf("express-exec"),
      infrastructureRoleArn: roleOf("infrastructure"),
      taskRoleArn: roleOf("express-task"),
      primaryContainer: { image },
    }),
  );
  const worker = { FunctionName: "worker", Role: roleOf("worker"), PackageType: "Image" } as const;
  await lambda.send(new CreateFunctionCommand({ ...worker, Code: { ImageUri: image } }));
}

/** Makes the App Runner service again: its ARN is another one. */
async function recreate({ appRunner }: SweptAccount): Promise<void> {
  const services = await appRunner.send(new ListServicesCommand({}));
  const [{ ServiceArn } = {}] = services.ServiceSummaryList ?? [];
  await appRunner.send(new DeleteServiceCommand({ ServiceArn }));
  await appRunner.send(new CreateServiceCommand(withRoles));
}

export const targetStarts: readonly Start[] = [
  {
    start: "a first document with every kind of deploy target",
    first: "apply",
    reports: ["production trust-widening-applied"],
    given: async (account) => {
      await makeTargets(account);
      await account.put(guideWith({ deploy: everyTarget }));
    },
  },
  {
    start: "every kind of deploy target in sync, and a door open in another environment",
    first: "apply",
    reports: ["staging trust-widened"],
    given: async (account) => {
      await makeTargets(account);
      await account.put(guideWith({ deploy: everyTarget }));
      await account.put(guideAs("staging", { deploy: { ecr: ["demo-backend"] } }), "staging");
      await account.run();
      const RoleName = "CircleCI-staging-Role";
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: anybody }),
      );
    },
  },
  {
    start: "a re-created App Runner service, and a policy that has five versions",
    first: "apply",
    reports: ["production drift-corrected"],
    given: async (account) => {
      const last = {
        ecr: ["demo-backend"],
        appRunner: ["demo-backend"],
        amplify: ["demo-frontend"],
      };
      for (const document of versionsUpTo(last)) {
        await account.put(document);
        await account.run();
      }
      await recreate(account);
    },
  },
];
