// What repositories need of the SDK, loaded where a document names one.
export {
  DescribeRepositoriesCommand,
  ECRClient,
  paginateDescribeRepositories,
} from "@aws-sdk/client-ecr";
