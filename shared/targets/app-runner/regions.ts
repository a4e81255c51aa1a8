/**
 * Where App Runner exists; elsewhere its endpoint does not even resolve. Closed to new customers
 * since April 2026, so the list no longer grows.
 * https://docs.aws.amazon.com/general/latest/gr/apprunner.html
 */
export const appRunnerRegions: readonly string[] = [
  "ap-northeast-1",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "us-east-1",
  "us-east-2",
  "us-west-2",
];
