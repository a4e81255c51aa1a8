import { parseEnvironment } from "../../../shared/document/index.ts";
import { readParameters } from "../../../shared/edge/parameters.ts";
import type { SeenJobs } from "../../../shared/replay/seen-jobs.ts";
import type { Report } from "../../../shared/report/report.ts";
import { compareRole, type TakenRole } from "../../../shared/runs/takeover.ts";
import { failureOf } from "../../aws-failure.ts";
import { command } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { checkNames } from "../../environment-names.ts";
import type { Io } from "../../io.ts";
import { runOnce } from "../../run-environments.ts";
import { type Ready, ready } from "../../settings.ts";
import { makeDocument, type Sketch, sketchOf, usualNames, type WholeSketch } from "./draft.ts";
import { type Given, givenIn, type InitInput, options } from "./flags.ts";
import { placeOf, roleNamed, wholeOf } from "./from-role.ts";
import { askForRest } from "./questions.ts";
import { answerWith, isHeldIn, parameterExists, type Result } from "./result.ts";
import { jobsSeen } from "./seen.ts";

export const init = command({
  name: "init",
  summary: "Make the document of a new environment, or of a role that exists already",
  usage: [
    "NAME [--organization ID] [--project ID [--origin O [--ref R…]]]… [--role NAME] [--policy NAME] […]",
    "NAME --from-role ROLE […]",
    "NAME … [--ecr N…] [--app-runner N…] [--ecs-express [CLUSTER/]N…] [--ecs CLUSTER/N…] [--lambda N…] [--amplify APP[:BRANCH,…]…] [--out FILE] [--write [--yes]]",
  ],
  description: [
    "Makes a document from the options, and shows it with what a run would do by it. On a terminal it asks for what is missing, and offers what the account has.",
    "Each --origin and --ref belongs to the --project before it; for several projects repeat all three.",
    "With --from-role it reads whose jobs a role lets in and what they may do, and makes a document that admits and grants no more, as far as one can say it. It compares both and lists what is not carried over. --project replaces whose jobs get in; targets are added.",
    "What it prints is YAML: everything but the document is a comment. A document or file that exists is never overwritten.",
  ],
  operands: { name: "NAME", least: 1, most: 1 },
  options,
  examples: [
    { line: "oidc-reconciler init production", does: "On a terminal: be asked for everything" },
    {
      line: "oidc-reconciler init staging --organization ID --project ID --ecr shop --write --yes",
      does: "In a script: let one project push images",
    },
    {
      line: "oidc-reconciler init production --from-role CircleCI-OIDC-Role --out production.yaml",
      does: "See what would change if a role that was made by hand is taken over",
    },
  ],
  exits: {
    ok: "Made; with --from-role: it means the same as the role, and nothing is left out",
    failed: "The account could not be read or written",
    usage: "Something is missing or cannot be used, or the document or file exists",
    differs: "It admits or grants more or less than the role, or not all could be said",
  },
  page: "docs/reference.md",
  run: async (input, io) => {
    const [name = ""] = input.operands;
    checkNames([name]);
    const given = givenIn(input);
    checkAnswered(input, given, io);
    await checkFile(input.value("out"), io);
    const started = await ready(io);
    const result = await make({ name, given, role: input.value("from-role") }, { io, started });
    const target = {
      file: input.value("out"),
      write: input.has("write"),
      yes: input.has("yes"),
      json: input.has("json"),
    };
    return answerWith(result, target, { io, started });
  },
});

type Asked = { readonly name: string; readonly given: Given; readonly role: string | null };

type Shell = { readonly io: Io; readonly started: Ready };

async function make({ name, given, role }: Asked, { io, started }: Shell): Promise<Result> {
  const { settings } = started;
  const parameter = `${settings.prefix}/environments/${name}`;
  const others = await otherDocuments(parameter, started);
  const where = await placeOf(name, started);
  if (role !== null) io.progress(`reading role ${role} and what its policies name`);
  const taken = role === null ? null : await roleNamed(role, given.organizationId, where);
  io.progress(null);
  const sketch = sketchOf(given, taken, usualNames(name, others));
  const seen = await seenFor(sketch, taken, { io, started });
  const targets = taken !== null || Object.keys(given.targets).length > 0;
  const { clients } = started.invocation;
  const whole =
    io.terminal === null
      ? wholeOf(sketch, taken, { where, seen })
      : await askForRest(sketch, { io, terminal: io.terminal, clients }, { targets, seen });
  const { text, document } = makeDocument(whole, { settings, head: headOf(name, whole, taken) });
  io.progress("planning what a run would do");
  const report = await planOf(name, text, started);
  const then = isHeldIn(report) ? await planApproved(name, text, started) : null;
  io.progress(null);
  const made = { name, parameter, text, report, then };
  if (taken === null) return { ...made, from: null };
  const takeover = await compareRole(where, taken.held, document);
  const from = { role: taken.held.role.name, takeover, seen };
  return { ...made, from };
}

/** Where a role lets in every project, or no document can say which, those that come are of use. */
async function seenFor(
  { organizationId, projects, deploy }: Sketch,
  taken: TakenRole | null,
  { io, started }: Shell,
): Promise<readonly SeenJobs[]> {
  if (taken === null || organizationId === null) return [];
  if (projects !== null && projects !== "all") return [];
  const region = deploy.region ?? started.settings.region;
  return jobsSeen({ arn: taken.held.role.arn, organizationId, region }, io, started);
}

/** What needs an answer and can get none is said before anything is asked of AWS. */
function checkAnswered(input: InitInput, given: Given, { terminal }: Io): void {
  if (terminal !== null) return;
  if (input.has("write") && !input.has("yes")) {
    throw new CommandError(
      "--write asks before it writes, and nobody can be asked here: add --yes.",
    );
  }
  if (input.value("from-role") !== null) return;
  if (given.organizationId === null) {
    throw new CommandError("Name the CircleCI organisation with --organization ID.");
  }
  if (given.projects === null) {
    throw new CommandError("Name a project with --project ID, or every one with --project all.");
  }
}

/** Nobody answers a dozen questions for a file that cannot be written; writing it checks again. */
async function checkFile(path: string | null, io: Io): Promise<void> {
  if (path === null) return;
  if (path === "-") {
    throw new CommandError("--out names a file: standard output has the document anyway.");
  }
  try {
    for await (const _ of io.openFile(path)) break;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return;
  }
  const message = `There is a file ${path} already, and it stays as it is: name another one.`;
  throw new CommandError(message, { code: "FileExists", where: path });
}

/**
 * The documents of all other environments, as far as they are valid.
 *
 * @throws CommandError where the parameter exists: nothing is asked for a document that cannot be written
 */
async function otherDocuments(parameter: string, { settings, invocation }: Ready) {
  const { prefix, region } = settings;
  const folder = `${prefix}/environments`;
  const listed = await readParameters(invocation.clients, folder).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParametersByPath");
  });
  if (listed.some(({ name }) => name === parameter)) throw parameterExists(parameter);
  return listed.flatMap(({ name, version, value: text }) => {
    const reading = parseEnvironment({ parameter: name, version, text, region });
    return reading.kind === "valid" ? [reading.document] : [];
  });
}

function headOf(name: string, { organizationId }: WholeSketch, taken: TakenRole | null): string[] {
  const from = taken === null ? "" : ` Taken from ${taken.held.role.arn}.`;
  return [
    `Environment ${name} of CircleCI organisation ${organizationId}.${from}`,
    "Fields that are left out have their defaults: docs/reference.md.",
  ];
}

/**
 * What a run would write once it is approved: what an observed document is planned to, which waits for
 * nobody. Null where that is not known either.
 */
async function planApproved(name: string, text: string, started: Ready): Promise<Report | null> {
  const report = await planOf(name, `${text}mode: observe\n`, started);
  return isHeldIn(report) ? null : report;
}

async function planOf(name: string, text: string, started: Ready): Promise<Report> {
  const proposed = { name, text, file: "the document" };
  const { report } = await runOnce(
    { names: [name], dryRun: true, force: false, proposed },
    started,
  );
  const [error] = report.errors;
  if (error !== undefined && report.environments.length === 0) throw failureOf(error);
  return report;
}
