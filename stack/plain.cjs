// What a template for plain CloudFormation has beside the stack: the parameters that it asks for, with
// what CloudFormation can check of each, and the conditions that stack/*.cjs name. The defaults are those
// of serverless.yml.

const { partOf } = require("./left-open.cjs");
const { organizationsMax, prefixMax } = require("./parameters.cjs");

/** Periods of the schedule, in minutes: CloudFormation cannot turn any other into seconds. */
const scheduleMinutes = [2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720];
/** How long CloudWatch Logs may keep a log, in days. */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const letter = "[A-Za-z0-9_+=,.@-]";

/** Where the functions' archives are. Lambda wants a bucket in the Region of the stack. */
const code = {
  CodeBucket: {
    Description: "Bucket with the functions' archives, in the Region of the stack.",
    AllowedPattern: "^[a-z0-9.-]{3,63}$",
  },
  CodePrefix: {
    Default: "",
    Description: "What is before the archives' names in the bucket, such as oidc-reconciler/.",
  },
};

const stage = {
  Default: "prod",
  Description: "Ends the name of every part: oidc-reconciler-STAGE.",
  AllowedPattern: "^[A-Za-z0-9-]{1,38}$",
};

/** The parameters of serverless.yml. */
const choices = {
  parameterPrefix: {
    Description: "Where the documents are.",
    AllowedPattern: "^(/[A-Za-z0-9_.-]+){1,12}$",
    MaxLength: prefixMax,
  },
  roleNames: {
    Description:
      "Roles that may be written, such as CircleCI-* or ci/CircleCI-*: a wildcard after at most 23 letters.",
    AllowedPattern: `^(${letter}+/)?${letter}{1,23}[*?](${letter}|[*?])*$`,
  },
  policyNames: {
    Description:
      "Policies that may be written, such as CircleCI-*: a wildcard after at most 16 letters.",
    AllowedPattern: `^${letter}{1,16}[*?](${letter}|[*?])*$`,
  },
  permissionsBoundary: {
    Description:
      "ARN of the policy that every role must have as its boundary. policyNames must not match it.",
    AllowedPattern: "^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+)?$",
  },
  firstDocument: {
    Description: "What happens to the first document of a name.",
    AllowedValues: ["hold", "apply"],
  },
  organizations: {
    Description: `Ids of CircleCI organisations, in lower case with commas between, at most ${organizationsMax}. Empty means any.`,
    AllowedPattern: `^(${uuid}(,${uuid}){0,${organizationsMax - 1}})?$`,
  },
  scheduleMinutes: { Type: "Number", AllowedValues: scheduleMinutes },
  refusedJobs: { AllowedValues: ["alert", "ignore"] },
  monitoring: {
    Description: "lean has no dashboard, no metrics of its own and one alarm.",
    AllowedValues: ["full", "lean"],
  },
  reportBucket: {
    Description:
      "Bucket of this account into which the weekly audit puts its page. Empty means none.",
    AllowedPattern: "^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$",
  },
  alertEmail: { Description: "First subscriber of alerts and alarms." },
  alertUrl: {
    Description: "First subscriber of alerts and alarms.",
    AllowedPattern: "^(https://.+)?$",
  },
  eventBus: {
    Description: "Bus that receives every alert. It must exist.",
    AllowedPattern: "^[A-Za-z0-9._/-]{1,256}$",
  },
  reservedConcurrency: {
    Description: "Maximum concurrent runs. Empty reserves none.",
    AllowedPattern: "^[0-9]*$",
  },
  logRetentionDays: { Type: "Number", AllowedValues: retentionDays },
};

/** All parameters of the template, those of serverless.yml with its defaults. */
function parametersOf(defaults) {
  const chosen = Object.entries(defaults).map(([name, value]) => {
    if (choices[name] === undefined)
      throw new Error(`stack/plain.cjs lacks the parameter ${name}.`);
    const Default = choices[name].Type === "Number" ? Number(value) : String(value);
    return [name, { Type: "String", Default, ...choices[name] }];
  });
  const own = Object.entries({ ...code, stage }).map(([name, value]) => [
    name,
    { Type: "String", ...value },
  ]);
  return Object.fromEntries([...own, ...chosen]);
}

const is = (parameter, value) => ({ "Fn::Equals": [{ Ref: parameter }, value] });
const isThere = (value) => ({ "Fn::Not": [{ "Fn::Equals": [value, ""] }] });
const isGiven = (parameter) => isThere({ Ref: parameter });
const withMore = (parameter, text) => ({ "Fn::Join": ["", [{ Ref: parameter }, text]] });

/** The name of the condition that there is an organisation at this place, from 0. */
function organizationAt(index) {
  return `Organization${index + 1}`;
}

/** The organisation at a place, or nothing: a list with enough commas has every place. */
function organizationOf(index) {
  return partOf(withMore("organizations", ",".repeat(organizationsMax)), ",", index);
}

const conditions = {
  HasBoundary: isGiven("permissionsBoundary"),
  ReportsRefusals: is("refusedJobs", "alert"),
  FullMonitoring: is("monitoring", "full"),
  PutsPage: isGiven("reportBucket"),
  SendsEmail: isGiven("alertEmail"),
  SendsToUrl: isGiven("alertUrl"),
  ReservesRuns: isGiven("reservedConcurrency"),
  RolesHaveFolder: isThere(partOf(withMore("roleNames", "/"), "/", 1)),
  ...Object.fromEntries(
    Array.from({ length: organizationsMax }, (_, index) => [
      organizationAt(index),
      isThere(organizationOf(index)),
    ]),
  ),
};

const mappings = {
  ScheduleSeconds: Object.fromEntries(
    scheduleMinutes.map((minutes) => [String(minutes), { seconds: minutes * 60 }]),
  ),
};

module.exports = { parametersOf, conditions, mappings, organizationAt, organizationOf };
