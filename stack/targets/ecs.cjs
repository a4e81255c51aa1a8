// What the stack needs for plain ECS services; see stack/targets.cjs.

module.exports = {
  source: "aws.ecs",
  calls: [
    "CreateService",
    // Auto scaling calls it at any time: only another task definition brings another family or roles.
    { name: "UpdateService", with: { taskDefinition: [{ exists: true }] } },
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
    { sid: "FindServices", actions: ["ecs:DescribeServices"], resources: ["ecs:*:service/*"] },
    // Calls that IAM knows only with every resource.
    { sid: "ListTargets", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"] },
  ],
  grants: [
    // A call that IAM knows only with every resource.
    { sid: "WithoutResource", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"] },
    {
      sid: "Containers",
      actions: ["ecs:DescribeServices", "ecs:RegisterTaskDefinition", "ecs:UpdateService"],
      resources: ["ecs:*:service/*", "ecs:*:task-definition/*"],
    },
    {
      sid: "TagsOfNewTaskDefinitions",
      actions: ["ecs:TagResource"],
      resources: ["ecs:*:task-definition/*"],
      condition: { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } },
    },
  ],
  passesTo: ["ecs-tasks.amazonaws.com"],
};
