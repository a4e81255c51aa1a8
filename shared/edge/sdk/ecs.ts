// What ECS Express targets need of the SDK, loaded where a document names one.
export {
  DescribeExpressGatewayServiceCommand,
  DescribeServicesCommand,
  ECSClient,
} from "@aws-sdk/client-ecs";
