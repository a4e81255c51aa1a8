import { isRecord } from "../input/members.ts";
import type { FinishedCall } from "../server/record.ts";

/** What CloudTrail asks IAM about a session: its role's ARN, with the path. */
export type RoleArnOf = (roleName: string) => string | null;

/** The caller in a record, and the short name in the event history. */
export type Identity = {
  readonly userIdentity: Readonly<Record<string, unknown>>;
  readonly username: string | null;
};

/**
 * The `userIdentity` element. Only a session has a `sessionContext`. A call with a web identity
 * token has the token's subject. Source: CloudTrail User Guide, "CloudTrail userIdentity element".
 */
export function identityOf(
  { call, outcome }: FinishedCall,
  known: { readonly roleArnOf: RoleArnOf; readonly sessionBegan: string },
): Identity {
  const { caller, account } = call;
  const base = { arn: caller.arn, accountId: account, accessKeyId: caller.accessKeyId };
  switch (caller.kind) {
    case "root":
      return {
        userIdentity: { type: "Root", principalId: account, ...base },
        username: "root",
      };
    case "user": {
      const userName = caller.arn.slice(caller.arn.lastIndexOf("/") + 1);
      return {
        userIdentity: { type: "IAMUser", principalId: caller.userId, ...base, userName },
        username: userName,
      };
    }
    case "assumed-role": {
      const role = caller.role ?? caller.arn.split("/").at(-2) ?? "";
      const sessionIssuer = {
        type: "Role",
        principalId: caller.userId.split(":")[0] ?? "",
        arn: known.roleArnOf(role) ?? `arn:aws:iam::${account}:role/${role}`,
        accountId: account,
        userName: role,
      };
      const attributes = { creationDate: known.sessionBegan, mfaAuthenticated: "false" };
      return {
        userIdentity: {
          type: "AssumedRole",
          principalId: caller.userId,
          ...base,
          sessionContext: { sessionIssuer, attributes },
        },
        username: caller.userId.split(":")[1] ?? null,
      };
    }
    case "anonymous":
      return webIdentity(call.input, call.account, outcome);
    default:
      return caller.kind satisfies never;
  }
}

function webIdentity(
  input: Readonly<Record<string, unknown>>,
  account: string,
  outcome: FinishedCall["outcome"],
): Identity {
  const answered = outcome.kind === "answered" && isRecord(outcome.output) ? outcome.output : {};
  const claims = claimsOf(input["WebIdentityToken"]);
  const subject = textOf(answered["SubjectFromWebIdentityToken"]) ?? textOf(claims["sub"]);
  const issuer = textOf(claims["iss"])?.replace(/^https:\/\//, "");
  if (subject === null) {
    return {
      userIdentity: { type: "Unknown", principalId: "", accountId: account },
      username: null,
    };
  }
  const provider =
    textOf(answered["Provider"]) ?? `arn:aws:iam::${account}:oidc-provider/${issuer ?? ""}`;
  const audience = textOf(answered["Audience"]) ?? textOf(claims["aud"]) ?? "";
  return {
    userIdentity: {
      type: "WebIdentityUser",
      principalId: `${provider}:${audience}:${subject}`,
      userName: subject,
      identityProvider: provider,
    },
    username: subject,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** The claims of a token, not verified: good enough for a record. */
function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  const payload = typeof token === "string" ? (token.split(".")[1] ?? "") : "";
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}
