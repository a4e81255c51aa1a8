import type { Account } from "../aws/account.ts";
import type { AskedCall } from "../diagnose/call.ts";
import { type CauseCode, causeCodes } from "../diagnose/causes.ts";
import { type KnownRequest, knownRequest } from "../diagnose/request.ts";
import { judge as judgeRequest } from "../diagnose/statements.ts";
import type { Tags } from "../plan/observed.ts";
import type { TrustPolicy } from "../policy/document.ts";
import type { SeenIdentity } from "./sighting.ts";

/** Does a trust policy admit an identity, and if not, what stops it? */
export type Judgement =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused" | "undecided"; readonly obstacle: string };

/** Where and when it is asked. */
type Setting = {
  /** The role's: a provider is in the role's own account. */
  readonly account: Account;
  readonly tags: Tags;
  readonly now: Date;
};

/**
 * The request that an identity makes, as far as a record says. Another call of the same identity may
 * come with another session name, from another address and to another Region, so that none of these
 * is known.
 */
export function requestOf(identity: SeenIdentity, { account, tags, now }: Setting): KnownRequest {
  const { audience, token } = identity;
  return knownRequest({ call: anyCall, token, account, roleTags: tags, audience, at: now });
}

const anyCall: AskedCall = {
  source: "question",
  role: null,
  token: null,
  noToken: null,
  sessionName: null,
  durationSeconds: null,
  sessionPolicy: null,
  sessionPolicyArns: 0,
  outcome: { kind: "unknown" },
  at: null,
  sourceIp: null,
  userAgent: null,
  region: null,
};

/**
 * Asks a policy about an identity, with what the record holds of its token, and now. Where something
 * decides that no record holds, such as a claim that only GitHub has, the identity is undecided.
 */
export function judge(policy: TrustPolicy, known: KnownRequest): Judgement {
  const { answer, refusals, open } = judgeRequest(policy, known);
  switch (answer) {
    case "yes":
      return { kind: "admitted" };
    case "unclear": {
      const keys = [...new Set(open.map(({ what }) => what))].join(", ");
      const why = `it hangs on ${keys}, which the records do not hold or AWS does not document`;
      return { kind: "undecided", obstacle: `undecided: ${why}` };
    }
    case "no": {
      const rank = (code: CauseCode) => causeCodes.indexOf(code);
      const [first] = refusals.toSorted((one, other) => rank(one.code) - rank(other.code));
      const none = { code: "trust-other-provider", detail: "the trust policy has no Allow" };
      const { code, detail } = first ?? none;
      return { kind: "refused", obstacle: `${code}: ${detail}` };
    }
    default:
      return answer satisfies never;
  }
}
