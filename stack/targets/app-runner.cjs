// What the stack needs for App Runner services; see stack/targets.cjs.

module.exports = {
  source: "aws.apprunner",
  calls: ["CreateService", "DeleteService"],
  events: [
    {
      "detail-type": ["AppRunner Service Status Change"],
      detail: { currentServiceStatus: ["CREATE_FAILED", "DELETED"] },
    },
    {
      "detail-type": ["AppRunner Service Operation Status Change"],
      detail: {
        operationStatus: [
          { prefix: "CreateService" },
          { prefix: "DeleteService" },
          "UpdateServiceCompletedSuccessfully",
        ],
      },
    },
  ],
  reads: [
    // The roles that a service uses, where jobs may update it.
    {
      sid: "FindAppRunnerRoles",
      actions: ["apprunner:DescribeService"],
      resources: ["apprunner:*:service/*"],
    },
    { sid: "ListTargets", actions: ["apprunner:ListServices"], resources: ["*"] },
  ],
  grants: [
    {
      sid: "AppRunner",
      actions: [
        "apprunner:DescribeService",
        "apprunner:ListOperations",
        "apprunner:StartDeployment",
        "apprunner:UpdateService",
      ],
      resources: ["apprunner:*:service/*"],
    },
  ],
  // Which name App Runner gives there is not documented; see docs/believed.md.
  passesTo: [
    "apprunner.amazonaws.com",
    "build.apprunner.amazonaws.com",
    "tasks.apprunner.amazonaws.com",
  ],
};
