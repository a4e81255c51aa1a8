import { planLines } from "../../shared/report/render.ts";
import { type Act, told } from "../act.ts";
import { documentWith } from "../documents.ts";
import { assume, jobClaims } from "../job.ts";
import { callsDuring, iamWrites, productionIn, type Stage } from "../stage.ts";
import { checkApplied, checkHeld, label } from "./guarded.ts";
import { refuse, roleArnOf } from "./jobs.ts";

const minuteMs = 60_000;

const migrationJob = jobClaims({ ref: "refs/heads/migration" });

export const temporary: Act = {
  title: "A door that shuts by itself",
  async play(stage, page) {
    const { editor, approver } = stage.people;
    const { clock } = stage.sandbox;
    const until = inWholeSeconds(new Date(clock.now().getTime() + 30 * minuteMs));
    page.say(
      `For a migration, one more branch may deploy for half an hour: an entry of its own with until: ${until}. It widens, so it is held and approved like any other.`,
    );
    const version = await stage.put(
      editor,
      documentWith({
        refs: ["refs/heads/main", "refs/heads/release/*"],
        temporary: { ref: "refs/heads/migration", until },
      }),
    );
    checkHeld(page, await stage.deployed.work(), version);
    await label(approver, version);
    checkApplied(page, await stage.deployed.work(), version);
    await checkMigrationJob(stage, page);
    page.say("The account's clock is moved on by 31 minutes. No run has come yet:");
    clock.advance(31 * minuteMs);
    await refuse(stage, page, {
      who: "the same job",
      claims: migrationJob,
      why: `its statement holds while aws:CurrentTime is before ${until}: IAM itself ended it`,
    });
    page.say("The next run takes the spent statement away; the end of an entry is no widening:");
    const { result, calls } = await callsDuring(stage, stage.deployed.workBySchedule);
    const { changes, widenings } = productionIn(result);
    page.show(planLines(changes));
    const writes = iamWrites(calls);
    told(page, "one write", writes.join() === "UpdateAssumeRolePolicy", writes);
    told(page, "no widening, no critical alert", widenings.length === 0, widenings);
  },
};

async function checkMigrationJob(stage: Stage, page: Parameters<Act["play"]>[1]): Promise<void> {
  const answer = await assume(stage, {
    claims: migrationJob,
    roleArn: roleArnOf(stage),
    session: "circleci-migration",
  });
  told(page, "the migration job is let in", answer.kind === "session", answer);
}

function inWholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}
