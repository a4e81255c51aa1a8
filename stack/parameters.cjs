// Reads the parameters of serverless.yml and refuses a bad one with one sentence, at packaging time:
// a value that IAM or EventBridge would refuse later, or worse, take.
// CommonJS, because osls loads the files of its configuration with `require`.

/** IAM's longest role name; the longest name in the stack is that of the reconcile function's role. */
const roleNameMax = 64;
const longestSuffix = "-reconcile";
/** Each id takes some 95 of the 10,240 characters that IAM gives a role's inline policies. */
const organizationsMax = 20;
/**
 * The rule over what the loop has stored names it sixteen times, and EventBridge gives a pattern 2,048 characters
 * (Amazon EventBridge quotas): so much is left for each beside the longest names of stage, partition and Region.
 */
const prefixMax = 46;

const { isOpen } = require("./left-open.cjs");

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const policyArn = /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/([A-Za-z0-9+=,.@_/-]+)$/;
/** Letters of IAM's names and paths, with the two wildcards of an ARN in a policy. */
const namePattern = /^[A-Za-z0-9_+=,.@/*?-]+$/;

/**
 * Where the documents are: as the functions read it (shared/settings.ts), for a path that they refuse leaves them
 * at rest, and one with a wildcard would be one in their roles.
 */
function prefixOf(value) {
  const prefix = String(value ?? "");
  if (prefix.length > prefixMax) {
    throw new Error(
      `parameterPrefix may have ${prefixMax} characters, for which the patterns of the rules have room, not ${prefix.length}.`,
    );
  }
  if (/^(\/[A-Za-z0-9_.-]+){1,12}$/.test(prefix)) return prefix;
  throw new Error(
    `parameterPrefix must be a path of Parameter Store without a slash at its end, such as /oidc-reconciler, not "${prefix}".`,
  );
}

/** The name of the bus for alerts, which is part of an ARN: no letter may be a wildcard. */
function busOf(value) {
  const bus = String(value ?? "");
  if (/^[A-Za-z0-9._/-]{1,256}$/.test(bus)) return bus;
  throw new Error(`eventBus must be the name of a bus, such as default, not "${bus}".`);
}

/** The name that every part of the stack begins with. */
function stackName(service, stage) {
  const name = `${service}-${stage}`;
  const over = name.length + longestSuffix.length - roleNameMax;
  if (over > 0) {
    throw new Error(
      `The stage "${stage}" is ${over} too long: the role ${name}${longestSuffix} may have ${roleNameMax} characters.`,
    );
  }
  return name;
}

/** `hold` or `apply`: what happens to a first document. */
function firstDocumentOf(value) {
  if (isOpen(value) || value === "hold" || value === "apply") return value;
  throw new Error(`firstDocument must be hold or apply, not "${value}".`);
}

/** The organisations that a document may name, each once, in lower case; none for any. */
function organizationsOf(value) {
  const text = String(value ?? "").trim();
  if (text === "") return [];
  const ids = text.split(",").map((id) => id.trim().toLowerCase());
  const wrong = ids.find((id) => !uuid.test(id));
  if (wrong !== undefined) {
    throw new Error(
      `organizations must be UUIDs with commas between, such as 11111111-2222-4333-8444-555555555555; "${wrong}" is not a UUID.`,
    );
  }
  const listed = [...new Set(ids)];
  if (listed.length > organizationsMax) {
    throw new Error(
      `organizations lists ${listed.length} ids, and at most ${organizationsMax} fit into the function's policy.`,
    );
  }
  return listed;
}

/** Path and name of roles or policies as the end of an ARN, wildcards included. */
function namesOf(parameter, value) {
  const names = String(value ?? "");
  if (parameter === "policyNames" && names.includes("/")) {
    throw new Error(
      `policyNames must be names without a folder, such as CircleCI-*, since deploy policies are in none; not "${names}".`,
    );
  }
  if (namePattern.test(names) && !names.startsWith("/") && !names.endsWith("/")) return names;
  throw new Error(
    `${parameter} must be path and name as the end of an ARN, such as CircleCI-* or ci/CircleCI-*, not "${names}".`,
  );
}

/**
 * The ARN of the boundary that every role must have, or null. It may not be a policy that the
 * function itself may write: anyone who can rewrite the boundary is not limited by it.
 */
function boundaryOf(value, policyNames) {
  const arn = String(value ?? "");
  if (arn === "") return null;
  const [, account, name] = policyArn.exec(arn) ?? [];
  if (name === undefined) {
    throw new Error(
      `permissionsBoundary must be the ARN of a policy, such as arn:aws:iam::123456789012:policy/ci-boundary, not "${arn}".`,
    );
  }
  if (account !== "aws" && globOf(policyNames).test(name)) {
    throw new Error(
      `permissionsBoundary is policy/${name}, which policyNames (${policyNames}) lets the function rewrite: choose a name that it does not match.`,
    );
  }
  return arn;
}

/**
 * The name of the bucket for the weekly page, or null: it is part of an ARN, so no letter may be a wildcard.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
function bucketOf(value) {
  const name = String(value ?? "");
  if (name === "") return null;
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return name;
  throw new Error(
    `reportBucket must be the name of a bucket, such as shop-reports, not "${name}".`,
  );
}

/** An ARN's wildcards: both cross slashes. IAM takes names that differ in case for the same. */
function globOf(pattern) {
  const escaped = pattern.replace(/[.+]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
}

/** A choice that is left open stays as it is; CloudFormation checks what it can. */
function orOpen(value, read) {
  return isOpen(value) ? value : read(value);
}

/** All that decides about IAM, read; what every part of the stack is made from is checked. */
async function choicesOf({ resolveVariable }) {
  const asked = (name) => resolveVariable(`param:${name}`);
  orOpen(await asked("parameterPrefix"), prefixOf);
  orOpen(await asked("eventBus"), busOf);
  const roleNames = namesOf("roleNames", await asked("roleNames"));
  const policyNames = namesOf("policyNames", await asked("policyNames"));
  return {
    roleNames,
    policyNames,
    boundary: orOpen(await asked("permissionsBoundary"), (arn) => boundaryOf(arn, policyNames)),
    organizations: orOpen(await asked("organizations"), organizationsOf),
  };
}

module.exports = {
  organizationsMax,
  prefixMax,
  stackName,
  firstDocumentOf,
  organizationsOf,
  namesOf,
  boundaryOf,
  bucketOf,
  orOpen,
  choicesOf,
};
