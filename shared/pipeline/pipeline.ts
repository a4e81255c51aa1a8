import type { EnvironmentDocument } from "../document/index.ts";
import type { ResolvedTargets } from "../targets/index.ts";
import type { Account } from "../trust/index.ts";
import type { Config, Job, Workflow } from "./config.ts";
import { type AdmittedRefs, admittedRefs, filtersOf } from "./filters.ts";
import { headOf, type MadeBy, type MadeFrom } from "./head.ts";
import type { TargetJob } from "./jobs/target-job.ts";
import { marked, markerValues } from "./markers.ts";
import { distinctNames, slugOf } from "./names.ts";
import { script, take } from "./shell.ts";
import { targetJobs } from "./target-jobs.ts";
import {
  environmentFor,
  logIn,
  readOutputs,
  type Values,
  valuesOf,
  variableHolding,
} from "./values.ts";

/** An environment of which something is in force. */
export type DeployedEnvironment = {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  /** The document in force. */
  readonly document: EnvironmentDocument;
  /** What its targets resolved to last: what the policy in force grants. */
  readonly targets: ResolvedTargets;
  /** Is there no newer version of the document? */
  readonly isNewest: boolean;
};

export type PipelineInput = {
  readonly environments: readonly DeployedEnvironment[];
  /** Names of contexts by the names of environments. */
  readonly contexts: ReadonlyMap<string, string>;
  readonly deployMarkers: boolean;
  readonly account: Account;
  /** Of the parameters, and the Region that they are in. */
  readonly prefix: string;
  readonly home: string;
  readonly now: Date;
  readonly madeBy: MadeBy;
};

type Pipeline = {
  readonly config: Config;
  /** What a person has to know: targets without a job, an environment that nobody may deploy. */
  readonly notes: readonly string[];
};

/**
 * The CircleCI configuration that deploys environments: a workflow for each, with a job that tests
 * the login and one for each deploy target. It runs on exactly the branches and tags that the trust
 * admits, and asks AWS for nothing that the deploy policy does not grant.
 */
export function pipelineOf(input: PipelineInput): Pipeline {
  const unused = { job: distinctNames(), workflow: distinctNames() };
  const made = input.environments.map((environment) => ofEnvironment(environment, input, unused));
  const notes = made.flatMap((each) => each.notes);
  return {
    config: {
      head: headOf({ ...input, made, notes }),
      jobs: made.flatMap(({ jobs }) => jobs),
      workflows: made.map(({ workflow }) => workflow),
    },
    notes,
  };
}

type OfEnvironment = MadeFrom & {
  readonly jobs: readonly Job[];
  readonly workflow: Workflow;
  readonly notes: readonly string[];
};

function ofEnvironment(
  environment: DeployedEnvironment,
  input: PipelineInput,
  unused: Readonly<Record<"job" | "workflow", (name: string) => string>>,
): OfEnvironment {
  const { name, document, targets } = environment;
  const context = input.contexts.get(name) ?? null;
  const values = valuesOf({
    ...input,
    name,
    document,
    targets,
    hasContext: context !== null,
    isAlone: input.environments.length === 1,
  });
  const { jobs, remarks } = targetJobs({
    document,
    targets,
    variableOf: (variable, named) => variableHolding(values, variable, named),
  });
  const ownName = (given: string) => unused.job(`${given}-${slugOf(name)}`);
  const login = loginJob(ownName("test-login"), name, values);
  const named = jobs.map((job) => ({ job, name: ownName(job.name) }));
  const refs = admittedRefs(document.trust.projects, input.now);
  const markers = input.deployMarkers ? name : null;
  return {
    environment,
    values,
    variables: [...new Set(jobs.flatMap(({ variables }) => variables))],
    context,
    jobs: [login, ...named.map((each) => jobOf(each.job, each.name, { values, markers }))],
    workflow: {
      name: unused.workflow(workflowName(name)),
      comments: refsComments(environment, refs),
      filters: filtersOf(refs),
      context,
      jobs: [
        { name: login.name, requires: [] },
        ...named.map((each) => ({
          name: each.name,
          requires: [login.name, ...pushesBefore(each.job, named)],
        })),
      ],
    },
    notes: [
      ...(environment.isNewest
        ? []
        : [`${name}: a newer version of the document is not in force, and nothing of it is here`]),
      ...(refs.kind === "none" ? [`${name}: every entry of trust has ended, so no job runs`] : []),
      ...remarks.map((sentence) => `${name}: ${sentence}`),
    ],
  };
}

/** `version` among the workflows is a setting of old. */
function workflowName(environment: string): string {
  return environment === "version" ? "environment-version" : environment;
}

function refsComments(
  { document, version }: DeployedEnvironment,
  refs: AdmittedRefs,
): readonly string[] {
  const from = `Version ${version} of the document.`;
  if (refs.kind === "none") return [`${from} Every entry of its trust has ended: nothing runs.`];
  const names = document.trust.projects === "all" || refs.everyBranch;
  return [
    names
      ? `${from} Its trust takes every branch of a project, so there is no filter of branches.`
      : `${from} The filters are the refs that its trust admits.`,
  ];
}

function loginJob(name: string, environment: string, values: Values): Job {
  return {
    name,
    description: `Shows which role of AWS the jobs of ${environment} are`,
    path: null,
    environment: environmentFor({ ...values, targets: { kind: "variables" } }, []),
    steps: [
      logIn(values),
      {
        kind: "run",
        name: "Show who this job is",
        command: script(
          take("role", "AWS_ROLE_ARN"),
          "aws sts get-caller-identity",
          "arn=$(aws sts get-caller-identity --query Arn --output text)",
          'account=$(printf %s "$role" | cut -d : -f 5)',
          'case "$arn" in',
          '  *":sts::$account:assumed-role/${role##*/}/"*) echo "This job has the role." ;;',
          '  *) echo "This job does not have the role $role." >&2; exit 1 ;;',
          "esac",
        ),
      },
    ],
  };
}

/** @param given.markers the environment's name, if deployments are to be marked */
function jobOf(
  job: TargetJob,
  name: string,
  { values, markers }: { readonly values: Values; readonly markers: string | null },
): Job {
  const { variables, stage, step, waits } = job;
  const run = [{ kind: "run", ...step }] as const;
  const isMarked = markers !== null && stage.kind === "deploy";
  return {
    name,
    description: job.description,
    path: job.path,
    environment: new Map([
      ...environmentFor(values, variables),
      ...job.values,
      ...(isMarked ? markerValues(markers, job.component) : []),
    ]),
    steps: [
      ...job.needs.map((kind) => ({ kind })),
      logIn(values),
      ...readOutputs(values, variables),
      ...(isMarked ? marked(run, waits) : run),
    ],
  };
}

/** The jobs whose image a deployment runs: that of its repository, or all where it is not known. */
function pushesBefore(
  { stage }: TargetJob,
  all: readonly { readonly name: string; readonly job: TargetJob }[],
): readonly string[] {
  if (stage.kind === "push" || stage.repository === null) return [];
  const { repository } = stage;
  return all
    .filter(({ job }) => job.stage.kind === "push" && job.stage.repository === repository)
    .map(({ name }) => name);
}
