import type { EnvironmentDocument } from "../document/index.ts";
import { type KindName, kindNames, type ResolvedTargets } from "../targets/index.ts";
import { amplifyJobs } from "./jobs/amplify.ts";
import { appRunnerJobs } from "./jobs/app-runner.ts";
import { ecrJobs, type RunsOn } from "./jobs/ecr.ts";
import { ecsJobs } from "./jobs/ecs.ts";
import { ecsExpressJobs } from "./jobs/ecs-express.ts";
import { lambdaJobs } from "./jobs/lambda.ts";
import type { Given, JobsOfKind, MakeJobs } from "./jobs/target-job.ts";

type Environment = {
  readonly document: EnvironmentDocument;
  readonly targets: ResolvedTargets;
  readonly variableOf: Given<KindName>["variableOf"];
};

/** The jobs for all targets of an environment, in the order of the document's fields. */
export function targetJobs(environment: Environment): JobsOfKind {
  const repositoryOf = repositoriesFor(environment.targets);
  const { appRunner, lambda } = environment.targets;
  const runsOn = (repository: string): RunsOn => ({
    appRunner: appRunner.some(({ service }) => repositoryOf(service) === repository),
    lambda: lambda.some((target) => repositoryOf(target.function) === repository),
  });
  const makers: { readonly [Name in KindName]: MakeJobs<Name> } = {
    ecr: ecrJobs(runsOn),
    appRunner: appRunnerJobs,
    ecsExpress: ecsExpressJobs,
    ecs: ecsJobs,
    lambda: lambdaJobs,
    amplify: amplifyJobs,
  };
  const made = kindNames.map(<Name extends KindName>(name: Name) =>
    makers[name]({
      entries: environment.document.deploy[name],
      targets: environment.targets[name],
      variableOf: environment.variableOf,
      repositoryOf,
    }),
  );
  return {
    jobs: made.flatMap(({ jobs }) => jobs),
    remarks: made.flatMap(({ remarks }) => remarks),
  };
}

/**
 * A document does not say which repository a service runs: the one of its own name does, or one whose
 * last part is that name, or the only one that there is.
 */
function repositoriesFor({ ecr }: ResolvedTargets): (service: string) => string | null {
  const pushed = ecr.filter(({ may }) => may.includes("push")).map(({ repository }) => repository);
  const [first = null] = pushed;
  return (service) => {
    const named =
      pushed.find((repository) => repository === service) ??
      pushed.find((repository) => repository.endsWith(`/${service}`));
    return named ?? (pushed.length === 1 ? first : null);
  };
}
