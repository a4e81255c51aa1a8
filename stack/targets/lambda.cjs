// What the stack needs for Lambda functions; see stack/targets.cjs.

module.exports = {
  source: "aws.lambda",
  // CloudTrail names the calls with the version of the API.
  calls: ["CreateFunction20150331", "DeleteFunction20150331"],
  events: [],
  reads: [
    // Not GetFunction or GetFunctionConfiguration: they show environment variables.
    { sid: "FindFunctions", actions: ["lambda:ListAliases"], resources: ["lambda:*:function:*"] },
  ],
  grants: [
    {
      sid: "Functions",
      actions: [
        "lambda:GetAlias",
        "lambda:GetFunction",
        "lambda:GetFunctionConfiguration",
        "lambda:PublishVersion",
        "lambda:UpdateAlias",
        "lambda:UpdateFunctionCode",
      ],
      resources: ["lambda:*:function:*"],
    },
  ],
  passesTo: [],
};
