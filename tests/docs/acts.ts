import {
  CloudTrailClient,
  CreateTrailCommand,
  LookupEventsCommand,
  type LookupEventsCommandInput,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { LabelParameterVersionCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientOptions } from "../../sandbox/seed.ts";
import { guide, organization, shop as shopId, textOf } from "../scenarios/documents.ts";
import { setUpByHand } from "./hand-made.ts";
import { tryToLogIn } from "./jobs.ts";
import { deployLoop, removeLoop } from "./loop.ts";
import { sessionOf } from "./persons.ts";
import type { Stage } from "./stage.ts";

const provider = `oidc-provider/oidc.circleci.com/org/${organization}`;

const attempts = {
  LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "AssumeRoleWithWebIdentity" }],
} satisfies LookupEventsCommandInput;

/** Something that happens off the page. */
export type Act = (stage: Stage) => Promise<void>;

/** What pages may say after `act:`. */
export const acts: Readonly<Record<string, Act>> = {
  "deploy the stack": async (stage) => {
    stage.loop = await deployLoop(stage.sandbox);
    await stage.loop();
  },
  "remove the stack": async (stage) => {
    stage.loop = null;
    await removeLoop(stage.sandbox);
  },
  "a trail logs": async ({ sandbox }) => {
    const trail = new CloudTrailClient(clientOptions(sandbox));
    const Name = "management-events";
    await trail.send(
      new CreateTrailCommand({ Name, S3BucketName: "acme-trail", IsMultiRegionTrail: true }),
    );
    await trail.send(new StartLoggingCommand({ Name }));
    trail.destroy();
  },
  "production is applied": async (stage) => {
    const ssm = new SSMClient(clientOptions(stage.sandbox));
    const Name = "/oidc-reconciler/environments/production";
    await ssm.send(new PutParameterCommand({ Name, Value: textOf(guide), Type: "String" }));
    await stage.loop?.();
    ssm.destroy();
    await approveFirst(stage, Name);
  },
  "an edit of what is applied waits": async (stage) => {
    const Name = "/oidc-reconciler/environments/production";
    const editor = await sessionOf(stage.sandbox, "editor");
    const ssm = new SSMClient({
      ...clientOptions(stage.sandbox),
      credentials: {
        accessKeyId: editor["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: editor["AWS_SECRET_ACCESS_KEY"] ?? "",
        sessionToken: editor["AWS_SESSION_TOKEN"] ?? "",
      },
    });
    const put = async (Value: string) => {
      await ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
      await stage.loop?.();
    };
    await put(shop("refs/heads/main"));
    await approveFirst(stage, Name);
    await put(shop("refs/heads/main, refs/heads/release/*"));
    ssm.destroy();
  },
  "roles for ECS": async ({ sandbox }) => {
    for (const [name, principal] of [
      ["ecsTaskExecutionRole", "ecs-tasks.amazonaws.com"],
      ["ecsInfrastructureRoleForExpressServices", "ecs.amazonaws.com"],
    ] as const) {
      sandbox.createRole({ name, trust: trustOfService(principal) });
    }
  },
  "the pipeline also deploys to ECS": async (stage) => {
    stage.pipeline.add("ECS Express");
  },
  "the pipeline no longer deploys to App Runner": async (stage) => {
    stage.pipeline.delete("App Runner");
  },
  "the guide's set-up, made by hand": setUpByHand,
  "a job of hotfix is refused": async (stage) => {
    await tryToLogIn(stage, "refs/heads/hotfix");
    const trail = new CloudTrailClient(clientOptions(stage.sandbox));
    const { Events } = await trail.send(new LookupEventsCommand(attempts));
    stage.files.set("events.json", JSON.stringify({ Events }));
    trail.destroy();
  },
  "two hours pass": ({ pass }) => pass(2 * 3_600_000),
  "Terraform's tags are on it": async ({ sandbox }) => {
    const arns = ["role/CircleCI-OIDC-Role", "policy/CircleCI-Deployment-Policy", provider];
    for (const arn of arns) {
      sandbox.setTags(`arn:aws:iam::${sandbox.account}:${arn}`, { "managed-by": "terraform" });
    }
  },
  "jobs of main and hotfix deploy": async (stage) => {
    for (const ref of ["refs/heads/main", "refs/heads/main", "refs/heads/hotfix"]) {
      await tryToLogIn(stage, ref);
      stage.sandbox.clock.advance(60_000);
    }
    stage.refs.add("refs/heads/hotfix");
  },
  "a project in CircleCI": async ({ sandbox }) => {
    sandbox.circleci.createProject({
      id: shopId,
      slug: "gh/acme/shop",
      organizationId: organization,
    });
  },
  "the schedule runs": async (stage) => {
    stage.sandbox.clock.advance(15 * 60_000);
    await stage.loop?.();
  },
};

/** Approves version 1, and runs the loop. */
async function approveFirst({ sandbox, loop }: Stage, Name: string): Promise<void> {
  const ssm = new SSMClient(clientOptions(sandbox));
  const Labels = ["approved"];
  await ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 1, Labels }));
  await loop?.();
  ssm.destroy();
}

/** A document as people write it. */
const shop = (refs: string) => `circleci:
  organizationId: 11111111-2222-4333-8444-555555555555
trust:
  projects:
    - id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee
      origin: github.com/acme/shop
      refs: [${refs}]
deploy:
  ecr: [demo-backend]
`;

function trustOfService(service: string): object {
  const statement = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  return { Version: "2012-10-17", Statement: [statement] };
}
