import { planLines } from "../../shared/report/render.ts";
import type { Act } from "../act.ts";
import { approve, checkApplied, checkHeld } from "../approval.ts";
import { check } from "../check.ts";
import { documentWith } from "../documents.ts";
import { assume, checkRefused, jobClaims } from "../job.ts";
import type { Page } from "../page.ts";
import { callsDuring, iamWrites, productionIn, roleArnOf, type Stage } from "../stage.ts";

const minuteMs = 60_000;

const migrationJob = jobClaims({ ref: "refs/heads/migration" });

export const temporary: Act = {
  title: "Access that ends by itself",
  async play(stage, page) {
    const { editor, approver } = stage.people;
    const { clock } = stage.sandbox;
    const until = inWholeSeconds(new Date(clock.now().getTime() + 30 * minuteMs));
    page.say(
      `For a migration, one more branch may deploy for half an hour. It has its own entry with until: ${until}. The entry adds access, so the run holds it until Sasha approves it:`,
    );
    const version = await stage.put(
      editor,
      documentWith({
        refs: ["refs/heads/main", "refs/heads/release/*"],
        temporary: { ref: "refs/heads/migration", until },
      }),
    );
    checkHeld(page, await stage.deployed.run(), version);
    await approve(stage, page, approver, version);
    checkApplied(page, await stage.deployed.run(), version);
    await checkMigrationJob(stage, page);
    page.say("The account's clock moves on by 31 minutes. No run has happened since then:");
    clock.advance(31 * minuteMs);
    await checkRefused(stage, page, {
      who: "the same job now",
      claims: migrationJob,
      why: `its statement applies only while aws:CurrentTime is before ${until}, so IAM itself ended it`,
    });
    page.say(
      "The next run removes the statement that has ended. The end of an entry is not a widening:",
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.runBySchedule);
    const { changes, widenings } = productionIn(result);
    page.show(planLines(changes));
    const writes = iamWrites(calls);
    const isOneWrite = writes.join() === "UpdateAssumeRolePolicy";
    check(page, "the run makes one write", isOneWrite, writes);
    const isQuiet =
      widenings.length === 0 && result.alerts.every(({ severity }) => severity !== "critical");
    check(page, "it reports no widening and sends no critical alert", isQuiet, result);
  },
};

async function checkMigrationJob(stage: Stage, page: Page): Promise<void> {
  const answer = await assume(stage, {
    claims: migrationJob,
    roleArn: roleArnOf(stage),
    session: "circleci-migration",
  });
  check(page, "the migration job gets a session", answer.kind === "session", answer);
}

function inWholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}
