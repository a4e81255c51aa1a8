import { slugOf } from "../names.ts";
import { script } from "../shell.ts";
import { imageOf } from "./image.ts";
import { type MakeJobs, notGranted, type TargetJob } from "./target-job.ts";

/** What runs the images of a repository. */
export type RunsOn = { readonly appRunner: boolean; readonly lambda: boolean };

/**
 * Builds an image, and pushes it under the commit. A service of App Runner deploys the tag that it is
 * set to, so a repository of such a service gets `latest` as well.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 */
export function ecrJobs(runsOn: (repository: string) => RunsOn): MakeJobs<"ecr"> {
  return ({ entries, targets }) => {
    const pushed = targets.filter(({ may }) => may.includes("push"));
    const reading = targets.filter(({ may }) => !may.includes("push"));
    return {
      jobs: pushed.map(({ repository }) => pushJob(repository, runsOn(repository))),
      remarks: [
        ...notGranted(
          "ECR repository",
          entries.map(({ repository }) => repository),
          targets.map(({ repository }) => repository),
        ),
        ...reading.map(
          ({ repository }) => `ECR repository ${repository} has no job: its \`may\` has no push`,
        ),
      ],
    };
  };
}

const latest = [
  "# App Runner deploys the tag that its service is set to.",
  'docker tag "$image" "$repository:latest"',
  'docker push "$repository:latest"',
];

/** Lambda developer guide, "Create a Lambda function using a container image": `--provenance=false`. */
const plainImage = [
  "# Lambda takes no image with attestations beside it.",
  "export BUILDX_NO_DEFAULT_ATTESTATIONS=1",
];

function pushJob(repository: string, runsOn: RunsOn): TargetJob {
  const { variables, values, lines } = imageOf(repository);
  return {
    name: `push-${slugOf(repository)}`,
    description: `Builds the image and pushes it to the ECR repository ${repository}`,
    component: repository,
    stage: { kind: "push", repository },
    needs: ["checkout", "remote-docker"],
    path: { description: "The folder with the Dockerfile", fallback: "." },
    variables: [...variables, "AWS_REGION"],
    values: new Map(values),
    step: {
      name: "Build and push the image",
      command: script(
        ...lines,
        'aws ecr get-login-password --region "$AWS_REGION" |',
        '  docker login --username AWS --password-stdin "$registry"',
        ...(runsOn.lambda ? plainImage : []),
        'docker build --tag "$image" "$SOURCE_PATH"',
        'docker push "$image"',
        ...(runsOn.appRunner ? latest : []),
      ),
    },
    waits: true,
  };
}
