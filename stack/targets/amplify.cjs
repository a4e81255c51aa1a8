// What the stack needs for Amplify apps; see stack/targets.cjs.

module.exports = {
  source: "aws.amplify",
  calls: ["CreateApp", "UpdateApp", "DeleteApp", "CreateBranch", "DeleteBranch"],
  // Of a deployment the beginning is enough.
  events: [
    {
      "detail-type": ["Amplify Deployment Status Change"],
      detail: { jobStatus: ["STARTED"] },
    },
  ],
  reads: [
    {
      sid: "FindBranches",
      actions: ["amplify:ListBranches"],
      resources: ["amplify:*:apps/*"],
    },
    { sid: "ListTargets", actions: ["amplify:ListApps"], resources: ["*"] },
  ],
  grants: [
    {
      sid: "WebApps",
      actions: [
        "amplify:CreateDeployment",
        "amplify:GetJob",
        "amplify:StartDeployment",
        "amplify:StartJob",
      ],
      resources: ["amplify:*:apps/*"],
    },
  ],
  passesTo: [],
};
