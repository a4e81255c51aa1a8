import { take } from "../shell.ts";

const registry = "AWS_ECR_REGISTRY";

/** What a script needs to name the image of this commit. */
type ImageParts = {
  readonly variables: readonly string[];
  readonly values: readonly (readonly [string, string])[];
  readonly lines: readonly string[];
};

/** The image of a repository for the pipeline's commit, as `$image`, without its tag as `$repository`. */
export function imageOf(repository: string): ImageParts {
  return {
    variables: [registry],
    values: [["REPOSITORY", repository]],
    lines: [
      take("registry", registry),
      'repository="$registry/$REPOSITORY"',
      'image="$repository:$CIRCLE_SHA1"',
    ],
  };
}

export const noImage: ImageParts = { variables: [], values: [], lines: [] };
