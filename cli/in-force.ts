import { accountBy } from "../shared/edge/caller.ts";
import { listControl } from "../shared/loop/control.ts";
import { readRecords } from "../shared/loop/records.ts";
import { type InForce, inForceOf } from "../shared/plan/in-force.ts";
import type { Account } from "../shared/trust/index.ts";
import { failureOf, unknownEnvironment } from "./aws-failure.ts";
import type { Ready } from "./settings.ts";

/**
 * What is in force in environments, as the loop's own records say.
 *
 * @param names all environments that have a document where none is named
 * @throws CommandError for a name that no environment has, or where AWS does not answer
 */
export async function readInForce(
  { settings: { installation }, invocation: { clients } }: Ready,
  names: readonly string[],
): Promise<{ readonly account: Account; readonly environments: readonly InForce[] }> {
  try {
    const { entries, anyArn } = await listControl(clients, installation, { insists: true });
    const existing = entries.filter(({ newest }) => newest !== null);
    const unknown = names.find((name) => !existing.some((entry) => entry.name === name));
    if (unknown !== undefined) {
      throw unknownEnvironment(
        unknown,
        existing.map(({ name }) => name),
      );
    }
    const asked = existing.filter(({ name }) => names.length === 0 || names.includes(name));
    const records = await readRecords(
      clients,
      installation,
      asked.map(({ name }) => name),
    );
    const environments = asked.map((entry) =>
      inForceOf({ ...entry, record: records.get(entry.name) ?? entry.record }),
    );
    return { account: await accountBy(clients, [anyArn]), environments };
  } catch (thrown) {
    throw failureOf(thrown, "ssm:GetParametersByPath");
  }
}
