import { ListAppsCommand } from "@aws-sdk/client-amplify";
import { ListServicesCommand } from "@aws-sdk/client-apprunner";
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { ListOpenIDConnectProvidersCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { line } from "../../shared/report/layout.ts";
import { conditionLines, outputLines, planLines } from "../../shared/report/render.ts";
import { type Act, told } from "../act.ts";
import { documentWith, parameter } from "../documents.ts";
import { callsDuring, iamWrites, productionIn, type Stage } from "../stage.ts";
import { checkFirstHeld, label } from "./guarded.ts";

export const account: Act = {
  title: "An account as the guide leaves it",
  async play({ admin, sandbox }, page) {
    page.say(
      `AWS account ${sandbox.account}, held in this process behind a real socket: the unchanged AWS SDK talks to it at ${sandbox.endpoint}. There is something to deploy to, and nothing in IAM that lets CircleCI in.`,
    );
    const [ecr, services, apps, providers, roles] = await Promise.all([
      admin.ecr.send(new DescribeRepositoriesCommand({})),
      admin.appRunner.send(new ListServicesCommand({})),
      admin.amplify.send(new ListAppsCommand({})),
      admin.iam.send(new ListOpenIDConnectProvidersCommand({})),
      admin.iam.send(new ListRolesCommand({})),
    ]);
    page.show([
      ...(ecr.repositories ?? []).map(({ repositoryArn = "" }) => line(repositoryArn)),
      ...(services.ServiceSummaryList ?? []).map(({ ServiceArn = "" }) => line(ServiceArn)),
      ...(apps.apps ?? []).map(({ appArn = "" }) => line(appArn)),
    ]);
    const circleci = (roles.Roles ?? []).filter(({ RoleName = "" }) => /circleci/i.test(RoleName));
    told(page, "no OIDC provider", providers.OpenIDConnectProviderList?.length === 0, providers);
    told(page, "no role for CircleCI", circleci.length === 0, circleci);
  },
};

/** The document of the first version: one project, one repository, one branch. */
export const firstDocument = documentWith({ refs: ["refs/heads/main"] });

export const document: Act = {
  title: "Somebody says what is wanted",
  async play(stage, page) {
    const { editor } = stage.people;
    page.say(
      "The whole of it is one document in one SSM parameter: whose jobs get in, and what they may deploy to, by name. No ARN, no policy, no key.",
    );
    page.deed(editor.name, `aws ssm put-parameter --name ${parameter}`);
    page.quote(firstDocument);
    const version = await stage.put(editor, firstDocument);
    told(page, "Parameter Store keeps it as version 1", version === 1, version);
  },
};

export const firstHeld: Act = {
  title: "Even the first document waits for a second person",
  async play(stage, page) {
    page.say(
      "Parameter Store's event lies in a queue, and Lambda hands it to the function. Until now nobody could deploy here, so all of it is new: it is held and told, and nothing is made.",
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.work);
    checkFirstHeld(page, result);
    const writes = iamWrites(calls);
    told(page, "0 writes in IAM", writes.length === 0, writes);
    const { approver } = stage.people;
    page.deed(approver.name, "aws ssm label-parameter-version … --labels approved");
    await label(approver, 1);
  },
};

export const creation: Act = {
  title: "Approved, it is made in one run",
  async play(stage, page) {
    page.say(
      "The label's event wakes the function. It finds the ARNs behind the names, looks at IAM, and makes what is missing: the policy before the role, and the attachment last, so that nobody gets in before all is as it should be.",
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.work);
    const { outcome, changes, outputs } = productionIn(result);
    page.show(planLines(changes));
    told(page, "the run is woken by the parameter", result.trigger === "parameter", result.trigger);
    told(page, "provider, policy, role and attachment are made", outcome === "reconciled", result);
    const writes = iamWrites(calls);
    told(page, "in four writes, the attachment last", writes.at(-1) === "AttachRolePolicy", writes);
    page.say("What the CircleCI project needs as environment variables (the guide's step 5):");
    page.show(outputLines(outputs));
  },
};

export const inSync: Act = {
  title: "The second run finds nothing to do",
  async play(stage, page) {
    page.say(
      "The schedule wakes the function. Policies are compared by what they mean, so nothing is rewritten that is right already.",
    );
    const { writes, count, outcome, conditions } = await scheduledRun(stage);
    page.show(conditionLines(conditions));
    told(page, "in sync", outcome === "in-sync", outcome);
    told(page, "0 writes in IAM", writes.length === 0, writes);
    told(page, `${count} AWS calls, the heartbeat among them (15 at most)`, count <= 15, count);
  },
};

/** A run by the schedule, in the few words that tell whether it had anything to do. */
export async function scheduledRun(stage: Stage) {
  await stage.deployed.queue.tick();
  const { result, calls } = await callsDuring(stage, stage.deployed.work);
  const { outcome, conditions } = productionIn(result);
  return { outcome, conditions, writes: iamWrites(calls), count: calls.length };
}
