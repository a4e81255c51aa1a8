// After a deployment: says whether the watch over IAM that the rules promise is really there.
// Without a trail that logs, no change of a role, policy or provider ever reaches EventBridge, and
// IAM's events exist in one Region only. The schedule still finds drift; it just takes longer.

/** Where each partition signs for IAM, and records it, as shared/edge/partition.ts has it from the SDK. */
function identityPlaceOf(homeRegion) {
  if (homeRegion.startsWith("us-gov-")) return { partition: "aws-us-gov", region: "us-gov-west-1" };
  if (homeRegion.startsWith("cn-")) return { partition: "aws-cn", region: "cn-north-1" };
  return { partition: "aws", region: "us-east-1" };
}

/**
 * What is missing, in sentences; empty when nothing is.
 * `trails` are those that IAM's Region knows, with their status and whether they log writes and reads of
 * management events; `forwards` says whether a rule there sends events to the home Region's bus, and
 * `reportsRefusals` whether refused jobs are to be reported.
 */
function missingFromWatch({ homeRegion, trails, forwards, reportsRefusals }) {
  const identityRegion = identityPlaceOf(homeRegion).region;
  const feeding = trails.filter(({ isLogging, logsWrites }) => isLogging && logsWrites);
  const missing = [];
  if (!feeding.some(({ includesGlobalEvents }) => includesGlobalEvents)) {
    missing.push(
      `No CloudTrail trail that logs covers IAM in ${identityRegion}: a change by hand is found by the schedule only. Create a trail that logs write management events of all Regions.`,
    );
  } else if (!feeding.some(({ isMultiRegion }) => isMultiRegion)) {
    missing.push(
      "The CloudTrail trail that logs covers one Region: what happens to deploy targets and to the status in others is found by the schedule only. Let it log write management events of all Regions.",
    );
  }
  if (reportsRefusals && feeding.length > 0 && !feeding.some(({ logsReads }) => logsReads)) {
    missing.push(
      "The CloudTrail trails that log leave out read management events, and AssumeRoleWithWebIdentity is one: no refused job is reported. Let one log all management events, or set refusedJobs to ignore.",
    );
  }
  if (homeRegion !== identityRegion && !forwards) {
    missing.push(
      `IAM's events exist in ${identityRegion} only and no rule there sends them to ${homeRegion}: deploy stack/forwarding.yml in ${identityRegion} with HomeRegion=${homeRegion}.`,
    );
  }
  return missing;
}

/**
 * Whether a trail's selectors take writes and reads of management events; a trail without selectors
 * takes both. Source: CloudTrail API reference, EventSelector and AdvancedFieldSelector.
 */
function logsOf(selectors) {
  return {
    logsWrites: takes(selectors, { other: "ReadOnly", readOnly: "true" }),
    logsReads: takes(selectors, { other: "WriteOnly", readOnly: "false" }),
  };
}

/** `other` and `readOnly` are how a selector says that it takes the other side alone. */
function takes({ EventSelectors = [], AdvancedEventSelectors = [] }, { other, readOnly }) {
  const advanced = AdvancedEventSelectors.map(({ FieldSelectors = [] }) => FieldSelectors);
  if (advanced.length > 0) {
    return advanced.some((fields) => {
      const valuesOf = (name) => fields.find(({ Field }) => Field === name)?.Equals;
      const isOtherOnly = valuesOf("readOnly")?.includes(readOnly) === true;
      return valuesOf("eventCategory")?.includes("Management") === true && !isOtherOnly;
    });
  }
  return (
    EventSelectors.length === 0 ||
    EventSelectors.some(
      ({ IncludeManagementEvents, ReadWriteType }) =>
        IncludeManagementEvents !== false && ReadWriteType !== other,
    )
  );
}

async function readTrails(config) {
  const {
    CloudTrailClient,
    DescribeTrailsCommand,
    GetEventSelectorsCommand,
    GetTrailStatusCommand,
  } = await import("@aws-sdk/client-cloudtrail");
  const client = new CloudTrailClient(config);
  const { trailList = [] } = await client.send(new DescribeTrailsCommand({}));
  const trails = [];
  for (const trail of trailList) {
    const status = await client.send(new GetTrailStatusCommand({ Name: trail.TrailARN }));
    const selectors = await client.send(
      new GetEventSelectorsCommand({ TrailName: trail.TrailARN }),
    );
    trails.push({
      isLogging: status.IsLogging === true,
      includesGlobalEvents: trail.IncludeGlobalServiceEvents === true,
      isMultiRegion: trail.IsMultiRegionTrail === true,
      ...logsOf(selectors),
    });
  }
  return trails;
}

async function isForwarding(config, homeBusArn) {
  const { EventBridgeClient, ListRuleNamesByTargetCommand } = await import(
    "@aws-sdk/client-eventbridge"
  );
  const client = new EventBridgeClient(config);
  const answer = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: homeBusArn }));
  return (answer.RuleNames ?? []).length > 0;
}

class WatchCheck {
  constructor(serverless, _options, { log }) {
    this.serverless = serverless;
    this.log = log;
    this.hooks = { "after:deploy:deploy": () => this.check() };
  }

  reportsRefusals() {
    const { Resources } = this.serverless.service.provider.compiledCloudFormationTemplate;
    return Resources.RefusedCall?.Properties.State !== "DISABLED";
  }

  async check() {
    try {
      const provider = this.serverless.getProvider("aws");
      const homeRegion = provider.getRegion();
      const identity = identityPlaceOf(homeRegion);
      const config = await provider.getAwsSdkV3Config({ region: identity.region });
      const account = await provider.getAccountId();
      const homeBus = `arn:${identity.partition}:events:${homeRegion}:${account}:event-bus/default`;
      const trails = await readTrails(config);
      const forwards = homeRegion === identity.region || (await isForwarding(config, homeBus));
      for (const missing of missingFromWatch({
        homeRegion,
        trails,
        forwards,
        reportsRefusals: this.reportsRefusals(),
      })) {
        this.log.warning(missing);
      }
    } catch (error) {
      // The stack is deployed; a failed check is not a reason to call it failed.
      this.log.warning(`Could not check whether a trail delivers IAM's events: ${error.message}`);
    }
  }
}

module.exports = WatchCheck;
module.exports.missingFromWatch = missingFromWatch;
module.exports.logsOf = logsOf;
