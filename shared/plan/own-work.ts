import { canonical } from "./canonical.ts";
import type { Step } from "./change.ts";
import type { DriftWidening, Trace } from "./drift.ts";
import { asData } from "./role.ts";

/**
 * Is a door just what these steps of ours opened? A run that was overtaken and looks again finds its
 * own writes, and no stranger's.
 */
export function isOwnWork(widening: DriftWidening, steps: readonly Step[]): boolean {
  const { traces } = widening;
  return traces.length > 0 && traces.every((trace) => steps.some((step) => opened(trace, step)));
}

function opened(trace: Trace, step: Step): boolean {
  switch (trace.kind) {
    case "trust-policy":
      return "trustPolicy" in step && sameText(step.trustPolicy, trace.document);
    case "policy-version":
      return "document" in step && sameText(step.document, trace.document);
    case "attachment":
      return step.do === "attach" && step.arn === trace.policyArn;
    case "audience":
      return (
        (step.do === "add-audience" && step.audience === trace.audience) ||
        (step.do === "create-provider" && step.audiences.includes(trace.audience))
      );
    // We write no inline policy and no such setting, and what we do to a boundary is in its own change.
    case "inline-policy":
    case "provider-setting":
    case "boundary":
      return false;
    default:
      return trace satisfies never;
  }
}

function sameText(one: string, other: string): boolean {
  return canonical(asData(one)) === canonical(asData(other));
}
