import type { EnvironmentDocument } from "../shared/document/index.ts";
import { accountBy } from "../shared/edge/caller.ts";
import { listControl, readRecords } from "../shared/loop/control.ts";
import {
  type ControlEntry,
  evidenceOf,
  knownVersions,
  rememberedTargets,
} from "../shared/plan/control.ts";
import type { ResolvedTargets } from "../shared/targets/index.ts";
import type { Account } from "../shared/trust/index.ts";
import { failureOf, unknownEnvironment } from "./aws-failure.ts";
import type { Ready } from "./settings.ts";

/** What is in force in one environment. */
export type InForce =
  | {
      readonly kind: "applied";
      readonly name: string;
      readonly version: number;
      readonly digest: string;
      readonly document: EnvironmentDocument;
      /** What its targets resolved to last. */
      readonly targets: ResolvedTargets;
      /** Is there no newer version, which waits or is not looked at yet? */
      readonly isNewest: boolean;
    }
  /** Nothing that could be shown; `why` finishes a sentence whose subject is the environment. */
  | { readonly kind: "nothing"; readonly name: string; readonly why: string };

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
    const { entries, anyArn } = await listControl(clients, installation);
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

function inForceOf(entry: ControlEntry): InForce {
  const { name, newest } = entry;
  const evidence = evidenceOf(entry);
  const nothing = (why: string): InForce => ({ kind: "nothing", name, why });
  if (evidence.kind === "missing") return nothing(`cannot be shown (${evidence.why})`);
  const [at] = knownVersions(evidence, entry);
  const targets = rememberedTargets(evidence);
  if (at === undefined || targets === null) return nothing("has no version in force");
  const { version, digest, document } = at;
  const isNewest = newest?.version === version && newest.digest === digest;
  return { kind: "applied", name, version, digest, document, targets, isNewest };
}
