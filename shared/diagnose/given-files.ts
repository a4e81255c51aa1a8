import type { Account } from "../aws/account.ts";
import { accountOfArn } from "../aws/arn.ts";
import { issuerNameOf } from "../issuers/issuer.ts";
import { isRecord, parseJson } from "../json.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import { documentIn } from "../policy/wrapping.ts";
import type { RoleSeen } from "./examine.ts";
import { type ProviderSeen, trustedIssuers } from "./token-checks.ts";

type FileReading<Value> =
  | { readonly kind: "read"; readonly value: Value }
  | { readonly kind: "refused"; readonly why: string };

/** A provider out of a file: whose issuer it is for, and what decides. */
export type GivenProvider = ProviderSeen & {
  /** Without the scheme, as IAM names it. */
  readonly issuer: string;
};

/**
 * Reads a role's trust policy: the document alone, or in what the AWS CLI and other tools print. The
 * output of `get-role` also has the role's ARN, tags and longest session.
 *
 * @param role whose policy is meant, where a file holds several
 */
export function roleInFile(text: string, role: string | null): FileReading<RoleSeen> {
  const alone = documentIn(text);
  const found = alone.kind === "refused" && role !== null ? documentIn(text, role) : alone;
  if (found.kind === "refused") return { kind: "refused", why: found.problem.message };
  const parsed = parseTrustPolicy(found.text);
  if (parsed.kind === "refused") {
    const { message, where } = parsed.problem;
    return { kind: "refused", why: where === "" ? message : `at ${where}, ${message}` };
  }
  const { arn, maxSessionSeconds, tags } = besideThePolicy(text);
  return { kind: "read", value: { arn, maxSessionSeconds, tags, trustPolicy: found.text } };
}

function besideThePolicy(text: string): Pick<RoleSeen, "arn" | "maxSessionSeconds" | "tags"> {
  const whole = parseJson(text);
  const role = isRecord(whole) && isRecord(whole["Role"]) ? whole["Role"] : {};
  const { Arn: arn, MaxSessionDuration: longest, Tags: tags } = role;
  return {
    arn: typeof arn === "string" ? arn : null,
    maxSessionSeconds: typeof longest === "number" ? longest : null,
    // The CLI leaves the list out where a role has no tags.
    tags: typeof arn === "string" ? tagsPrinted(tags) : null,
  };
}

/** Tags as the AWS CLI prints them: a list of `Key` and `Value`. */
function tagsPrinted(given: unknown): Readonly<Record<string, string>> {
  const listed: readonly unknown[] = Array.isArray(given) ? given : [];
  return Object.fromEntries(
    listed.filter(isRecord).flatMap(({ Key, Value }): [string, string][] => {
      return typeof Key === "string" && typeof Value === "string" ? [[Key, Value]] : [];
    }),
  );
}

/** Reads the output of `aws iam get-open-id-connect-provider`. */
export function providerInFile(text: string): FileReading<GivenProvider> {
  const value = parseJson(text);
  if (!isRecord(value)) return { kind: "refused", why: "it is not an object of JSON" };
  const { Url: url, ClientIDList: listed } = value;
  if (typeof url !== "string" || url === "") return { kind: "refused", why: "it has no Url" };
  const given: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const audiences = given.filter((audience) => typeof audience === "string");
  if (!Array.isArray(listed) || audiences.length !== given.length) {
    return { kind: "refused", why: "it has no ClientIDList of texts" };
  }
  return { kind: "read", value: { issuer: issuerNameOf(url), audiences } };
}

/**
 * The account that files are of: the role's ARN names it, else the provider that the trust policy
 * trusts. Where neither does, one that no account has.
 *
 * @param issuer of the provider that was given, of which a trust policy may name several
 */
export function accountOfFiles(given: {
  readonly role: string | null;
  readonly trust: RoleSeen;
  readonly issuer: string;
}): Account {
  const { role, trust, issuer } = given;
  const { principals } = trustedIssuers(trust.trustPolicy);
  const own = principals.filter((principal) => principal.endsWith(`:oidc-provider/${issuer}`));
  for (const arn of [role, trust.arn, ...own, ...principals]) {
    const account = arn === null ? null : accountOfArn(arn);
    if (account !== null && /^\d{12}$/.test(account.id)) return account;
  }
  return { id: "000000000000", partition: "aws" };
}
