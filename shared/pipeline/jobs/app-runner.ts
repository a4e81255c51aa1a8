import { slugOf } from "../names.ts";
import { poll, script, take } from "../shell.ts";
import { type Given, type MakeJobs, notGranted, type TargetJob } from "./target-job.ts";

type Target = Given<"appRunner">["targets"][number];

/**
 * Starts a deployment of a service. Whether it ended well only ListOperations says, which the role
 * has with the word `watch`.
 *
 * @see https://docs.aws.amazon.com/apprunner/latest/api/API_StartDeployment.html
 */
export const appRunnerJobs: MakeJobs<"appRunner"> = (given) => {
  const { entries, targets } = given;
  const deployed = targets.filter(({ may }) => may.includes("deploy"));
  const others = targets.filter(({ may }) => !may.includes("deploy"));
  return {
    jobs: deployed.map((target) => deployJob(target, given)),
    remarks: [
      ...notGranted(
        "App Runner service",
        entries.map(({ service }) => service),
        targets.map(({ service }) => service),
      ),
      ...others.map(
        ({ service }) => `App Runner service ${service} has no job: its \`may\` has no deploy`,
      ),
      ...deployed
        .filter(({ may }) => !may.includes("watch"))
        .map(
          ({ service }) =>
            `App Runner service ${service}: the job only starts a deployment, because its \`may\` has no watch`,
        ),
    ],
  };
};

const started = [
  "# The role may not look at operations. Give the service may: [deploy, watch], and make this file again.",
  'echo "Started only: the role may not look whether operation $operation ends well."',
];

function deployJob(
  { service, arn, may }: Target,
  { variableOf, repositoryOf }: Given<"appRunner">,
): TargetJob {
  const waits = may.includes("watch");
  const variable = variableOf("AWS_APP_RUNNER_SERVICE_ARN", [service, arn]);
  const waiting = poll({
    reads: `aws apprunner list-operations --service-arn "$service" --query "OperationSummaryList[?Id=='$operation'].Status | [0]" --output text`,
    done: "SUCCEEDED",
    failed: ["FAILED", "ROLLBACK_*"],
    what: "The deployment",
    minutes: 20,
  });
  return {
    name: `deploy-app-runner-${slugOf(service)}`,
    description: waits
      ? `Deploys the App Runner service ${service} and waits until that is done`
      : `Only starts a deployment of the App Runner service ${service}`,
    component: service,
    stage: { kind: "deploy", repository: repositoryOf(service) },
    needs: [],
    path: null,
    variables: [variable],
    values: new Map(),
    step: {
      name: waits ? "Deploy and wait" : "Start a deployment",
      command: script(
        take("service", variable),
        'operation=$(aws apprunner start-deployment --service-arn "$service" --query OperationId --output text)',
        ...(waits ? waiting : started),
      ),
    },
    waits,
  };
}
