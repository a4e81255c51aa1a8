import type { Fault } from "../aws/reading.ts";
import type { Clients } from "./clients.ts";
import { faultOf } from "./faults.ts";
import { deleteParameter, readHistory, writeParameter } from "./parameters.ts";

/** How a write of a record ended; `version` is what the next write of it must follow. */
type RecordWrite =
  | { readonly kind: "written"; readonly version: number }
  /** Another run wrote or deleted it after it was read; what that run left was restored. */
  | { readonly kind: "overtaken"; readonly fault: Fault }
  | { readonly kind: "failed"; readonly fault: Fault };

/** A record's text, and what it follows. */
type Own = {
  readonly text: string;
  readonly after: number;
  readonly lastOf: (history: Awaited<ReturnType<typeof readHistory>>) => Promise<string | null>;
};

/**
 * Writes a record. The version in Parameter Store's answer shows whether another run wrote the record
 * after it was read. If so, that run's record is restored: an older record never replaces a newer
 * one.
 *
 * @param own.after the parameter's version that was read; 0 where it did not exist
 * @param own.lastOf the text of the record that was written last, by its parameter's history; `null` where none shows
 */
export async function writeRecord(
  clients: Clients,
  parameter: string,
  own: Own,
): Promise<RecordWrite> {
  const { text, after } = own;
  try {
    const version = await writeParameter(clients, parameter, text, { tier: "Intelligent-Tiering" });
    if (version === after + 1) return { kind: "written", version };
    if (version <= after) {
      await deleteParameter(clients, parameter);
      return overtaken(`${parameter} was deleted meanwhile: it stays so`);
    }
    const other = await othersSince(clients, parameter, { ...own, version });
    if (other === null) return { kind: "written", version };
    await writeParameter(clients, parameter, other, { tier: "Intelligent-Tiering" });
    return overtaken(
      `${parameter} was written by another run meanwhile (version ${version} instead of ${after + 1}): its record was put back`,
    );
  } catch (thrown) {
    return { kind: "failed", fault: faultOf(`ssm:PutParameter ${parameter}`, thrown) };
  }
}

function overtaken(what: string): RecordWrite {
  const message = `${what}, and nothing more was opened`;
  return { kind: "overtaken", fault: { code: "Overtaken", message, kind: "stale" } };
}

/**
 * The record that another run wrote between the version that was read and our own: the newest, if that run was not
 * overtaken itself. `null` if there is none, for example after a retried write of ours, or if it says the same as ours or
 * as what ours follows.
 */
async function othersSince(
  clients: Clients,
  parameter: string,
  own: Own & { readonly version: number },
): Promise<string | null> {
  const history = await readHistory(clients, parameter);
  const before = history.filter(({ version }) => version < own.version);
  const other = before.find(({ version, value }) => version > own.after && value !== own.text);
  const base = before.find(({ version }) => version === own.after);
  if (other === undefined || other.value === base?.value) return null;
  return (await own.lastOf(before)) ?? other.value;
}
