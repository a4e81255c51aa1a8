// What the stack needs for ECS Express services; see stack/targets.cjs.

module.exports = {
  source: "aws.ecs",
  calls: [
    "CreateExpressGatewayService",
    "UpdateExpressGatewayService",
    "DeleteExpressGatewayService",
    "CreateService",
    "DeleteService",
  ],
  // Of a deployment the beginning is enough.
  events: [
    {
      "detail-type": ["ECS Deployment State Change"],
      detail: { eventName: ["SERVICE_DEPLOYMENT_IN_PROGRESS"] },
    },
  ],
  reads: [
    {
      sid: "FindServices",
      actions: ["ecs:DescribeServices", "ecs:DescribeExpressGatewayService"],
      resources: ["ecs:*:service/*"],
    },
  ],
  grants: [
    {
      sid: "Containers",
      actions: [
        "ecs:DescribeExpressGatewayService",
        "ecs:DescribeServiceDeployments",
        "ecs:DescribeServices",
        "ecs:ListServiceDeployments",
        "ecs:RegisterTaskDefinition",
        "ecs:UpdateExpressGatewayService",
      ],
      resources: ["ecs:*:service/*", "ecs:*:service-deployment/*", "ecs:*:task-definition/*"],
    },
  ],
  passesTo: ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"],
};
