import type { Draft } from "./alert-draft.ts";
import { shortName } from "./describe.ts";
import type { EnvironmentResult } from "./environment.ts";
import { otherHolders, reportedHolders } from "./other-holders.ts";

/** Somebody else holds the deploy policy: reported once for each number of others. */
export function holderDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, status } = result;
  const now = reportedHolders({ entry: { ...result.entry, status } });
  if (plan.kind !== "planned" || now <= reportedHolders(result)) return [];
  const { arn } = plan.desired.policy;
  return [
    {
      kind: "conflict",
      severity: "warning",
      title: `${shortName(arn)} is also given to ${others(now)}`,
      parts: [
        `${arn} is attached to ${others(now)} beside role/${plan.desired.role.name}, or is a permissions boundary there. Whatever a later version adds to it, they gain as well, and no guard looks at who they let in.`,
        "Nothing was changed: what others hold is theirs.",
        `See who they are: aws iam list-entities-for-policy --policy-arn ${arn}. Detach it there, and give them a policy of their own.`,
      ],
    },
  ];
}

/** Who else gains what an edit adds to the policy, also where IAM may be late; empty where nobody does. */
export function gainToo(result: EnvironmentResult): string {
  const also = otherHolders(result);
  return also === 0
    ? ""
    : `The policy is also given to ${others(also)}, who ${also === 1 ? "gains" : "gain"} the same.`;
}

function others(count: number): string {
  return count === 1 ? "1 other identity" : `${count} other identities`;
}
