import { planLines, wideningLines } from "../shared/report/render.ts";
import type { Report } from "../shared/report/report.ts";
import { check } from "./check.ts";
import { runAs } from "./command.ts";
import { environment } from "./documents.ts";
import type { Page } from "./page.ts";
import type { Person } from "./people.ts";
import { productionIn, type Stage } from "./stage.ts";

/** Approves exactly that version, and shows what its approver sees first. */
export async function approve(
  stage: Stage,
  page: Page,
  person: Person,
  version: number,
): Promise<void> {
  const args = ["approve", environment, "--version", String(version), "--yes"];
  const { code, rows } = await runAs(stage, page, person, { args });
  page.quote(rows.join("\n"));
  check(page, `${person.name} approves version ${version}`, code === 0, rows);
}

/** Checks that a run holds a version and leaves the one before it in force. */
export function checkHeld(page: Page, report: Report, version: number): void {
  const { outcome, appliedVersion, changes, widenings } = productionIn(report);
  check(
    page,
    `the run holds version ${version}; version ${appliedVersion} stays in force and nothing is written`,
    outcome === "held" && changes.length === 0 && appliedVersion !== version,
    { outcome, changes },
  );
  const proven = widenings.some(
    ({ disposition, admitted }) => disposition === "held" && admitted !== null,
  );
  check(page, "the report has an example of a request that it would admit", proven, widenings);
}

/** The first document of an environment: nothing is in force before it. */
export function checkFirstHeld(page: Page, report: Report): void {
  const { outcome, appliedVersion, widenings } = productionIn(report);
  page.show(widenings.flatMap(wideningLines));
  const isHeld = outcome === "held" && appliedVersion === null;
  check(page, "the run holds version 1", isHeld, report);
  const kinds = report.alerts.map(({ kind }) => kind);
  const isOne = kinds.join() === "trust-widening-held";
  check(page, "it sends one alert: trust-widening-held", isOne, kinds);
}

/** Checks that a run applies a version and reports what it opens. */
export function checkApplied(page: Page, report: Report, version: number): void {
  const { outcome, appliedVersion, changes, widenings } = productionIn(report);
  page.show(planLines(changes));
  check(
    page,
    `the run applies version ${version}`,
    outcome === "reconciled" && appliedVersion === version,
    { outcome, appliedVersion },
  );
  const isReported = widenings.some(({ disposition }) => disposition === "applied");
  check(page, "it reports the widening as applied", isReported, widenings);
}
