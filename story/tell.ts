import { line } from "../shared/report/layout.ts";
import { type Act, StoryBroken } from "./act.ts";
import { account, creation, document, firstHeld, inSync } from "./acts/creation.ts";
import { drift, newService } from "./acts/drift.ts";
import { held } from "./acts/guarded.ts";
import { jobs } from "./acts/jobs.ts";
import { revoked } from "./acts/revoked.ts";
import { temporary } from "./acts/temporary.ts";
import { tagged, watched } from "./acts/watched.ts";
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
  held,
  watched,
  tagged,
  temporary,
  revoked,
];

/**
 * Sets the stage and plays the acts in their order; the first that does not come out as told ends
 * the story.
 *
 * @returns the exit code: 0 where every act came out as told, otherwise 1
 */
export async function tell(
  page: Page,
  options: { readonly keep: boolean; readonly acts?: readonly Act[] },
): Promise<0 | 1> {
  const began = performance.now();
  page.title("oidc-reconciler: CircleCI's access to AWS, kept as it was written down");
  const stage = await setStage();
  try {
    const told = options.acts ?? acts;
    const broken = await play(stage, page, told);
    if (!broken) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      page.title(
        `All ${told.length} acts came out as told: ${stage.sandbox.calls.length} AWS calls in ${seconds} s.`,
      );
    }
    if (options.keep) await keepUp(stage, page);
    else page.say("npm start -- --keep leaves the account up, to be looked at with the AWS CLI.");
    return broken ? 1 : 0;
  } finally {
    await stage.sandbox.close();
  }
}

async function play(stage: Stage, page: Page, told: readonly Act[]): Promise<boolean> {
  for (const [index, act] of told.entries()) {
    page.act(index + 1, act.title);
    try {
      await act.play(stage, page);
    } catch (thrown) {
      // A sentence is enough where the story says what it found; anything else is a bug to trace.
      if (thrown instanceof StoryBroken) thrown.message.split("\n").forEach(page.broken);
      else page.quote(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
      page.title(`Act ${index + 1} did not come out as told.`);
      return true;
    }
  }
  return false;
}

/** Leaves the account up until the process is told to end. */
async function keepUp({ sandbox }: Stage, page: Page): Promise<void> {
  page.say("The account stays up until Ctrl-C. To look at it with the AWS CLI or any SDK:");
  page.show(
    Object.entries(sandbox.environment).map(([name, value]) => line(`export ${name}=${value}`)),
  );
  page.say("For example: aws iam get-role --role-name CircleCI-OIDC-Role");
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
