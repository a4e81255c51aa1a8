import manifest from "../../../package.json" with { type: "json" };
import { pipelineOf } from "../../../shared/pipeline/pipeline.ts";
import { configText } from "../../../shared/pipeline/yaml.ts";
import type { InForce } from "../../../shared/plan/in-force.ts";
import { command } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readInForce } from "../../in-force.ts";
import { readyAsInstalled } from "../../settings.ts";

export const config = command({
  name: "config",
  summary: "Write a .circleci/config.yml that deploys what is in force",
  usage: ["[NAME…] [--context ENV=NAME…] [--deploy-markers]"],
  description: [
    "For each environment a workflow: a job that tests the login, and one for each deploy target. It runs on exactly the branches and tags that the trust admits, and its jobs call nothing that the role may not do.",
    "One environment reads the variables that circleci env sets. With several, each has its own context, or its values are in the file. With policy.readOutputs the jobs ask for them at run time, and nothing has to be set.",
    "Standard output is the file and nothing else. Notes, such as a target without a job, go to standard error and into the file's first lines.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {
    context: {
      value: "ENV=NAME",
      list: true,
      summary: "Let the jobs of environment ENV use the CircleCI context NAME",
    },
    "deploy-markers": {
      summary: "Show each deployment on CircleCI's page of deploys (circleci run release)",
    },
  },
  examples: [
    {
      line: "oidc-reconciler circleci config production > .circleci/config.yml",
      does: "Write the file for one environment",
    },
    {
      line: "oidc-reconciler circleci config --context production=aws-production staging=aws-staging",
      does: "All environments, each with its own context",
    },
  ],
  exits: {
    ok: "Written",
    failed: "AWS refused or did not answer, or nothing is in force yet",
    usage: "Wrong usage, or a name that no environment has",
  },
  page: "docs/circleci.md",
  run: async (input, io) => {
    const names = [...new Set(input.operands)];
    const contexts = contextsOf(input.values("context"));
    const asked = await readyAsInstalled(io);
    const { account, environments } = await readInForce(asked, names);
    const deployed = environments.filter((each) => each.kind === "applied");
    const others = environments.filter((each) => each.kind === "nothing");
    if (deployed.length === 0 || (names.length > 0 && others.length > 0)) throw nothingToDo(others);
    checkContexts(contexts, deployed, others);
    const { prefix, region } = asked.settings;
    const { config: made, notes } = pipelineOf({
      environments: deployed,
      contexts,
      deployMarkers: input.has("deploy-markers"),
      account,
      prefix,
      home: region,
      now: io.clock(),
      madeBy: { version: manifest.version, names },
    });
    const text = configText(made);
    return {
      exit: exitCodes.ok,
      json: { config: text },
      view: text,
      warnings: [...others.map(sentenceOn), ...notes.map((note) => `${note}.`)],
    };
  },
});

/** The contexts by the environments that are to have them. */
function contextsOf(given: readonly string[]): ReadonlyMap<string, string> {
  const contexts = new Map<string, string>();
  for (const each of given) {
    const at = each.indexOf("=");
    const [environment, context] = [each.slice(0, at), each.slice(at + 1)];
    if (at < 1 || context === "" || context.trim() !== context || /\p{Cc}/u.test(context)) {
      const message = `--context takes ENV=NAME, and "${each}" is not of that form. Names of environments go before it.`;
      throw new CommandError(message);
    }
    if (contexts.has(environment)) {
      throw new CommandError(`--context names environment "${environment}" twice.`);
    }
    contexts.set(environment, context);
  }
  return contexts;
}

type Named = { readonly name: string };

/** A context of an environment that has nothing in force yet is for later: a warning names that one. */
function checkContexts(
  contexts: ReadonlyMap<string, string>,
  deployed: readonly Named[],
  others: readonly Named[],
): void {
  const names = deployed.map(({ name }) => name);
  const known = [...deployed, ...others].map(({ name }) => name);
  const unused = [...contexts.keys()].find((name) => !known.includes(name));
  if (unused === undefined) return;
  const message = `--context names "${unused}", which is not among the environments of this file: ${names.join(", ")}.`;
  throw new CommandError(message);
}

type Nothing = Extract<InForce, { readonly kind: "nothing" }>;

function sentenceOn({ name, why }: Nothing): string {
  return `Environment ${name} ${why}, so the file does not deploy it.`;
}

/** There is no file to write: what is not in force no job may do. */
function nothingToDo(environments: readonly Nothing[]): CommandError {
  const reasons = environments.map(({ name, why }) => `environment ${name} ${why}`);
  const why =
    reasons.length === 0
      ? "There is no environment yet: make one with oidc-reconciler init."
      : `There is nothing to deploy yet: ${reasons.join("; ")}. Look with oidc-reconciler status, and approve what waits.`;
  return new CommandError(why, {
    exit: exitCodes.failed,
    code: "NothingInForce",
    where: environments[0]?.name ?? "",
  });
}
