import type { Account } from "../aws/account.ts";
import { iamArn } from "../aws/arn.ts";
import { keyPresence } from "../circleci/tokens.ts";
import { admissionIn } from "../explain/admits.ts";
import { requestsOfClaims } from "../explain/claims.ts";
import { isBareIssuer, issuerNamed, issuerNameOf } from "../issuers/issuer.ts";
import { isIssuersKey, sendingOf } from "../issuers/keys.ts";
import type { PolicyCondition, TrustPolicy } from "../policy/document.ts";
import type { TrustRequest } from "../policy/request.ts";
import type { SeenIdentity } from "./sighting.ts";

/** Does a trust policy admit an identity, and if not, what stops it? */
export type Judgement =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused" | "undecided"; readonly obstacle: string };

/** An identity before a policy: the request it makes, and the policy as far as it can be decided. */
export type Hearing = {
  readonly policy: TrustPolicy;
  readonly request: TrustRequest;
  readonly judgement: Judgement;
};

/** Where and when it is asked. */
type Setting = {
  /** The role's: a provider is in the role's own account. */
  readonly account: Account;
  readonly now: Date;
};

/** The keys of the moment, which no token carries. */
export function momentOf(now: Date): ReadonlyMap<string, string> {
  return new Map([
    ["aws:currenttime", `${now.toISOString().slice(0, 19)}Z`],
    ["aws:epochtime", String(Math.floor(now.getTime() / 1000))],
  ]);
}

/**
 * Asks a policy about identities, as `trust admits` asks about one token: with the claims that a
 * record holds, and now. A key may have a value that no record holds, such as a claim that only
 * GitHub has, or one that the next call may choose otherwise, such as the session's name. Where such a
 * key decides, the identity is undecided.
 */
export function judgeOf(
  policy: TrustPolicy,
  { account, now }: Setting,
): (identity: SeenIdentity) => Hearing {
  const moment = momentOf(now);
  return ({ issuer, claims }) => {
    const name = issuerNameOf(issuer);
    const id = isBareIssuer(name) ? name : iamArn(account, `oidc-provider/${name}`);
    const [asked, ...others] = requestsOfClaims(policy, claims, moment);
    if (asked === undefined) throw new Error("A token makes one request at least.");
    const made = [asked, ...others].find(({ principal }) => principal.id === id) ?? asked;
    const request: TrustRequest = { ...made, principal: { type: "Federated", id } };
    const known = withoutUnknown(policy, request, { account, moment });
    const admission = admissionIn(known, request);
    switch (admission.kind) {
      case "admitted":
        return { policy: known, request, judgement: { kind: "admitted" } };
      case "undecided": {
        const obstacle = `Whether ${admission.statement} applies is open: it hangs on what the record of a call does not hold or AWS does not document.`;
        return { policy: known, request, judgement: { kind: "undecided", obstacle } };
      }
      case "not-admitted": {
        const [first] = admission.obstacles;
        const obstacle = first?.message ?? "The policy has no Allow.";
        return { policy: known, request, judgement: { kind: "refused", obstacle } };
      }
      default:
        return admission satisfies never;
    }
  };
}

type Asking = { readonly account: Account; readonly moment: ReadonlyMap<string, string> };

/** The policy in which no condition on an unknown key is decided. */
function withoutUnknown(policy: TrustPolicy, request: TrustRequest, asking: Asking): TrustPolicy {
  const unknown = (condition: PolicyCondition) => isUnknown(condition, request, asking);
  const isClear = policy.statements.every(({ conditions }) => !conditions.some(unknown));
  if (isClear) return policy;
  return {
    ...policy,
    statements: policy.statements.map((statement) => ({
      ...statement,
      conditions: statement.conditions.map((each) => (unknown(each) ? undecidable(each) : each)),
    })),
  };
}

function isUnknown({ key, test }: PolicyCondition, request: TrustRequest, asking: Asking): boolean {
  const { principal, context } = request;
  if (asking.moment.has(key)) return false;
  if (isIssuersKey(key)) {
    const { partition } = asking.account;
    const name = issuerNameOf(principal.id.replace(/^.*:oidc-provider\//, ""));
    return !context.has(key) && sendingOf(issuerNamed(name, partition), key) !== "never";
  }
  const provider = { arn: principal.id, keyPrefix: "", organizationId: null };
  const presence = keyPresence(provider, key);
  // That it is there is known, which is all that Null asks.
  if (presence.kind === "present") return test.kind !== "null";
  return presence.kind === "either";
}

function undecidable(condition: PolicyCondition): PolicyCondition {
  const { operator, keyText, where, values } = condition;
  const message = `${operator} on ${keyText} cannot be decided from a record.`;
  const problem = { code: "unclear-value", message, where };
  return {
    ...condition,
    test: { kind: "unclear", negated: false, operands: values, problem },
    unclear: [],
  };
}
