import { slugOf } from "../names.ts";
import { fail, poll, script, take } from "../shell.ts";
import { imageOf, noImage } from "./image.ts";
import { type Given, type MakeJobs, notGranted, type TargetJob } from "./target-job.ts";

type Target = Given<"ecs">["targets"][number];

/**
 * Registers the service's task definition with the image of the commit, and moves the service to it.
 * Its tags are copied, as the orb circleci/aws-ecs does; those that begin with `aws:` are AWS's own.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export const ecsJobs: MakeJobs<"ecs"> = (given) => {
  const name = ({ cluster, service }: { readonly cluster: string; readonly service: string }) =>
    `${cluster}/${service}`;
  return {
    jobs: given.targets.map((target) => deployJob(target, given)),
    remarks: notGranted("ECS service", given.entries.map(name), given.targets.map(name)),
  };
};

/** What a task definition shows and none can be registered with (API reference, TaskDefinition). */
const shownOnly = [
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
];

const edit = [
  '  (.tags // [] | map(select(.key | startswith("aws:") | not))) as $tags',
  `  | .taskDefinition | del(${shownOnly.map((member) => `.${member}`).join(", ")})`,
  "  | if (.containerDefinitions | length) == 1 then .containerDefinitions[0].image = $image",
  '    else (.containerDefinitions[] | select(.image | startswith($repository + ":") or startswith($repository + "@")) | .image) = $image end',
  "  | if ($tags | length) > 0 then .tags = $tags else . end",
];

const register = [
  "folder=$(mktemp -d)",
  'current=$(aws ecs describe-services --cluster "$cluster" --services "$service" --query "services[0].taskDefinition" --output text)',
  'aws ecs describe-task-definition --task-definition "$current" --include TAGS --output json > "$folder/current.json"',
  `jq --arg image "$image" --arg repository "$repository" '`,
  ...edit,
  `' "$folder/current.json" > "$folder/next.json"`,
  `jq -e --arg image "$image" 'any(.containerDefinitions[]; .image == $image)' "$folder/next.json" > "$folder/found" ||`,
  `  ${fail("No container of $current runs an image of $repository.")}`,
  'next=$(aws ecs register-task-definition --cli-input-json "file://$folder/next.json" --query taskDefinition.taskDefinitionArn --output text)',
  'echo "Registered $next."',
];

const sameImage =
  "# The document does not show which repository this service runs: the task definition that it has is deployed again.";

function update(way: string): readonly string[] {
  return [
    `deployment=$(aws ecs update-service --cluster "$cluster" --service "$service" ${way} \\`,
    `  --query "service.deployments[?status=='PRIMARY'].id | [0]" --output text)`,
  ];
}

/**
 * A deployment that was rolled back is not among the service's deployments any more. One behind a
 * Classic Load Balancer has no state (API reference, Deployment), but counts of its tasks.
 */
const waiting = poll({
  reads: `aws ecs describe-services --cluster "$cluster" --services "$service" --query "services[0].deployments[?id=='$deployment'].[rolloutState || (runningCount == desiredCount && 'COMPLETED') || 'IN_PROGRESS'] | [0][0] || 'GONE'" --output text`,
  done: "COMPLETED",
  failed: ["FAILED", "GONE"],
  what: "The deployment",
  minutes: 30,
});

function deployJob(
  { cluster, service }: Target,
  { variableOf, repositoryOf }: Given<"ecs">,
): TargetJob {
  const repository = repositoryOf(service);
  const image = repository === null ? noImage : imageOf(repository);
  const name = `${cluster}/${service}`;
  const variables = [
    variableOf("AWS_ECS_CLUSTER", [name, cluster]),
    variableOf("AWS_ECS_SERVICE", [name, service]),
  ];
  const [ofCluster = "", ofService = ""] = variables;
  return {
    name: `deploy-ecs-${slugOf(`${cluster}-${service}`)}`,
    description: `Deploys the ECS service ${cluster}/${service} and waits until that is done`,
    component: service,
    stage: { kind: "deploy", repository },
    needs: [],
    path: null,
    variables: [...variables, ...image.variables],
    values: new Map(image.values),
    step: {
      name: "Deploy and wait",
      command: script(
        take("cluster", ofCluster),
        take("service", ofService),
        ...image.lines,
        ...(repository === null
          ? [sameImage, ...update("--force-new-deployment")]
          : [...register, ...update('--task-definition "$next"')]),
        ...waiting,
      ),
    },
    waits: true,
  };
}
