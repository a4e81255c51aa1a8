// After a deployment: says whether the watch over IAM that the rules promise is really there.
// Without a trail that logs, no change of a role, policy or provider ever reaches EventBridge, and
// IAM's events exist in us-east-1 only. The schedule still finds drift; it just takes longer.

const identityRegion = "us-east-1";

/**
 * What is missing, in sentences; empty when nothing is.
 * `trails` are those that us-east-1 knows, with their status and whether they log writes of
 * management events; `forwards` says whether a rule there sends events to the home Region's bus.
 */
function missingFromWatch({ homeRegion, trails, forwards }) {
  const feeding = trails.filter(({ isLogging, logsWrites }) => isLogging && logsWrites);
  const missing = [];
  if (!feeding.some(({ includesGlobalEvents }) => includesGlobalEvents)) {
    missing.push(
      "No CloudTrail trail that logs covers IAM in us-east-1: a change by hand is found by the schedule only. Create a trail that logs write management events of all Regions.",
    );
  } else if (!feeding.some(({ isMultiRegion }) => isMultiRegion)) {
    missing.push(
      "The CloudTrail trail that logs covers one Region: what happens to deploy targets and to the status in others is found by the schedule only. Let it log write management events of all Regions.",
    );
  }
  if (homeRegion !== identityRegion && !forwards) {
    missing.push(
      `IAM's events exist in us-east-1 only and no rule there sends them to ${homeRegion}: deploy stack/forwarding.yml in us-east-1 with HomeRegion=${homeRegion}.`,
    );
  }
  return missing;
}

/**
 * Whether a trail's selectors take writes of management events; a trail without selectors does.
 * Source: CloudTrail API reference, EventSelector and AdvancedFieldSelector.
 */
function logsWrites({ EventSelectors = [], AdvancedEventSelectors = [] }) {
  const advanced = AdvancedEventSelectors.map(({ FieldSelectors = [] }) => FieldSelectors);
  if (advanced.length > 0) {
    return advanced.some((fields) => {
      const valuesOf = (name) => fields.find(({ Field }) => Field === name)?.Equals;
      const isReadsOnly = valuesOf("readOnly")?.includes("true") === true;
      return valuesOf("eventCategory")?.includes("Management") === true && !isReadsOnly;
    });
  }
  return (
    EventSelectors.length === 0 ||
    EventSelectors.some(
      ({ IncludeManagementEvents, ReadWriteType }) =>
        IncludeManagementEvents !== false && ReadWriteType !== "ReadOnly",
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
      logsWrites: logsWrites(selectors),
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

  async check() {
    try {
      const provider = this.serverless.getProvider("aws");
      const homeRegion = provider.getRegion();
      const config = await provider.getAwsSdkV3Config({ region: identityRegion });
      const account = await provider.getAccountId();
      const homeBus = `arn:aws:events:${homeRegion}:${account}:event-bus/default`;
      const trails = await readTrails(config);
      const forwards = homeRegion === identityRegion || (await isForwarding(config, homeBus));
      for (const missing of missingFromWatch({ homeRegion, trails, forwards })) {
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
module.exports.logsWrites = logsWrites;
