/**
 * The orbs that a configuration uses, by exact version: a range would run tomorrow what nobody has
 * read today. `newestOn` is the day on which that was the newest version.
 *
 * There is one. circleci/aws-ecr would ask for the account's id as a further variable and for
 * nothing that `docker` cannot do, and no orb knows ECS Express.
 *
 * @see https://circleci.com/developer/orbs/orb/circleci/aws-cli
 */
export const orbs = {
  "aws-cli": { orb: "circleci/aws-cli", version: "5.4.1", newestOn: "2026-11-22" },
} as const;

/**
 * Where jobs run: CircleCI's image with bash, curl, the Docker client, git, jq and zip.
 *
 * @see https://circleci.com/developer/images/image/cimg/base
 */
export const image = "cimg/base:current";
