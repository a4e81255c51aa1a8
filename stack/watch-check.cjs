// After a deployment: says whether the watch over IAM that the rules promise is really there.
// Without a trail that logs, no change of a role, policy or provider ever reaches EventBridge, and
// IAM's events exist in us-east-1 only. The schedule still finds drift; it just takes longer.

const identityRegion = "us-east-1";

/**
 * What is missing, in sentences; empty when nothing is.
 * `trails` are those that us-east-1 knows, with their status; `forwards` tells whether a rule there
 * sends events to the home Region's bus.
 */
function missingFromWatch({ homeRegion, trails, forwards }) {
  const feeding = trails.filter((trail) => trail.isLogging && trail.includesGlobalEvents);
  const missing = [];
  if (feeding.length === 0) {
    missing.push(
      "No CloudTrail trail that logs covers IAM in us-east-1: a change by hand is found by the schedule only. Create a trail that logs write management events of all Regions.",
    );
  }
  if (homeRegion !== identityRegion && !forwards) {
    missing.push(
      `IAM's events exist in us-east-1 only and no rule there sends them to ${homeRegion}: deploy stack/forwarding.yml in us-east-1 with HomeRegion=${homeRegion}.`,
    );
  }
  return missing;
}

async function readTrails(config) {
  const { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } = await import(
    "@aws-sdk/client-cloudtrail"
  );
  const client = new CloudTrailClient(config);
  const { trailList = [] } = await client.send(new DescribeTrailsCommand({}));
  const trails = [];
  for (const trail of trailList) {
    const status = await client.send(new GetTrailStatusCommand({ Name: trail.TrailARN }));
    trails.push({
      isLogging: status.IsLogging === true,
      includesGlobalEvents: trail.IncludeGlobalServiceEvents === true,
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
      // The stack stands; that it could not be looked at is no reason to call it failed.
      this.log.warning(`Could not see whether a trail feeds the watch over IAM: ${error.message}`);
    }
  }
}

module.exports = WatchCheck;
module.exports.missingFromWatch = missingFromWatch;
