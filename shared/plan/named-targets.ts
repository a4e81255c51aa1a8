import type { Account } from "../aws/account.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { byKind, type ResolvedTargets, targetKinds } from "../targets/index.ts";
import { deployPolicyOf, type ParameterPlace, readableOutputs } from "../trust/index.ts";
import { digestOf } from "./digest.ts";
import { nothingObserved, type ObservedTargets } from "./observed.ts";

/** A policy that grants nothing and takes nothing away; IAM has none without a statement. */
const grantsNothing = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "none:Nothing", Resource: "*" }],
});

/**
 * The deploy policy of a document by the names in it, whether they resolve or not: the raw text of
 * one side of a comparison, never to be written to IAM. So a target counts from the
 * moment it is named, and a re-created one is the same target.
 *
 * A name that exists stands for today's ARN. One that does not gets an ARN of the right shape that
 * hangs on its kind, Region and name alone. Both sides of a comparison must be given the same
 * `observed`, or a target that came or went meanwhile counts as a difference.
 *
 * @param input.observed what is known of a Region's targets; asked for the document's Region only
 * @returns a policy of any length; where nothing is named, one that grants nothing
 */
export function namedPermissions(input: {
  readonly document: EnvironmentDocument;
  readonly observed: (region: string) => ObservedTargets;
  readonly account: Account;
  /** Where the environment's outputs are, which its jobs may be let read. */
  readonly place: ParameterPlace;
}): string {
  const { document, account } = input;
  const outputs = readableOutputs(document, input.place, account);
  const observed = input.observed(document.deploy.region);
  const policy = deployPolicyOf({ targets: targetsNamed(document, observed, account), outputs });
  return policy === null ? grantsNothing : JSON.stringify(policy);
}

/**
 * What a document grants on every resource as long as it names a target that calls for it, as the text of a policy;
 * nothing where it names none.
 */
export function grantedOnAll(document: EnvironmentDocument, account: Account): readonly string[] {
  const observed = nothingObserved(document.deploy.region, { kind: "absent" });
  const policy = deployPolicyOf({
    targets: targetsNamed(document, observed, account),
    outputs: null,
  });
  return (policy?.Statement ?? []).flatMap((Statement) =>
    Statement.Resource === "*" ? JSON.stringify({ ...policy, Statement }) : [],
  );
}

function targetsNamed(
  { deploy }: EnvironmentDocument,
  observed: ObservedTargets,
  account: Account,
): ResolvedTargets {
  const place = { account, region: deploy.region };
  return byKind<"resolved">((kind) => {
    const idOf = (name: string) => standInId([kind, deploy.region, name]);
    return targetKinds[kind].named(deploy[kind], observed[kind], { place, idOf });
  });
}

function standInId(parts: readonly string[]): string {
  return digestOf(JSON.stringify(parts)).slice(0, 32);
}
