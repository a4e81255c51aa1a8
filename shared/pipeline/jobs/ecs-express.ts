import { slugOf } from "../names.ts";
import { poll, script, take } from "../shell.ts";
import { imageOf, noImage } from "./image.ts";
import { type Given, type MakeJobs, notGranted, type TargetJob } from "./target-job.ts";

type Target = Given<"ecsExpress">["targets"][number];

/**
 * Gives an Express service the image of the commit. An update that names a container may drop what it
 * leaves out, so the container is sent as it is, with another image. The deployment is found by the
 * revision that the update answers with.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateExpressGatewayService.html
 */
export const ecsExpressJobs: MakeJobs<"ecsExpress"> = (given) => {
  const name = ({ cluster, service }: { readonly cluster: string; readonly service: string }) =>
    `${cluster}/${service}`;
  return {
    jobs: given.targets.map((target) => deployJob(target, given)),
    remarks: notGranted("ECS Express service", given.entries.map(name), given.targets.map(name)),
  };
};

const readContainer = [
  "folder=$(mktemp -d)",
  'aws ecs describe-express-gateway-service --service-arn "$service" \\',
  "  --query 'sort_by(service.activeConfigurations, &createdAt)[-1].primaryContainer' --output json > \"$folder/current.json\"",
];

const newImage = `jq --arg image "$image" '.image = $image' "$folder/current.json" > "$folder/next.json"`;
const sameImage = [
  "# The document does not show which repository this service runs: the image that it has is deployed again.",
  'cp "$folder/current.json" "$folder/next.json"',
];

const update = [
  'revision=$(aws ecs update-express-gateway-service --service-arn "$service" \\',
  '  --primary-container "file://$folder/next.json" --query service.targetConfiguration.serviceRevisionArn --output text)',
];

const waiting = poll({
  reads: `aws ecs list-service-deployments --cluster "$cluster" --service "$service" --query "serviceDeployments[?targetServiceRevisionArn=='$revision'].status | [0]" --output text`,
  done: "SUCCESSFUL",
  failed: ["STOPPED", "ROLLBACK_*"],
  what: "The deployment",
  minutes: 30,
});

function deployJob(
  { cluster, service, arn }: Target,
  { variableOf, repositoryOf }: Given<"ecsExpress">,
): TargetJob {
  const repository = repositoryOf(service);
  const image = repository === null ? noImage : imageOf(repository);
  const variable = variableOf("AWS_ECS_SERVICE_ARN", [service, arn]);
  return {
    name: `deploy-ecs-express-${slugOf(cluster === "default" ? service : `${cluster}-${service}`)}`,
    description: `Deploys the ECS Express service ${cluster}/${service} and waits until that is done`,
    component: service,
    stage: { kind: "deploy", repository },
    needs: [],
    path: null,
    variables: [variable, ...image.variables],
    values: new Map(image.values),
    step: {
      name: "Deploy and wait",
      command: script(
        take("service", variable),
        'cluster=$(printf %s "$service" | cut -d / -f 2)',
        ...image.lines,
        ...readContainer,
        ...(repository === null ? sameImage : [newImage]),
        ...update,
        ...waiting,
      ),
    },
    waits: true,
  };
}
