// What App Runner services need of the SDK, loaded where a document names one.
export {
  AppRunnerClient,
  DescribeServiceCommand,
  paginateListServices,
} from "@aws-sdk/client-apprunner";
