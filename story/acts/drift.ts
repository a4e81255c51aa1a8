import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { line } from "../../shared/report/layout.ts";
import { planLines, wideningLines } from "../../shared/report/render.ts";
import type { Act } from "../act.ts";
import { check } from "../check.ts";
import { organizationId, roleName } from "../documents.ts";
import { callsDuring, iamWrites, productionIn, type Stage, scheduledRun } from "../stage.ts";

/** A trust policy that only checks the audience, as when the role was set up by hand. */
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
  title: "Mo opens the role by hand",
  async play(stage, page) {
    const { engineer } = stage.people;
    page.say(
      "Mo wants a build of another project to deploy, right now. Mo removes the conditions on project and branch from the trust policy, so that it only checks the audience, and adds an inline policy to the role:",
    );
    page.command(engineer.name, `aws iam update-assume-role-policy --role-name ${roleName} …`);
    await engineer.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: roleName,
        PolicyDocument: audienceOnly(stage.sandbox.account),
      }),
    );
    page.command(engineer.name, `aws iam put-role-policy --role-name ${roleName} …`);
    await engineer.iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: "debug",
        PolicyDocument: JSON.stringify(debugPolicy),
      }),
    );
    const waiting = stage.deployed.queue.count();
    check(page, "the queue has CloudTrail's records of both calls", waiting === 2, waiting);
    page.say(
      "One run handles both. It reports who could now assume the role and what the role could do, and it removes the access before it does anything else:",
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.run);
    const { widenings, changes } = productionIn(result);
    page.show([...widenings.flatMap(wideningLines), line(""), ...planLines(changes)]);
    const writes = iamWrites(calls).join(", ");
    check(
      page,
      "the run reverts both in two writes: first the inline policy, then the trust policy",
      writes === "DeleteRolePolicy, UpdateAssumeRolePolicy",
      writes,
    );
    check(
      page,
      `the report names who did it: ${engineer.arn}`,
      widenings.length === 2 && widenings.every(({ actor }) => actor === engineer.arn),
      widenings,
    );
    check(
      page,
      "for each, the report has an example request that proves it",
      widenings.every(({ admitted }) => admitted !== null),
      widenings,
    );
    const after = await scheduledRun(stage);
    check(page, "the next run finds nothing to do", after.outcome === "in-sync", after);
  },
};

export const newService: Act = {
  title: "The App Runner service is re-created",
  async play(stage, page) {
    page.say(
      "The ARN of an App Runner service ends in an ID that is new each time. A policy written by hand would now name a service that no longer exists, and the pipeline would fail.",
    );
    const { seeded } = stage;
    page.command("admin", "aws apprunner delete-service …; aws apprunner create-service …");
    const serviceArn = await recreateService(stage);
    const report = await stage.deployed.run();
    const { changes, outputs, widenings } = productionIn(report);
    page.show(planLines(changes.slice(0, 1)));
    const isByTarget = report.trigger === "target";
    check(page, "App Runner's own event started the run", isByTarget, report.trigger);
    check(
      page,
      "the policy gets a new version with the new ARN; this is not a widening",
      changes[0]?.action === "update" && widenings.length === 0,
      changes,
    );
    check(
      page,
      "the run deletes the old version, so nobody can make it the default again",
      changes.length === 2 && changes[1]?.action === "delete",
      changes,
    );
    check(
      page,
      "the output for CircleCI has the new ARN too",
      outputs["AWS_APP_RUNNER_SERVICE_ARN"] === serviceArn && serviceArn !== seeded.serviceArn,
      outputs,
    );
  },
};

async function recreateService({ admin, seeded }: Stage): Promise<string> {
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
