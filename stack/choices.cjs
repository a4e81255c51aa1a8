// The parts of the stack that depend on what an installation chose. They are decided here, at
// packaging time, so that the template holds no condition: what it says is what is deployed.
// CommonJS, because osls loads the files of its configuration with `require`.

const { choicesOf, firstDocumentOf, stackName } = require("./parameters.cjs");

const minutesMin = 1;
/** CloudWatch looks back at most a day, and the heartbeat alarm looks back two periods. */
const minutesMax = 720;

/** The name that every part of the stack begins with; a stage too long for it is refused. */
async function name({ resolveVariable }) {
  return stackName(await resolveVariable("self:service"), await resolveVariable("sls:stage"));
}

/** The schedule as EventBridge writes it, and its period for alarms and for the function. */
async function schedule({ resolveVariable }) {
  const minutes = Number(await resolveVariable("param:scheduleMinutes"));
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
    OIDC_ORGANIZATIONS: organizations.join(","),
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
  const subscribers = {
    Email: { protocol: "email", endpoint: await resolveVariable("param:alertEmail") },
    Url: { protocol: "https", endpoint: await resolveVariable("param:alertUrl") },
  };
  const resources = {};
  for (const topic of ["Alert", "Alarm"]) {
    for (const [kind, { protocol, endpoint }] of Object.entries(subscribers)) {
      if (!endpoint) continue;
      resources[`${topic}${kind}`] = {
        Type: "AWS::SNS::Subscription",
        Properties: { TopicArn: { Ref: `${topic}Topic` }, Protocol: protocol, Endpoint: endpoint },
      };
    }
  }
  return resources;
}

/** Reserved concurrency, only where it was asked for. */
async function concurrency({ resolveVariable }) {
  const asked = await resolveVariable("param:reservedConcurrency");
  if (asked === "" || asked === null) return {};
  const runs = Number(asked);
  if (!Number.isInteger(runs) || runs < 0) {
    throw new Error(`reservedConcurrency must be a whole number from 0, not "${asked}".`);
  }
  return { ReservedConcurrentExecutions: runs };
}

/** Throttles are how reserved concurrency serialises runs; without it one of them is a fault. */
async function throttles({ resolveVariable }) {
  const asked = await resolveVariable("param:reservedConcurrency");
  return { periods: asked === "" || asked === null ? 1 : 3 };
}

/**
 * The state of the rule over refused calls. CloudTrail counts AssumeRoleWithWebIdentity as a read,
 * and a rule that is merely enabled may get none of those.
 */
async function refusals({ resolveVariable }) {
  const asked = await resolveVariable("param:refusedJobs");
  if (asked === "alert") return { state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" };
  if (asked === "ignore") return { state: "DISABLED" };
  throw new Error(`refusedJobs must be alert or ignore, not "${asked}".`);
}

module.exports = { name, schedule, installation, subscriptions, concurrency, throttles, refusals };
