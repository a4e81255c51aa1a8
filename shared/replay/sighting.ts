import { instantAt } from "../aws/event-fields.ts";
import { type SeenToken, tokenOfRecord } from "../diagnose/call.ts";
import { roleOfRecord } from "../diagnose/question.ts";
import type { CallRecord } from "../trail/records.ts";

/** Who showed a token, as far as CloudTrail's record says. */
export type SeenIdentity = {
  readonly issuer: string;
  /** Null where no record of such a token says: only CircleCI's default is known without. */
  readonly audience: string | null;
  readonly subject: string;
  readonly token: SeenToken;
};

/** One AssumeRoleWithWebIdentity on the role. */
export type Sighting = {
  /** It asks for the role's name under another path or in another case: STS finds no such role. */
  readonly isMisnamed: boolean;
  readonly eventId: string | null;
  /** ISO instant; null where the record has none that can be read. */
  readonly at: string | null;
  /** Null where the record does not say whose token it was. */
  readonly identity: SeenIdentity | null;
};

const operation = "AssumeRoleWithWebIdentity";

/**
 * What a record says of the role; null for any other record. STS looks up the whole ARN.
 *
 * @param roleArn the role's own ARN
 */
export function sightingOf(record: CallRecord, roleArn: string): Sighting | null {
  const { eventName, eventSource, eventID } = record;
  if (eventName !== operation) return null;
  if (typeof eventSource === "string" && !eventSource.startsWith("sts.")) return null;
  const asked = roleOfRecord(record);
  if (asked === null || bareArn(asked) !== bareArn(roleArn)) return null;
  return {
    isMisnamed: asked !== roleArn,
    eventId: typeof eventID === "string" && eventID !== "" ? eventID : null,
    at: instantAt(record, "eventTime"),
    identity: identityOf(record),
  };
}

/** Without the path, and in lower case: IAM has no two roles that differ in these alone. */
function bareArn(arn: string): string {
  const at = arn.indexOf(":role/");
  const name = arn.slice(arn.lastIndexOf("/"));
  return (at < 0 ? arn : `${arn.slice(0, at)}:role${name}`).toLowerCase();
}

function identityOf(record: CallRecord): SeenIdentity | null {
  const read = tokenOfRecord(record);
  if (read === null) return null;
  const { issuer, subject, audiences } = read;
  const audience = audiences?.[0] ?? organizationOf(issuer);
  const claims = { ...read.claims, ...(audience === null ? {} : { aud: audience }) };
  return { issuer, audience, subject, token: { ...read, claims } };
}

/** The default audience of CircleCI's tokens, whatever their subject looks like. */
function organizationOf(issuer: string): string | null {
  return /^https:\/\/oidc\.circleci\.com\/org\/([^/]+)$/.exec(issuer)?.[1] ?? null;
}
