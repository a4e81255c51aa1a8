// What the stack needs for Lambda functions; see stack/targets.cjs. No document can name one yet: the
// boundary leaves room for them.

module.exports = {
  source: "aws.lambda",
  calls: [],
  events: [],
  reads: [],
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
