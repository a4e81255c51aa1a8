/** A trust policy that lets everybody in. */
export const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

/** What the IAM console's button *Revoke active sessions* puts on a role. */
export function revoked(at: Date): {
  readonly PolicyName: string;
  readonly PolicyDocument: string;
} {
  const statement = {
    Effect: "Deny",
    Action: ["*"],
    Resource: ["*"],
    Condition: { DateLessThan: { "aws:TokenIssueTime": at.toISOString() } },
  };
  return {
    PolicyName: "AWSRevokeOlderSessions",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
  };
}
