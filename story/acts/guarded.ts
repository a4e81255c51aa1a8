import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Act } from "../act.ts";
import { approve, checkApplied, checkHeld } from "../approval.ts";
import { check } from "../check.ts";
import { runAs } from "../command.ts";
import { documentWith, environment, parameter } from "../documents.ts";
import { assume, checkRefused, errorOf, jobClaims } from "../job.ts";
import type { Page } from "../page.ts";
import type { Person } from "../people.ts";
import { roleArnOf, type Stage } from "../stage.ts";

const releaseRefs = ["refs/heads/main", "refs/heads/release/*"];

const releaseJob = jobClaims({ ref: "refs/heads/release/7" });

export const held: Act = {
  title: "An edit that adds access waits for a second person",
  async play(stage, page) {
    const { editor, approver } = stage.people;
    page.say(
      "Release branches should deploy too. Erin may edit documents. In the same edit, Erin tries to turn the guard off (onWiden: apply). But the guard of the version in force decides, so the run holds this version as well:",
    );
    const greedy = await put(stage, editor, { onWiden: "apply" });
    page.command(editor.name, `aws ssm put-parameter … (version ${greedy})`);
    const first = await stage.deployed.run();
    checkHeld(page, first, greedy);
    page.say("The alert goes out through SNS and the event bus. It says:");
    showAlert(page, stage);
    await checkRefused(stage, page, {
      who: "a job of release/7 in the meantime",
      claims: releaseJob,
      why: "the trust policy is still that of version 1",
    });
    const args = ["approve", environment, "--version", String(greedy), "--yes", "--json"];
    const denied = await runAs(stage, page, editor, { args });
    const answer = denied.rows.find((row) => row.includes("AccessDenied")) ?? "";
    check(
      page,
      "an editor cannot approve: AccessDenied",
      denied.code === 1 && answer !== "",
      denied,
    );
    page.say(
      "Sasha reads the alert and asks to keep the guard. Erin puts the document again without that line, and Sasha approves exactly that version:",
    );
    const guarded = await put(stage, editor, {});
    page.command(editor.name, `aws ssm put-parameter … (version ${guarded})`);
    checkHeld(page, await stage.deployed.run(), guarded);
    await approve(stage, page, approver, guarded);
    checkApplied(page, await stage.deployed.run(), guarded);
    await checkLabelGone(page, stage);
    await checkSession(page, stage);
  },
};

function put(
  stage: Stage,
  person: Person,
  guard: { readonly onWiden?: "hold" | "apply" },
): Promise<number> {
  return stage.put(person, documentWith({ refs: releaseRefs, ...guard }));
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

async function checkLabelGone(page: Page, { admin }: Stage): Promise<void> {
  const gone = await errorOf(
    admin.ssm.send(new GetParameterCommand({ Name: `${parameter}:approved` })),
  );
  const isGone = gone.includes("NotFound");
  check(page, "the run removes the label, so it approves only once", isGone, gone);
}

async function checkSession(page: Page, stage: Stage): Promise<void> {
  const answer = await assume(stage, {
    claims: releaseJob,
    roleArn: roleArnOf(stage),
    session: "circleci-release",
  });
  check(page, "a job of release/7 gets a session", answer.kind === "session", answer);
}
