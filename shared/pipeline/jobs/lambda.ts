import { slugOf } from "../names.ts";
import { fail, script, take } from "../shell.ts";
import { imageOf, noImage } from "./image.ts";
import { type Given, type MakeJobs, notGranted, type TargetJob } from "./target-job.ts";

/**
 * Gives a function the image of the commit, or a folder as a zip file, as the function itself is
 * packed; publishes a version, and waits until Lambda has taken it in.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
 */
export const lambdaJobs: MakeJobs<"lambda"> = (given) => ({
  jobs: given.targets.map((target) => updateJob(target.function, given)),
  remarks: notGranted(
    "Lambda function",
    given.entries,
    given.targets.map((target) => target.function),
  ),
});

const asImage = ['  set -- --image-uri "$image"'];
const withoutImage = [
  `  ${fail("The function runs an image, and the document does not show of which repository.")}`,
];

function update(images: readonly string[]): readonly string[] {
  return [
    'package=$(aws lambda get-function-configuration --function-name "$function" --query PackageType --output text)',
    'if [ "$package" = Image ]; then',
    ...images,
    "else",
    '  archive="$(mktemp -d)/function.zip"',
    '  (cd "$SOURCE_PATH" && zip -qr "$archive" . -x \'.git/*\')',
    '  set -- --zip-file "fileb://$archive"',
    "fi",
    'version=$(aws lambda update-function-code --function-name "$function" "$@" --publish --query Version --output text)',
    'aws lambda wait function-updated-v2 --function-name "$function"',
    'echo "Published version $version."',
  ];
}

function updateJob(name: string, { variableOf, repositoryOf }: Given<"lambda">): TargetJob {
  const repository = repositoryOf(name);
  const image = repository === null ? noImage : imageOf(repository);
  const variable = variableOf("AWS_LAMBDA_FUNCTION", [name, name]);
  return {
    name: `deploy-lambda-${slugOf(name)}`,
    description: `Updates the code of the Lambda function ${name} and waits until that is done`,
    component: name,
    stage: { kind: "deploy", repository },
    needs: ["checkout"],
    path: { description: "The folder to zip, for a function that is not an image", fallback: "." },
    variables: [variable, ...image.variables],
    values: new Map(image.values),
    step: {
      name: "Update the code and wait",
      command: script(
        take("function", variable),
        ...image.lines,
        ...update(repository === null ? withoutImage : asImage),
      ),
    },
    waits: true,
  };
}
