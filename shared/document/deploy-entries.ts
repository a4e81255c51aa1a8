import type * as z from "zod/mini";
import type { deploySchema } from "./deploy-schema.ts";
import type { AmplifyTarget, DeployTargets, EcsExpressTarget } from "./environment.ts";
import { isPlainMay, mayWords } from "./may.ts";

type Written = z.output<typeof deploySchema>;

/** What the entries of a document mean: a name alone has the guide's permissions. */
export function deployTargets(written: Written, region: string): DeployTargets {
  const ecr = written.ecr.map((entry) =>
    typeof entry === "string" ? { repository: entry, may: [mayWords.ecr[0]] } : entry,
  );
  const appRunner = written.appRunner.map((entry) =>
    typeof entry === "string" ? { service: entry, may: [mayWords.appRunner[0]] } : entry,
  );
  return {
    region,
    ecr: onceEach(ecr, ({ repository }) => repository),
    appRunner: onceEach(appRunner, ({ service }) => service),
    ecsExpress: written.ecsExpress.map(ecsExpressTarget),
    amplify: written.amplify.map(amplifyTarget),
  };
}

/** The schema has refused a name that is listed twice with two meanings. */
function onceEach<Target>(
  targets: readonly Target[],
  nameOf: (target: Target) => string,
): readonly Target[] {
  return [...new Map(targets.map((target) => [nameOf(target), target])).values()];
}

function ecsExpressTarget(text: string): EcsExpressTarget {
  const [first = "", second] = text.split("/");
  return second === undefined
    ? { cluster: "default", service: first }
    : { cluster: first, service: second };
}

function amplifyTarget(entry: Written["amplify"][number]): AmplifyTarget {
  return typeof entry === "string"
    ? { app: entry, branches: [], may: [mayWords.amplify[0]] }
    : entry;
}

/**
 * The entries as `deployTargets` reads them again. Words that a name alone means are left out, so
 * that the release before `may` can still read what it understands.
 */
export function deployWritten(deploy: DeployTargets) {
  return {
    ...deploy,
    ecr: deploy.ecr.map((entry) => (isPlainMay("ecr", entry.may) ? entry.repository : entry)),
    appRunner: deploy.appRunner.map((entry) =>
      isPlainMay("appRunner", entry.may) ? entry.service : entry,
    ),
    ecsExpress: deploy.ecsExpress.map(({ cluster, service }) => `${cluster}/${service}`),
    amplify: deploy.amplify.map(({ may, ...entry }) =>
      isPlainMay("amplify", may) ? entry : { ...entry, may },
    ),
  };
}
