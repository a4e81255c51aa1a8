import type { Alert } from "../report/report.ts";
import { isOwnSession, type StateWrite } from "../wake/index.ts";
import { isTampered, type OutputsWork } from "./outputs.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Anyone who can write a status or a record could forge what counts as applied, and anyone who can
 * write outputs where jobs deploy to. Outputs are reported also where no event says who wrote them.
 */
export async function tamperedAlerts(
  run: RunContext,
  outputs: ReadonlyMap<string, OutputsWork>,
): Promise<readonly Alert[]> {
  const reported = await writesByOthers(run);
  const found = [...outputs].filter(
    ([, work]) =>
      isTampered(work) && !reported.some(({ parameter }) => parameter === work.parameter),
  );
  const unseen = found.map(([environment, { parameter }]): StateWrite => {
    return { state: "outputs", environment, parameter, account: null, actor: null, at: null };
  });
  const writes = [...reported, ...unseen];
  if (writes.length === 0) return [];
  const { tamperedAlert } = await import("../report/tampered.ts");
  return writes.map(tamperedAlert);
}

async function writesByOthers(run: RunContext): Promise<readonly StateWrite[]> {
  const writes = run.wake.writes.filter(
    ({ account }) => account === null || account === run.account.id,
  );
  if (writes.length === 0) return [];
  const own = await run.ownArn();
  return writes.filter(({ actor }) => own === null || !isOwnSession(actor, own));
}
