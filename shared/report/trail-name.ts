import type { Change } from "../plan/change.ts";
import type { Trace } from "../plan/widening.ts";
import type { RecordedCall } from "../wake/index.ts";

/*
 * CloudTrail's history is asked by one name: a role's own, else the ARN of the policy or provider that a call
 * is about. What we correct, what we find open and what somebody called are looked up by the same.
 */

/** The name under which CloudTrail has the calls about what a change writes. */
export function trailNameOfChange({ step, id }: Change): string {
  if ("name" in step && step.do !== "create-policy") return step.name;
  return "arn" in step ? step.arn : id;
}

/** The name under which CloudTrail has the calls that may have left a trace. */
export function trailNameOfTrace(trace: Trace): string {
  if ("role" in trace) return trace.role;
  return "policyArn" in trace ? trace.policyArn : trace.providerArn;
}

/**
 * The name under which CloudTrail has a call; empty where its parameters have none. CloudTrail spells the ARN
 * of a provider in more than one way.
 */
export function trailNameOfCall({ parameters }: Pick<RecordedCall, "parameters">): string {
  const names = ["roleName", "policyArn", "openIDConnectProviderArn", "openIdConnectProviderArn"];
  const values = names.map((name) => parameters[name]).filter((value) => typeof value === "string");
  return values.find((value) => value !== "") ?? "";
}
