import { line } from "../shared/report/layout.ts";
import type { Act } from "./act.ts";
import { account, creation, document, firstHeld, inSync } from "./acts/creation.ts";
import { drift, newService } from "./acts/drift.ts";
import { held } from "./acts/guarded.ts";
import { doctor, jobs } from "./acts/jobs.ts";
import { revoked } from "./acts/revoked.ts";
import { temporary } from "./acts/temporary.ts";
import { tagged, watched } from "./acts/watched.ts";
import { StoryBroken } from "./check.ts";
import type { Page } from "./page.ts";
import { type Stage, setStage } from "./stage.ts";

export const acts: readonly Act[] = [
  account,
  document,
  firstHeld,
  creation,
  inSync,
  drift,
  newService,
  jobs,
  doctor,
  held,
  watched,
  tagged,
  temporary,
  revoked,
];

/**
 * Sets the stage and plays the acts in their order. The first step that differs from what it
 * announced ends the story.
 *
 * @returns the exit code: 0 if every act went as announced, otherwise 1
 */
export async function playStory(
  page: Page,
  options: { readonly keep: boolean; readonly acts?: readonly Act[] },
): Promise<0 | 1> {
  const began = performance.now();
  const played = options.acts ?? acts;
  page.title("oidc-reconciler keeps CircleCI's access to AWS as you wrote it down");
  page.say(
    `This story has ${played.length} acts. The code is the code that you deploy. The AWS account is simulated inside this process. Each ✓ is a check: if a step differs from what it announced, the story stops and fails.`,
  );
  const stage = await setStage();
  try {
    const broken = await playActs(stage, page, played);
    if (!broken) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const calls = stage.sandbox.calls.length;
      page.title(
        `All ${played.length} acts went as announced: ${calls} AWS calls in ${seconds} s.`,
      );
    }
    if (options.keep) await keepUp(stage, page);
    else page.say("To look at this account with the AWS CLI, run: npm start -- --keep");
    return broken ? 1 : 0;
  } finally {
    await stage.sandbox.close();
  }
}

async function playActs(stage: Stage, page: Page, played: readonly Act[]): Promise<boolean> {
  for (const [index, act] of played.entries()) {
    page.act(index + 1, act.title);
    try {
      await act.play(stage, page);
    } catch (thrown) {
      // A sentence is enough where the story says what it found; anything else is a bug to trace.
      if (thrown instanceof StoryBroken) thrown.message.split("\n").forEach(page.failed);
      else page.quote(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
      page.title(`Act ${index + 1} did not go as announced.`);
      return true;
    }
  }
  return false;
}

/** Keeps the account up until somebody ends the process. */
async function keepUp({ sandbox }: Stage, page: Page): Promise<void> {
  page.say("The account stays up until you press Ctrl-C. To use it with the AWS CLI or an SDK:");
  page.show(
    Object.entries(sandbox.environment).map(([name, value]) => line(`export ${name}=${value}`)),
  );
  page.say("For example: aws iam get-role --role-name CircleCI-OIDC-Role");
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
