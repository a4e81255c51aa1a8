// The parts of the functions' roles that depend on what an installation chose: the reconcile function's calls
// that may open access, and what the audit needs for its weekly page. See docs/permissions.md, which shows it with and without each choice.

const { either, isOpen, propertyIf } = require("./left-open.cjs");
const { bucketOf, choicesOf, organizationsMax } = require("./parameters.cjs");
const { organizationAt, organizationOf } = require("./plain.cjs");

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
  const isBounded = isOpen(choices.boundary) ? "HasBoundary" : choices.boundary !== null;
  return {
    PolicyName: "opening",
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: [
        openRoles(choices, isBounded),
        attachOwnPolicies(choices, isBounded),
        boundaryStatement(choices, isBounded),
        openProviders(choices.organizations),
      ],
    },
  };
}

function bounded(boundary) {
  return { "iam:PermissionsBoundary": boundary };
}

function openRoles({ roleNames, boundary }, isBounded) {
  return {
    Sid: "OpenRoles",
    Effect: "Allow",
    Action: [
      "iam:CreateRole",
      "iam:PutRolePermissionsBoundary",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ],
    Resource: iamArn(`role/${roleNames}`),
    ...propertyIf(isBounded, "Condition", { StringEquals: bounded(boundary) }),
  };
}

function attachOwnPolicies({ roleNames, policyNames, boundary }, isBounded) {
  return {
    Sid: "AttachOwnPolicies",
    Effect: "Allow",
    Action: "iam:AttachRolePolicy",
    Resource: iamArn(`role/${roleNames}`),
    Condition: {
      ArnLike: { "iam:PolicyARN": iamArn(`policy/${policyNames}`) },
      ...propertyIf(isBounded, "StringEquals", bounded(boundary)),
    },
  };
}

/**
 * With a boundary, an explicit Deny of everything on it, so that it holds whatever `policyNames`
 * becomes later. Without one, boundaries may be taken off.
 */
function boundaryStatement({ roleNames, boundary }, isBounded) {
  const nothingOnTheBoundary = {
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
  const takeBoundariesOff = {
    Sid: "TakeBoundariesOff",
    Effect: "Allow",
    Action: "iam:DeleteRolePermissionsBoundary",
    Resource: iamArn(`role/${roleNames}`),
  };
  return either(isBounded, nothingOnTheBoundary, takeBoundariesOff);
}

function openProviders(organizations) {
  return {
    Sid: "OpenProviders",
    Effect: "Allow",
    Action: [
      "iam:CreateOpenIDConnectProvider",
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    Resource: isOpen(organizations) ? openProviderArns() : providerArns(organizations),
  };
}

const anyProvider = "oidc-provider/oidc.circleci.com/org/";

function providerArns(organizations) {
  const listed = organizations.length === 0 ? ["*"] : organizations;
  const providers = listed.map((id) => iamArn(`${anyProvider}${id}`));
  return providers.length === 1 ? providers[0] : providers;
}

/**
 * The same, where CloudFormation knows the organisations: the ARNs of the places that are taken, joined with
 * commas and split again, because a list of which items are left out is more than some of its readers take.
 */
function openProviderArns() {
  const at = (index, before = "") => ({
    "Fn::Sub": [
      `${before}${iamArn(`${anyProvider}\${id}`)["Fn::Sub"]}`,
      { id: organizationOf(index) },
    ],
  });
  const others = Array.from({ length: organizationsMax - 2 }, (_, index) =>
    either(organizationAt(index + 2), at(index + 2, ","), ""),
  );
  const joined = { "Fn::Join": ["", [at(0), at(1, ","), ...others]] };
  const some = either(organizationAt(1), { "Fn::Split": [",", joined] }, at(0));
  return either(organizationAt(0), some, iamArn(`${anyProvider}*`));
}

/** What the audit reads of CloudTrail; where a bucket is given also what the weekly page takes. */
async function trails({ resolveVariable }) {
  const bucket = await resolveVariable("param:reportBucket");
  const prefix = await resolveVariable("param:parameterPrefix");
  const putsPage = isOpen(bucket) ? "PutsPage" : bucketOf(bucket) !== null;
  return {
    PolicyName: "trails",
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: either(putsPage, [...seeTrails(), ...putPage(bucket, prefix)], seeTrails()),
    },
  };
}

function seeTrails() {
  return [
    {
      Sid: "SeeTheTrails",
      Effect: "Allow",
      Action: "cloudtrail:DescribeTrails",
      Resource: "*",
    },
    {
      Sid: "SeeWhatTheyLog",
      Effect: "Allow",
      Action: ["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"],
      Resource: { "Fn::Sub": `arn:\${AWS::Partition}:cloudtrail:*:*:trail/*` },
    },
  ];
}

/** One object, whose name begins with the prefix: two installations may have one bucket. */
function putPage(bucket, prefix) {
  const parameters = `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${prefix}`;
  return [
    {
      Sid: "SeeWhatHappened",
      Effect: "Allow",
      Action: "cloudtrail:LookupEvents",
      Resource: "*",
    },
    {
      Sid: "ReadHistories",
      Effect: "Allow",
      Action: "ssm:GetParameterHistory",
      Resource: { "Fn::Sub": `${parameters}/environments/*` },
    },
    {
      Sid: "PutThePage",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: {
        "Fn::Sub": `arn:\${AWS::Partition}:s3:::${bucket}${prefix}/\${AWS::AccountId}-\${AWS::Region}.html`,
      },
    },
  ];
}

function iamArn(resource) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:${resource}` };
}

module.exports = { opening, trails };
