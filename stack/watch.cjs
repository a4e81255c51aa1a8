// Which roles, policies and providers the rule over IAM listens to: only those whose names the
// installation may touch, so that nobody else's Terraform wakes a run.

const { either, isOpen, partOf } = require("./left-open.cjs");
const { choicesOf } = require("./parameters.cjs");

/** A pattern has 2,048 characters at most, and names may be long; a shorter beginning is wider. */
const literalMax = 23;

/**
 * The alternatives (`$or`) below `detail` of the rule. An event that names its subject in none of
 * these places wakes nobody.
 *
 * A caller may write a name in another case than IAM keeps it, and a pattern's `wildcard` respects
 * case. So only what is before the first star is tested, ignoring case: a little too wide,
 * never too narrow. A role's event has its name without its path; of a policy the ARN is known,
 * but for its creation, whose answer has it. The places are those that shared/wake reads.
 */
async function subjects(variables) {
  const { roleNames, policyNames } = await choicesOf(variables);
  const role = [isOpen(roleNames) ? openNameTest() : nameTest(withoutPath(roleNames))];
  const policy = [isOpen(policyNames) ? openPolicyTest() : arnTest(`policy/${policyNames}`)];
  // No room for more of it three times; shared/wake looks at the rest.
  const provider = [arnTest("oidc-provider/oidc.c*")];
  return [
    { requestParameters: { roleName: role } },
    // A role that is made from a template has its name in the answer alone.
    { responseElements: { role: { roleName: role } } },
    // Attaching names a policy too; what counts there is the role.
    { requestParameters: { roleName: [{ exists: false }], policyArn: policy } },
    { responseElements: { policy: { arn: policy } } },
    // CloudTrail's capitals in this member are not documented: each likely spelling.
    { requestParameters: { openIDConnectProviderArn: provider } },
    { requestParameters: { openIdConnectProviderArn: provider } },
    { requestParameters: { OpenIDConnectProviderArn: provider } },
    { requestParameters: { url: [startsWith("https://oidc.circleci.com/org/")] } },
  ];
}

function withoutPath(names) {
  return names.slice(names.lastIndexOf("/") + 1);
}

// stack/plain.cjs takes only names that have a wildcard, a beginning that there is room for, and, of roles,
// one folder at most. So the beginning is what CloudFormation finds before the first wildcard.

function openNameTest() {
  const names = { Ref: "roleNames" };
  return startsWith(openBeginning(either("RolesHaveFolder", partOf(names, "/", 1), names)));
}

function openPolicyTest() {
  const arn = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${beginning}";
  return startsWith({ "Fn::Sub": [arn, { beginning: openBeginning({ Ref: "policyNames" }) }] });
}

function openBeginning(names) {
  return partOf(partOf(names, "*", 0), "?", 0);
}

function nameTest(name) {
  const { literal, isWhole } = beginningOf(name);
  if (isWhole) return { "equals-ignore-case": literal };
  return literal === "" ? { exists: true } : startsWith(literal);
}

function arnTest(resource) {
  const { literal, isWhole } = beginningOf(resource);
  const arn = { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:${literal}` };
  return isWhole ? { "equals-ignore-case": arn } : startsWith(arn);
}

/** What is before the first wildcard, as far as there is room for it. */
function beginningOf(pattern) {
  const [before = ""] = pattern.split(/[*?]/);
  const literal = before.slice(0, literalMax);
  return { literal, isWhole: literal === pattern };
}

function startsWith(text) {
  return { prefix: { "equals-ignore-case": text } };
}

module.exports = { subjects };
