// The part of the reconcile function's role that depends on what an installation chose: the calls
// that may open access. See docs/permissions.md, which shows it with and without each choice.

const { choicesOf } = require("./parameters.cjs");

/**
 * What opens: making and opening roles, attaching, making providers and letting audiences in.
 *
 * With a required boundary IAM refuses these on a role that has another one or none, nobody may
 * take it away, and the function may not touch the boundary itself. What closes (detaching,
 * deleting, untagging) never carries the condition: closing must not be blocked by it. The
 * condition key is `iam:PermissionsBoundary` of the Service Authorization Reference.
 */
async function opening(variables) {
  const choices = await choicesOf(variables);
  return {
    PolicyName: "opening",
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: [
        ...roleStatements(choices),
        ...(choices.boundary === null ? [] : [nothingOnTheBoundary(choices.boundary)]),
        openProviders(choices.organizations),
      ],
    },
  };
}

function roleStatements({ roleNames, policyNames, boundary }) {
  const role = iamArn(`role/${roleNames}`);
  const bounded = boundary === null ? null : { "iam:PermissionsBoundary": boundary };
  const statements = [
    {
      Sid: "OpenRoles",
      Effect: "Allow",
      Action: [
        "iam:CreateRole",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
      ],
      Resource: role,
      ...(bounded === null ? {} : { Condition: { StringEquals: bounded } }),
    },
    {
      Sid: "AttachOwnPolicies",
      Effect: "Allow",
      Action: "iam:AttachRolePolicy",
      Resource: role,
      Condition: {
        ArnLike: { "iam:PolicyARN": iamArn(`policy/${policyNames}`) },
        ...(bounded === null ? {} : { StringEquals: bounded }),
      },
    },
  ];
  if (bounded !== null) return statements;
  return [
    ...statements,
    {
      Sid: "TakeBoundariesOff",
      Effect: "Allow",
      Action: "iam:DeleteRolePermissionsBoundary",
      Resource: role,
    },
  ];
}

/** An explicit Deny, so that it holds whatever `policyNames` becomes later. */
function nothingOnTheBoundary(boundary) {
  return {
    Sid: "NothingOnTheBoundary",
    Effect: "Deny",
    Action: [
      "iam:CreatePolicyVersion",
      "iam:SetDefaultPolicyVersion",
      "iam:DeletePolicyVersion",
      "iam:DeletePolicy",
      "iam:TagPolicy",
      "iam:UntagPolicy",
    ],
    Resource: boundary,
  };
}

function openProviders(organizations) {
  const listed = organizations.length === 0 ? ["*"] : organizations;
  const providers = listed.map((id) => iamArn(`oidc-provider/oidc.circleci.com/org/${id}`));
  return {
    Sid: "OpenProviders",
    Effect: "Allow",
    Action: [
      "iam:CreateOpenIDConnectProvider",
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    Resource: providers.length === 1 ? providers[0] : providers,
  };
}

function iamArn(resource) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:${resource}` };
}

module.exports = { opening };
