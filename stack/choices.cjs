// The parts of the stack that depend on what an installation chose. They are decided here, at
// packaging time, so that the template holds no condition: what it says is what is deployed. The template
// for plain CloudFormation leaves them open (stack/left-open.cjs).
// CommonJS, because osls loads the files of its configuration with `require`.

const { either, isOpen, propertyIf } = require("./left-open.cjs");
const { bucketOf, choicesOf, firstDocumentOf, orOpen, stackName } = require("./parameters.cjs");

const minutesMin = 1;
/** CloudWatch looks back at most a day, and the heartbeat alarm looks back two periods. */
const minutesMax = 720;

/** The name that every part of the stack begins with; a stage too long for it is refused. */
async function name({ resolveVariable }) {
  return stackName(await resolveVariable("self:service"), await resolveVariable("sls:stage"));
}

/** The schedule as EventBridge writes it, and its period for alarms and for the function. */
async function schedule({ resolveVariable }) {
  const asked = await resolveVariable("param:scheduleMinutes");
  if (isOpen(asked)) {
    return {
      rate: `rate(${asked} minutes)`,
      periodSeconds: {
        "Fn::FindInMap": ["ScheduleSeconds", { Ref: "scheduleMinutes" }, "seconds"],
      },
      // A variable of a function is text.
      minutes: { "Fn::Sub": asked },
    };
  }
  const minutes = Number(asked);
  if (!Number.isInteger(minutes) || minutes < minutesMin || minutes > minutesMax) {
    throw new Error(
      `scheduleMinutes must be a whole number from ${minutesMin} to ${minutesMax}, not "${minutes}".`,
    );
  }
  return {
    rate: minutes === 1 ? "rate(1 minute)" : `rate(${minutes} minutes)`,
    periodSeconds: minutes * 60,
    minutes: String(minutes),
  };
}

/** What the loop must know of the installation, as its environment variables. */
async function installation(variables) {
  const { resolveVariable } = variables;
  const { roleNames, policyNames, boundary, organizations } = await choicesOf(variables);
  return {
    OIDC_FIRST_DOCUMENT: firstDocumentOf(await resolveVariable("param:firstDocument")),
    OIDC_ORGANIZATIONS: isOpen(organizations) ? organizations : organizations.join(","),
    OIDC_PERMISSIONS_BOUNDARY: boundary ?? "",
    OIDC_ROLE_NAMES: roleNames,
    OIDC_POLICY_NAMES: policyNames,
    OIDC_SCHEDULE_MINUTES: (await schedule(variables)).minutes,
  };
}

/**
 * Subscribers of both topics, alerts and alarms: an e-mail address, an https endpoint, both or
 * none. Two topics, so that a broken alert topic is still noticed.
 */
async function subscriptions({ resolveVariable }) {
  const subscribers = [
    ["Email", "email", await resolveVariable("param:alertEmail"), "SendsEmail"],
    ["Url", "https", await resolveVariable("param:alertUrl"), "SendsToUrl"],
  ];
  const resources = {};
  for (const topic of ["Alert", "Alarm"]) {
    for (const [kind, Protocol, Endpoint, condition] of subscribers) {
      if (!Endpoint) continue;
      resources[`${topic}${kind}`] = {
        Type: "AWS::SNS::Subscription",
        ...(isOpen(Endpoint) ? { Condition: condition } : {}),
        Properties: { TopicArn: { Ref: `${topic}Topic` }, Protocol, Endpoint },
      };
    }
  }
  return resources;
}

/** Whether concurrency is reserved; null and nothing say that it is not. */
async function reservesRuns({ resolveVariable }) {
  const asked = await resolveVariable("param:reservedConcurrency");
  if (isOpen(asked)) return { choice: "ReservesRuns", runs: asked };
  if (asked === "" || asked === null) return { choice: false };
  const runs = Number(asked);
  if (!Number.isInteger(runs) || runs < 0) {
    throw new Error(`reservedConcurrency must be a whole number from 0, not "${asked}".`);
  }
  return { choice: true, runs };
}

/** Reserved concurrency, only where it was asked for. */
async function concurrency(variables) {
  const { choice, runs } = await reservesRuns(variables);
  return propertyIf(choice, "ReservedConcurrentExecutions", runs);
}

/** Throttles are how reserved concurrency serialises runs; without it one of them is a fault. */
async function throttles(variables) {
  const { choice } = await reservesRuns(variables);
  return { periods: either(choice, 3, 1) };
}

/** `full` or `lean`: lean has no dashboard, no metrics of its own, and one alarm. */
async function isFull({ resolveVariable }) {
  const asked = await resolveVariable("param:monitoring");
  if (isOpen(asked)) return "FullMonitoring";
  if (asked === "full" || asked === "lean") return asked === "full";
  throw new Error(`monitoring must be full or lean, not "${asked}".`);
}

/** What full monitoring has beside the alarm over the heartbeat; osls reads the files that are named. */
async function monitoring(variables) {
  const choice = await isFull(variables);
  const fileIf = (path) => (choice === false ? {} : `\${file(${path})}`);
  return { alarms: fileIf("stack/alarms.yml"), dashboard: fileIf("stack/dashboard.yml") };
}

/** The sign of life that the alarm watches, and whether runs write metrics at all. */
async function heartbeat(variables) {
  const choice = await isFull(variables);
  const ofQueue = { "Fn::GetAtt": ["EventQueue", "QueueName"] };
  return {
    namespace: either(choice, "OidcReconciler", "AWS/SQS"),
    metric: either(choice, "Heartbeat", "NumberOfMessagesDeleted"),
    dimension: either(choice, "service", "QueueName"),
    value: either(choice, await name(variables), ofQueue),
    description: either(
      choice,
      "No run over all environments succeeded for two periods of the schedule, so nothing is being corrected. Check the function's errors, the queue and the schedule's rule.",
      "No run has ended for two periods of the schedule, so nothing is being corrected. Check the function's errors, the queue and the schedule's rule.",
    ),
    metricsDisabled: either(choice, "false", "true"),
  };
}

/** What the audit must know: the installation, as the loop does, and the bucket for the weekly page, or none. */
async function weekly(variables) {
  const bucket = orOpen(await variables.resolveVariable("param:reportBucket"), bucketOf);
  return { ...(await installation(variables)), OIDC_REPORT_BUCKET: bucket ?? "" };
}

/**
 * The state of the rule over refused calls. CloudTrail counts AssumeRoleWithWebIdentity as a read,
 * and a rule that is merely enabled may get none of those.
 */
async function refusals({ resolveVariable }) {
  const asked = await resolveVariable("param:refusedJobs");
  const choice = isOpen(asked) ? "ReportsRefusals" : asked === "alert";
  if (choice === false && asked !== "ignore") {
    throw new Error(`refusedJobs must be alert or ignore, not "${asked}".`);
  }
  return { state: either(choice, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "DISABLED") };
}

module.exports = {
  name,
  schedule,
  installation,
  subscriptions,
  concurrency,
  throttles,
  monitoring,
  heartbeat,
  refusals,
  weekly,
};
