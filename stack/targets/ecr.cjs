// What the stack needs for ECR repositories; see stack/targets.cjs.

module.exports = {
  source: "aws.ecr",
  calls: ["CreateRepository", "DeleteRepository"],
  // No rule asks which images are pushed.
  events: [],
  reads: [
    {
      sid: "FindRepositories",
      actions: ["ecr:DescribeRepositories"],
      resources: ["ecr:*:repository/*"],
    },
  ],
  grants: [
    // The login to the registry has no resource.
    { sid: "WithoutResource", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
    {
      sid: "Images",
      actions: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:ListImages",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      resources: ["ecr:*:repository/*"],
    },
  ],
  passesTo: [],
};
