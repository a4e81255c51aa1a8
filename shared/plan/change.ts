import type { Fault } from "../aws/reading.ts";
import type { Tags } from "./observed.ts";

/**
 * A step that a writer at the edge can carry out, with all that it needs: applying decides
 * nothing. One step is one write to AWS.
 */
export type Step =
  | {
      readonly do: "create-provider";
      readonly arn: string;
      readonly url: string;
      readonly audiences: readonly string[];
      readonly thumbprints: readonly string[];
      readonly tags: Tags;
    }
  | { readonly do: "add-audience"; readonly arn: string; readonly audience: string }
  | { readonly do: "remove-audience"; readonly arn: string; readonly audience: string }
  | {
      readonly do: "set-thumbprints";
      readonly arn: string;
      readonly thumbprints: readonly string[];
    }
  | { readonly do: "tag-provider"; readonly arn: string; readonly tags: Tags }
  | { readonly do: "delete-provider"; readonly arn: string }
  | {
      readonly do: "create-role";
      readonly name: string;
      readonly path: string;
      readonly trustPolicy: string;
      readonly description: string;
      readonly maxSessionSeconds: number;
      readonly permissionsBoundary: string | null;
      readonly tags: Tags;
    }
  | {
      readonly do: "update-role";
      readonly name: string;
      readonly description: string;
      readonly maxSessionSeconds: number;
    }
  | { readonly do: "put-boundary"; readonly name: string; readonly boundary: string }
  | { readonly do: "delete-boundary"; readonly name: string }
  | { readonly do: "update-trust-policy"; readonly name: string; readonly trustPolicy: string }
  | { readonly do: "tag-role"; readonly name: string; readonly tags: Tags }
  | { readonly do: "untag-role"; readonly name: string; readonly keys: readonly string[] }
  | { readonly do: "delete-role"; readonly name: string }
  | {
      readonly do: "create-policy";
      readonly name: string;
      readonly arn: string;
      readonly document: string;
      readonly tags: Tags;
    }
  | { readonly do: "create-policy-version"; readonly arn: string; readonly document: string }
  | { readonly do: "delete-policy-version"; readonly arn: string; readonly version: string }
  | { readonly do: "tag-policy"; readonly arn: string; readonly tags: Tags }
  | { readonly do: "delete-policy"; readonly arn: string }
  | { readonly do: "attach"; readonly name: string; readonly arn: string }
  | { readonly do: "detach"; readonly name: string; readonly arn: string }
  | { readonly do: "delete-inline-policy"; readonly name: string; readonly policy: string };

export type ChangeAction = "create" | "update" | "delete" | "attach" | "detach" | "tag";

export type ChangedResource =
  | "oidc-provider"
  | "role"
  | "trust-policy"
  | "policy"
  | "attachment"
  | "inline-policy";

/**
 * What a step does to access. `closes` never lets anybody in, whichever other steps were carried
 * out, so it is carried out even after another step has failed; everything else then waits for
 * the next run. `neutral` changes nobody's access.
 */
export type Effect = "closes" | "opens" | "neutral";

/** One step to close one difference, with what a reader wants to know of it. */
export type Change = {
  readonly action: ChangeAction;
  readonly resource: ChangedResource;
  /** The ARN, or the name where the resource has none. */
  readonly id: string;
  /** For readers only; nothing branches on it. */
  readonly reason: string;
  /** What was there, whole, so that a correction loses nothing. */
  readonly before: unknown;
  readonly after: unknown;
  readonly effect: Effect;
  readonly step: Step;
  /**
   * Part of a stretch in which the deploy policy is off the role, or nobody gets in: `open` begins it, `close`
   * ends it, and `back` ends it where nothing in it could open. `shut` is what begins it, alone: it stays.
   */
  readonly bracket?: "open" | "inside" | "close" | "back" | "shut";
  /** Of what begins such a stretch: what is to be closed alone where nothing in it may open; left out for nothing. */
  readonly meanwhile?: Change;
  /** Of what ends it: what is written in its place where nothing in it could open; left out for nothing. */
  readonly putBack?: Change;
  /** What is better done first, and what nothing waits for where it fails. */
  readonly isAhead?: true;
  /** Of use only where the last step of this kind before it was carried out; left out otherwise. */
  readonly follows?: "create-policy-version" | "delete-role";
};

/**
 * Must everything that opens wait for the next run where this change failed? Not for a tag or a
 * description that changes nobody's access: somebody may forbid those for good. A role or a policy
 * that could not be made stops what builds on it.
 */
export function stopsOpening({ effect, step, isAhead }: Change): boolean {
  const isRemark =
    step.do === "tag-role" ||
    step.do === "untag-role" ||
    step.do === "tag-policy" ||
    step.do === "tag-provider" ||
    step.do === "update-role";
  return isAhead !== true && !(isRemark && effect === "neutral");
}

/** Does it close what need not be open again? What begins a bracket is there for what opens in it. */
export function closesForGood({ effect, bracket }: Change): boolean {
  return effect === "closes" && bracket !== "open";
}

/** Is it there for what comes between alone: does it take something away for a moment, or bring that back? */
export function beginsOrEnds({ bracket }: Change): boolean {
  return bracket !== undefined && bracket !== "inside";
}

/** Does the step change what the deploy policy says? */
export function writesPolicy(step: Step): boolean {
  return step.do === "create-policy" || step.do === "create-policy-version";
}

/** How one change ended. */
export type ChangeResult =
  | {
      readonly change: Change;
      readonly outcome: "applied";
      /** The id of the policy version that was written; `null` where none was. */
      readonly policyVersion: string | null;
    }
  | {
      readonly change: Change;
      readonly outcome: "failed";
      readonly fault: Fault;
      /** No answer came, and no look showed whether it was made. */
      readonly mayBeMade?: true;
      /** No answer came to one of its tries, whatever a look showed: it may show an older state. */
      readonly unanswered?: true;
    }
  /** `skipped`: it waits, since another one failed. `left`: the mode or a dry run forbids it. */
  | { readonly change: Change; readonly outcome: "skipped" | "left" };
