import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { line } from "../../shared/report/layout.ts";
import { planLines, wideningLines } from "../../shared/report/render.ts";
import { type Act, told } from "../act.ts";
import { organizationId } from "../documents.ts";
import { callsDuring, iamWrites, productionIn, type Stage } from "../stage.ts";
import { scheduledRun } from "./creation.ts";

export const roleName = "CircleCI-OIDC-Role";

/** The guide's own trust policy before its optional restriction: the audience, and nothing else. */
function audienceOnly(account: string): string {
  const provider = `oidc.circleci.com/org/${organizationId}`;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${provider}:aud`]: organizationId } },
      },
    ],
  });
}

const debugPolicy = {
  Version: "2012-10-17",
  Statement: [{ Sid: "Debug", Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
};

export const drift: Act = {
  title: "Somebody opens the door for a minute",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "A build of another project has to get in, quickly. The trust policy loses its conditions, as in the guide before its optional step, and the role gains an inline policy.",
    );
    page.deed(engineer.name, `aws iam update-assume-role-policy --role-name ${roleName} …`);
    await engineer.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: roleName,
        PolicyDocument: audienceOnly(stage.sandbox.account),
      }),
    );
    page.deed(engineer.name, `aws iam put-role-policy --role-name ${roleName} …`);
    await engineer.iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: "debug",
        PolicyDocument: JSON.stringify(debugPolicy),
      }),
    );
    const waiting = stage.deployed.queue.count();
    told(page, "CloudTrail's records of both calls lie in the queue", waiting === 2, waiting);
    page.say("One run takes both, says who could now get in, and closes before all else:");
    const { result, calls } = await callsDuring(stage, stage.deployed.work);
    const { widenings, changes } = productionIn(result);
    page.show([...widenings.flatMap(wideningLines), line(""), ...planLines(changes)]);
    const writes = iamWrites(calls).join(", ");
    told(
      page,
      "both are reverted, in two writes: first the inline policy, then the trust policy",
      writes === "DeleteRolePolicy, UpdateAssumeRolePolicy",
      writes,
    );
    told(
      page,
      `the records name who did it: ${engineer.arn}`,
      widenings.length === 2 && widenings.every(({ actor }) => actor === engineer.arn),
      widenings,
    );
    told(
      page,
      "each with an example request that proves it",
      widenings.every(({ admitted }) => admitted !== null),
      widenings,
    );
    const after = await scheduledRun(stage);
    told(page, "the run after it finds nothing to do", after.outcome === "in-sync", after);
  },
};

export const newService: Act = {
  title: "The App Runner service is made anew",
  async play(stage, page) {
    page.say(
      "An App Runner ARN ends in an id, another one each time. A policy written by hand would now point at a service that is gone, and the pipeline would fail.",
    );
    const { seeded } = stage;
    page.deed("admin", "aws apprunner delete-service …; aws apprunner create-service …");
    const serviceArn = await makeServiceAnew(stage);
    const report = await stage.deployed.work();
    const { changes, outputs, widenings } = productionIn(report);
    page.show(planLines(changes.slice(0, 1)));
    told(page, "App Runner's own events woke the run", report.trigger === "target", report.trigger);
    told(
      page,
      "the policy follows with a new version; what AWS renamed is no widening",
      changes[0]?.action === "update" && widenings.length === 0,
      changes,
    );
    told(
      page,
      "the old version is deleted: nobody makes it the default again",
      changes.length === 2 && changes[1]?.action === "delete",
      changes,
    );
    told(
      page,
      "so does the output for CircleCI",
      outputs["AWS_APP_RUNNER_SERVICE_ARN"] === serviceArn && serviceArn !== seeded.serviceArn,
      outputs,
    );
  },
};

async function makeServiceAnew({ admin, seeded }: Stage): Promise<string> {
  await admin.appRunner.send(new DeleteServiceCommand({ ServiceArn: seeded.serviceArn }));
  const made = await admin.appRunner.send(
    new CreateServiceCommand({
      ServiceName: seeded.serviceName,
      SourceConfiguration: {
        ImageRepository: {
          ImageIdentifier: `${seeded.repositoryUri}:latest`,
          ImageRepositoryType: "ECR",
        },
      },
    }),
  );
  return made.Service?.ServiceArn ?? "";
}
