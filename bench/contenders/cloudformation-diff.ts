import { fullDiff } from "@aws-cdk/cloudformation-diff";
import type { Contender } from "../question.ts";

const template = (document: string) => ({
  Resources: {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: { AssumeRolePolicyDocument: JSON.parse(document) },
    },
  },
});

/** What `cdk deploy` asks before it calls for approval: were permissions broadened? */
export const cloudformationDiff: Contender = {
  name: "@aws-cdk/cloudformation-diff",
  answer: ({ before, after }) => ({
    widens: fullDiff(template(before), template(after)).permissionsBroadened,
  }),
};
