import { GetParameterCommand, LabelParameterVersionCommand } from "@aws-sdk/client-ssm";
import { planLines, wideningLines } from "../../shared/report/render.ts";
import type { Report } from "../../shared/report/report.ts";
import { type Act, told } from "../act.ts";
import { documentWith, parameter } from "../documents.ts";
import { assume, jobClaims } from "../job.ts";
import type { Page } from "../page.ts";
import type { Person } from "../people.ts";
import { productionIn, type Stage } from "../stage.ts";
import { errorOf, refuse, roleArnOf } from "./jobs.ts";

const releaseRefs = ["refs/heads/main", "refs/heads/release/*"];

const releaseJob = jobClaims({ ref: "refs/heads/release/7" });

export const held: Act = {
  title: "An edit that would widen waits for a second person",
  async play(stage, page) {
    const { editor, approver } = stage.people;
    page.say(
      `Release branches are to deploy too. ${editor.name} may edit documents, and takes the guard off in the same edit (onWiden: apply). The guard that counts is that of the version in force, so this is held as well.`,
    );
    const greedy = await put(stage, editor, { onWiden: "apply" });
    page.deed(editor.name, `aws ssm put-parameter … (version ${greedy})`);
    const first = await stage.deployed.work();
    checkHeld(page, first, greedy);
    page.say("What the alert's readers get, by SNS and on the event bus:");
    showAlert(page, stage);
    await refuse(stage, page, {
      who: "a job of release/7, meanwhile",
      claims: releaseJob,
      why: "the trust policy is still that of version 1",
    });
    page.deed(editor.name, "aws ssm label-parameter-version … --labels approved");
    const denied = await errorOf(label(editor, greedy));
    told(
      page,
      "who edits may not approve: AccessDenied",
      denied.startsWith("AccessDenied"),
      denied,
    );
    page.say(
      `${approver.name} reads the alert and asks for the guard to stay. ${editor.name} puts the document again without that line, and ${approver.name} labels that very version.`,
    );
    const asked = await put(stage, editor, {});
    page.deed(editor.name, `aws ssm put-parameter … (version ${asked})`);
    checkHeld(page, await stage.deployed.work(), asked);
    page.deed(approver.name, `aws ssm label-parameter-version --parameter-version ${asked} …`);
    await label(approver, asked);
    checkApplied(page, await stage.deployed.work(), asked);
    await checkLabelGone(page, stage);
    await checkLetIn(page, stage, "the job of release/7 is let in");
  },
};

function put(
  stage: Stage,
  person: Person,
  guard: { readonly onWiden?: "hold" | "apply" },
): Promise<number> {
  return stage.put(person, documentWith({ refs: releaseRefs, ...guard }));
}

export function label({ ssm }: Person, version: number): Promise<unknown> {
  return ssm.send(
    new LabelParameterVersionCommand({
      Name: parameter,
      ParameterVersion: version,
      Labels: ["approved"],
    }),
  );
}

export function checkHeld(page: Page, report: Report, version: number): void {
  const { outcome, appliedVersion, changes, widenings } = productionIn(report);
  told(
    page,
    `version ${version} is held; version ${appliedVersion} stays in force, nothing is written`,
    outcome === "held" && changes.length === 0 && appliedVersion !== version,
    { outcome, changes },
  );
  const proven = widenings.some(
    ({ disposition, admitted }) => disposition === "held" && admitted !== null,
  );
  told(page, "with the request that it would let in", proven, widenings);
}

/** The first document of an environment: nothing is in force before it. */
export function checkFirstHeld(page: Page, report: Report): void {
  const { outcome, appliedVersion, widenings } = productionIn(report);
  page.show(widenings.flatMap(wideningLines));
  told(page, "version 1 is held", outcome === "held" && appliedVersion === null, report);
  const kinds = report.alerts.map(({ kind }) => kind);
  told(page, "one alert: trust-widening-held", kinds.join() === "trust-widening-held", kinds);
}

function showAlert(page: Page, { sandbox }: Stage): void {
  const message = sandbox.messages.at(-1);
  page.quote(`Subject: ${message?.subject ?? ""}`);
  const body: unknown = JSON.parse(message?.message ?? "{}");
  page.quote(descriptionIn(body));
}

/** The text of a custom notification, as a chat client shows it. */
function descriptionIn(body: unknown): string {
  if (typeof body !== "object" || body === null || !("content" in body)) return "";
  const { content } = body;
  if (typeof content !== "object" || content === null || !("description" in content)) return "";
  return String(content.description).replaceAll("\n\n", "\n");
}

export function checkApplied(page: Page, report: Report, version: number): void {
  const { outcome, appliedVersion, changes, widenings } = productionIn(report);
  page.show(planLines(changes));
  told(
    page,
    `version ${version} is applied`,
    outcome === "reconciled" && appliedVersion === version,
    { outcome, appliedVersion },
  );
  const isTold = widenings.some(({ disposition }) => disposition === "applied");
  told(page, "and its widening is reported as applied", isTold, widenings);
}

async function checkLabelGone(page: Page, { admin }: Stage): Promise<void> {
  const gone = await errorOf(
    admin.ssm.send(new GetParameterCommand({ Name: `${parameter}:approved` })),
  );
  told(page, "the label is taken off again: it approves once", gone.includes("NotFound"), gone);
}

async function checkLetIn(page: Page, stage: Stage, sentence: string): Promise<void> {
  const answer = await assume(stage, {
    claims: releaseJob,
    roleArn: roleArnOf(stage),
    session: "circleci-release",
  });
  told(page, sentence, answer.kind === "session", answer);
}
