import type { RequestContext } from "../evaluate/index.ts";
import type { Role, User } from "../iam/state.ts";
import type { Call } from "../server/operation.ts";
import type { Session } from "./sessions.ts";

/**
 * The keys that every request has, signed or not. The sandbox listens on plain HTTP, but sets
 * `aws:SecureTransport` to true, as it is in a request to AWS.
 * Source: IAM User Guide, "AWS global condition context keys".
 */
export function generalContext(call: Call): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ["aws:CurrentTime", [call.now.toISOString().replace(/\.\d{3}Z$/, "Z")]],
    ["aws:EpochTime", [String(Math.floor(call.now.getTime() / 1000))]],
    ["aws:SecureTransport", ["true"]],
    ["aws:SourceIp", [call.sourceIp]],
    // IAM is global: its only endpoint is in us-east-1, whatever Region a client uses.
    ["aws:RequestedRegion", [call.service === "iam" ? "us-east-1" : call.region]],
    ...(call.userAgent === "" ? [] : [["aws:UserAgent", [call.userAgent]] as const]),
  ]);
}

/** The keys of a signed request: the general keys and those of its caller. */
export function requestContext(
  call: Call,
  holder: { readonly session: Session | null; readonly entity: Role | User | null },
): RequestContext {
  const { session, entity } = holder;
  const keys = new Map(generalContext(call));
  keys.set("aws:PrincipalAccount", [call.account]);
  keys.set("aws:userid", [call.caller.userId]);
  keys.set("aws:PrincipalIsAWSService", ["false"]);
  for (const [key, value] of entity?.tags ?? []) keys.set(`aws:PrincipalTag/${key}`, [value]);
  if (session === null) {
    keys.set("aws:PrincipalArn", [call.caller.arn]);
    keys.set("aws:PrincipalType", ["User"]);
    if (entity !== null) keys.set("aws:username", [entity.name]);
    return keys;
  }
  keys.set("aws:PrincipalArn", [session.roleArn]);
  keys.set("aws:PrincipalType", ["AssumedRole"]);
  keys.set("aws:TokenIssueTime", [session.createdAt.toISOString()]);
  if (session.provider !== null) keys.set("aws:FederatedProvider", [session.provider]);
  return keys;
}
