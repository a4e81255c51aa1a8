// What the stack needs for ECS services that are not Express; see stack/targets.cjs. No document can
// name one yet: the boundary leaves room for them.

module.exports = {
  source: "aws.ecs",
  calls: [],
  events: [],
  reads: [],
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
