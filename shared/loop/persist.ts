import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { removeLabel, writeParameter } from "../edge/parameters.ts";
import type { Fault } from "../plan/observed.ts";
import type { EnvironmentResult } from "../report/environment.ts";
import { serializeStatus } from "../report/status.ts";
import { approvalLabel } from "./control.ts";

/**
 * Writes what the next run must know, where it differs from what is there. The approval label
 * goes only once the status says that its version is applied: were it the other way round, a run
 * that stops in between would hold again what was approved.
 */
export async function persist(
  clients: Clients,
  result: EnvironmentResult,
  prefix: string,
): Promise<readonly Fault[]> {
  const { entry, status, carriage } = result;
  if (carriage.writes === "dry-run" || carriage.forgotten) return [];
  const name = `${prefix}/status/${entry.name}`;
  const text = serializeStatus(status);
  try {
    if (text !== entry.statusText) await writeParameter(clients, name, text);
    if (status.applied?.labelled !== true || entry.approvedVersion === null) return [];
    await removeLabel(clients, entry.parameter, entry.approvedVersion, approvalLabel);
    const unlabelled = { ...status, applied: { ...status.applied, labelled: false } };
    await writeParameter(clients, name, serializeStatus(unlabelled));
    return [];
  } catch (thrown) {
    return [faultOf(`keeping the status of ${entry.name}`, thrown)];
  }
}
