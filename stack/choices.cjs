// The parts of the stack that depend on what an installation chose. They are decided here, at
// packaging time, so that the template holds no condition: what it says is what is deployed.
// CommonJS, because osls loads the files of its configuration with `require`.

const minutesMin = 1;
/** CloudWatch looks back at most a day, and the heartbeat alarm looks back two periods. */
const minutesMax = 720;

/** The schedule as EventBridge writes it, and its period in seconds for the heartbeat's alarm. */
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
  };
}

/** Subscribers of the alert topic: an e-mail address, an https endpoint, both or none. */
async function subscriptions({ resolveVariable }) {
  const endpoints = {
    AlertEmail: { protocol: "email", endpoint: await resolveVariable("param:alertEmail") },
    AlertUrl: { protocol: "https", endpoint: await resolveVariable("param:alertUrl") },
  };
  const resources = {};
  for (const [name, { protocol, endpoint }] of Object.entries(endpoints)) {
    if (!endpoint) continue;
    resources[name] = {
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: { Ref: "AlertTopic" }, Protocol: protocol, Endpoint: endpoint },
    };
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
 * The calls that open access: they make a role, give it a policy or set its boundary. With a
 * required boundary IAM itself refuses them on a role that has another one or none, and nobody
 * may take it away.
 */
async function opening({ resolveVariable }) {
  const roleNames = await resolveVariable("param:roleNames");
  const policyNames = await resolveVariable("param:policyNames");
  const boundary = await resolveVariable("param:permissionsBoundary");
  const role = arn(`role/${roleNames}`);
  const bounded = boundary ? { StringEquals: { "iam:PermissionsBoundary": boundary } } : null;
  const statements = [
    {
      Sid: "MakeRoles",
      Effect: "Allow",
      Action: ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
      Resource: role,
      ...(bounded ? { Condition: bounded } : {}),
    },
    {
      Sid: "AttachOwnPolicies",
      Effect: "Allow",
      Action: "iam:AttachRolePolicy",
      Resource: role,
      Condition: { ArnLike: { "iam:PolicyARN": arn(`policy/${policyNames}`) }, ...bounded },
    },
  ];
  if (!bounded) {
    statements.push({
      Sid: "TakeBoundariesOff",
      Effect: "Allow",
      Action: "iam:DeleteRolePermissionsBoundary",
      Resource: role,
    });
  }
  return {
    PolicyName: "opening",
    PolicyDocument: { Version: "2012-10-17", Statement: statements },
  };
}

function arn(resource) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:${resource}` };
}

module.exports = { schedule, subscriptions, concurrency, throttles, opening };
