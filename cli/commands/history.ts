import { isNamed } from "../../shared/edge/faults.ts";
import { readHistory } from "../../shared/edge/parameters.ts";
import { documentVersionOf } from "../../shared/loop/stored-version.ts";
import { historyOf, type JudgedVersion, type KeptVersion } from "../../shared/versions/history.ts";
import { historyLines } from "../../shared/versions/history-lines.ts";
import { failureOf } from "../aws-failure.ts";
import { command } from "../command.ts";
import { comparisonJson } from "../comparison-json.ts";
import { appliedInRecord, type EnvironmentAtHand, environmentAtHand } from "../environment.ts";
import { checkNames } from "../environment-names.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Ready, readyAsInstalled } from "../settings.ts";

export const history = command({
  name: "history",
  summary: "Show the versions of a document: who put each, and what it changed",
  usage: ["NAME"],
  description: [
    "Lists every version that Parameter Store still has (the last hundred), newest first, with what it newly admits and grants, and no longer does, against the version before. A held version is compared with what is applied as well.",
  ],
  operands: { name: "NAME", least: 1, most: 1 },
  options: {},
  examples: [
    { line: "oidc-reconciler history production", does: "See who changed what, and when" },
  ],
  exits: {
    ok: "The newest version is applied",
    failed: "AWS refused or did not answer",
    usage: "The command line or a setting cannot be used, or there is no such environment",
    differs: "The newest version is held, not valid, or not judged yet",
  },
  run: async ({ operands: [name = ""] }, io) => {
    checkNames([name]);
    const at = await readyAsInstalled(io);
    const environment = await environmentAtHand(name, at);
    io.progress(`reading the versions of ${name}`);
    const versions = await keptVersions(environment, at);
    const { status } = environment;
    const inHistory = versions.some(({ read }) => read.version === status?.appliedVersion);
    const isNeeded = status?.heldVersion !== null && !inHistory;
    const applied = isNeeded ? await appliedInRecord(name, at) : null;
    const judged = historyOf({ ...environment, versions, applied, now: io.clock() });
    io.progress(null);
    const [newest] = judged;
    return {
      exit: newest?.state === "applied" ? exitCodes.ok : exitCodes.differs,
      json: { name, versions: judged.map(versionJson) },
      view: historyLines(name, judged),
      warnings:
        judged.length === 0
          ? [
              `${name} has no document any more, and Parameter Store keeps no history of one that is deleted.`,
            ]
          : [],
    };
  },
});

/** Newest first; none where the document is gone. */
async function keptVersions(
  { parameter, newest }: EnvironmentAtHand,
  { invocation, settings }: Ready,
): Promise<readonly KeptVersion[]> {
  if (newest === null) return [];
  try {
    const entries = await readHistory(invocation.clients, parameter);
    return entries.map(({ by, labels, ...entry }) => ({
      read: documentVersionOf({ ...entry, name: parameter }, settings.installation),
      by,
      labels,
    }));
  } catch (thrown) {
    // Deleted since its newest version was read.
    if (isNamed(thrown, "ParameterNotFound")) return [];
    throw failureOf(thrown, "ssm:GetParameterHistory");
  }
}

function versionJson({ read, by, labels, state, change, againstApplied }: JudgedVersion): object {
  const { version, modifiedAt: at } = read;
  const json = (of: JudgedVersion["change"]) => {
    const comparison = of?.comparison ?? null;
    return comparison?.kind === "compared" ? comparisonJson(comparison) : null;
  };
  const held = state === "held" ? { againstApplied: json(againstApplied) } : {};
  return { version, at, by, labels, state, comparison: json(change), ...held };
}
