import { ListAppsCommand } from "@aws-sdk/client-amplify";
import { ListServicesCommand } from "@aws-sdk/client-apprunner";
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { ListOpenIDConnectProvidersCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { line } from "../../shared/report/layout.ts";
import { conditionLines, outputLines, planLines } from "../../shared/report/render.ts";
import type { Act } from "../act.ts";
import { approve, checkFirstHeld } from "../approval.ts";
import { check } from "../check.ts";
import { runAs } from "../command.ts";
import { documentWith, environment, parameter } from "../documents.ts";
import { callsDuring, iamWrites, productionIn, scheduledRun } from "../stage.ts";

export const account: Act = {
  title: "An account without access for CircleCI",
  async play({ admin, sandbox }, page) {
    page.say(
      `AWS account ${sandbox.account} is simulated in this process. The unchanged AWS SDK talks to it at ${sandbox.endpoint}. It has three things to deploy to:`,
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
    page.say("In IAM, nothing gives CircleCI access yet:");
    const circleci = (roles.Roles ?? []).filter(({ RoleName = "" }) => /circleci/i.test(RoleName));
    const hasNoProvider = providers.OpenIDConnectProviderList?.length === 0;
    check(page, "there is no OIDC provider", hasNoProvider, providers);
    check(page, "there is no role for CircleCI", circleci.length === 0, circleci);
  },
};

/** The document of the first version: one project, one repository, one branch. */
export const firstDocument = documentWith({ refs: ["refs/heads/main"] });

export const document: Act = {
  title: "Erin writes down who may deploy",
  async play(stage, page) {
    const { editor } = stage.people;
    page.say(
      "One SSM parameter holds one document. It names the jobs that may assume the role and what they may deploy to. Erin writes no ARN, no policy and no key.",
    );
    page.command(editor.name, `aws ssm put-parameter --name ${parameter}`);
    page.quote(firstDocument);
    const version = await stage.put(editor, firstDocument);
    check(page, "Parameter Store keeps it as version 1", version === 1, version);
  },
};

export const firstHeld: Act = {
  title: "Even the first version waits for approval",
  async play(stage, page) {
    page.say(
      "Parameter Store sends an event to a queue, and Lambda gives it to the function. Until now no job could deploy here, so the document adds access. The function holds it, sends an alert and creates nothing:",
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.run);
    checkFirstHeld(page, result);
    const writes = iamWrites(calls);
    check(page, "it makes 0 writes in IAM", writes.length === 0, writes);
    page.say(
      "Sasha, on the security team, reads what the version would admit and grant, and approves exactly that version:",
    );
    await approve(stage, page, stage.people.approver, 1);
  },
};

export const creation: Act = {
  title: "After approval, one run creates everything",
  async play(stage, page) {
    page.say(
      "The label starts the next run. The function finds the ARNs of the names in the document, reads IAM and creates what is missing. It creates the policy before the role and attaches it last, so no job can do anything before all of it is in place:",
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.run);
    const { outcome, changes, outputs } = productionIn(result);
    page.show(planLines(changes));
    const isByParameter = result.trigger === "parameter";
    check(page, "the parameter started the run", isByParameter, result.trigger);
    check(
      page,
      "the run created the provider, the policy and the role, and attached the policy",
      outcome === "reconciled",
      result,
    );
    const writes = iamWrites(calls);
    const isAttachedLast = writes.length === 4 && writes.at(-1) === "AttachRolePolicy";
    check(page, "it made four writes, the attachment last", isAttachedLast, writes);
    page.say("Set these environment variables in the CircleCI project:");
    page.show(outputLines(outputs));
    page.say(
      "One command writes the .circleci/config.yml that uses them: a job for each deploy target, and a workflow that runs on exactly the refs that the trust admits. It ends so:",
    );
    const config = await runAs(stage, page, stage.people.developer, {
      args: ["circleci", "config", environment],
    });
    page.quote(config.rows.slice(config.rows.indexOf("workflows:")).join("\n"));
    const isWhole = config.code === 0 && config.rows.includes("workflows:");
    check(page, `the command ends with 0, with ${config.rows.length} lines`, isWhole, config);
  },
};

export const inSync: Act = {
  title: "The next run has nothing to do",
  async play(stage, page) {
    page.say(
      "The schedule starts the function. It compares policies by what they allow, not by their text, so it does not rewrite what is already right:",
    );
    const { writes, count, outcome, conditions } = await scheduledRun(stage);
    page.show(conditionLines({ conditions, errors: [] }));
    check(page, "the account is in sync", outcome === "in-sync", outcome);
    check(page, "the run makes 0 writes in IAM", writes.length === 0, writes);
    check(page, `it makes ${count} AWS calls with the heartbeat (at most 15)`, count <= 15, count);
  },
};
