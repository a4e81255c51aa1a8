import type { Account } from "../aws/account.ts";
import { parseArn } from "../aws/arn.ts";
import { type CauseCode, type CheckResult, shown } from "./causes.ts";

/** The role's ARN as it was asked for, read; by hand it may be a name alone. */
type AskedRole =
  | {
      readonly kind: "arn";
      readonly text: string;
      readonly partition: string;
      readonly account: string;
      readonly name: string;
    }
  | { readonly kind: "name"; readonly text: string; readonly name: string }
  /** `name` is what would be looked up if it were written well; null where nothing can be. */
  | {
      readonly kind: "malformed";
      readonly text: string;
      readonly name: string | null;
      readonly why: string;
    };

const arnGrammar =
  /^arn:([a-z][a-z0-9-]*):iam::(\d{12}):role\/((?:[\u0021-\u007e]+\/)?)([\w+=,.@-]{1,64})$/;
const nameGrammar = /^[\w+=,.@-]{1,64}$/;
const arnLengthMax = 2048;

/**
 * Reads what a job asked for. STS takes an ARN only, 20 to 2048 characters.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */
export function askedRole(text: string): AskedRole {
  const arn = arnGrammar.exec(text);
  if (arn !== null && text.length <= arnLengthMax) {
    const [, partition = "", account = "", , name = ""] = arn;
    return { kind: "arn", text, partition, account, name };
  }
  if (nameGrammar.test(text)) return { kind: "name", text, name: text };
  const last = text.trim().replace(/["']/g, "").split(/[/:]/).at(-1) ?? "";
  const name = nameGrammar.test(last) ? last : null;
  // By hand, people write a name with its path too.
  if (!text.includes(":") && /^\/?(?:[\w+=,.@-]+\/)+[\w+=,.@-]+$/.test(text) && name !== null) {
    return { kind: "name", text, name };
  }
  return { kind: "malformed", text, name, why: whyMalformed(text) };
}

function whyMalformed(text: string): string {
  if (text.length > arnLengthMax) return `it is longer than ${arnLengthMax} characters`;
  if (text.trim() !== text) return "there are blanks or line breaks around it";
  if (/\$\{?\w+|<<|%\w+%/.test(text)) return "it is a variable that nobody filled in";
  if (/^["']|["']$/.test(text)) return "there are quotation marks around it";
  const arn = parseArn(text);
  if (arn === null) return "an ARN begins with arn:";
  const { service, region, account, resource } = arn;
  if (service === "sts" || resource.startsWith("assumed-role/")) {
    return "it is the ARN of a session; the role's own begins with arn:aws:iam";
  }
  if (resource.startsWith("oidc-provider/")) return "it is the ARN of the provider";
  if (service !== "iam") return `it is the ARN of something of ${service || "no service"}`;
  if (region !== "") return "an ARN of IAM has no Region: write two colons before the account";
  if (!/^\d{12}$/.test(account.id)) return "its account is not twelve digits";
  if (!resource.startsWith("role/")) return "what follows the account is not role/ and a name";
  return "its name holds a character that no role's name has";
}

/** What the account says of the role by that name. */
export type RoleFound =
  /** `arn` is null where a file holds the trust policy and not whose it is. */
  | { readonly kind: "found"; readonly arn: string | null }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly why: string };

const code: CauseCode = "role-missing";
const next =
  "Compare AWS_ROLE_ARN in CircleCI with the output AWS_ROLE_ARN of the environment's status: STS looks up the whole ARN, account and path included.";

/** Is there a role under this very ARN? STS answers with AccessDenied where there is none. */
export function roleFinding(
  asked: AskedRole | null,
  found: RoleFound,
  account: Account,
): CheckResult {
  const check = "role";
  const given = "the role is the one whose trust policy was given";
  if (asked === null) {
    if (found.kind === "found") return { check, ok: true, detail: given };
    return { check, ok: null, detail: "the record names no role" };
  }
  const failed = (detail: string): CheckResult => ({ check, ok: false, detail, code, next });
  const real = found.kind === "found" ? found.arn : null;
  const instead = real === null ? "" : `: the role is ${real}`;
  const text = shown(asked.text);
  if (asked.kind === "malformed") {
    return failed(
      `the job asked for ${JSON.stringify(text)}, no ARN of a role (${asked.why})${instead}`,
    );
  }
  if (asked.kind === "arn") {
    if (asked.partition !== account.partition) {
      return failed(
        `the job asked for ${text}, a role of the partition ${asked.partition}; this account is in ${account.partition}${instead}`,
      );
    }
    if (asked.account !== account.id) {
      return failed(
        `the job asked for ${text}, not this account's role: it is of account ${asked.account}, this is ${account.id}${instead}`,
      );
    }
  }
  if (found.kind === "unreadable") return { check, ok: null, detail: found.why };
  if (found.kind === "found" && real === null) return { check, ok: true, detail: given };
  if (real === null) {
    return failed(
      `there is no role ${shown(asked.name)} in account ${account.id}: the job asked for ${text}`,
    );
  }
  if (isSame(asked, real)) return { check, ok: true, detail: `the role is ${real}` };
  const differs =
    asked.text.toLowerCase() === real.toLowerCase() ? "only the case differs" : "the path differs";
  return failed(
    `the role is ${real}, the job asked for ${text}: ${differs}, so this is not this account's role`,
  );
}

function isSame(asked: Exclude<AskedRole, { readonly kind: "malformed" }>, real: string): boolean {
  if (asked.kind === "arn") return asked.text === real;
  return real.endsWith(`${asked.text.startsWith("/") ? "" : "/"}${asked.text}`);
}
