import type { MiddlewareStack } from "@smithy/types";
import { isRecord } from "../json.ts";

/**
 * What an operation's answer always has: a path to each member, with `[]` behind a list each of whose
 * entries has the rest. An answer without them says nothing, neither that something is absent nor that
 * a list is empty. `=` is followed by the member of the request that it repeats.
 * Source: the API references of the services, response elements and examples.
 */
const always: Readonly<Record<string, readonly string[]>> = {
  GetRole: ["Role.RoleName=RoleName", "Role.Arn", "Role.AssumeRolePolicyDocument"],
  ListAttachedRolePolicies: ["AttachedPolicies[].PolicyArn"],
  ListRolePolicies: ["PolicyNames[]"],
  GetRolePolicy: ["PolicyName=PolicyName", "PolicyDocument"],
  GetPolicy: ["Policy.Arn=PolicyArn", "Policy.DefaultVersionId"],
  GetPolicyVersion: ["PolicyVersion.VersionId=VersionId", "PolicyVersion.Document"],
  ListPolicyVersions: ["Versions[].VersionId"],
  GetOpenIDConnectProvider: ["Url"],
  GetAccountAuthorizationDetails: [
    "RoleDetailList[].RoleName",
    "RoleDetailList[].Arn",
    "RoleDetailList[].AssumeRolePolicyDocument",
    "Policies[].Arn",
  ],
  ListRoles: ["Roles[].RoleName", "Roles[].Arn"],
  CreateRole: ["Role.Arn"],
  CreatePolicy: ["Policy.Arn"],
  CreatePolicyVersion: ["PolicyVersion.VersionId"],
  CreateOpenIDConnectProvider: ["OpenIDConnectProviderArn"],
  GetParameter: ["Parameter.Value"],
  GetParameters: ["Parameters[].Name", "Parameters[].Version", "Parameters[].Value"],
  GetParametersByPath: ["Parameters[].Name", "Parameters[].Version", "Parameters[].Value"],
  GetParameterHistory: ["Parameters[].Version", "Parameters[].Value"],
  PutParameter: ["Version"],
  DescribeRepositories: ["repositories[].repositoryArn"],
  ListServices: [],
  ListApps: ["apps[].appId"],
  ListBranches: ["branches[].branchArn"],
  LookupEvents: ["Events[]"],
  Publish: ["MessageId"],
  PutEvents: ["Entries[]"],
};

/** App Runner and ECS both have an operation of this name. */
const ofService: Readonly<Record<string, readonly string[]>> = {
  "apprunner:ListServices": ["ServiceSummaryList[].ServiceArn"],
};

/**
 * Services whose writes answer with no member, in XML, which the SDK does not read then: only its type
 * tells a page of HTML from it. JSON is always read, and not every implementation names its type.
 */
const inXml: readonly string[] = ["iam", "sns", "sts"];

/**
 * Refuses what is not AWS's answer: a page of HTML, one that lacks what the operation's answer always has,
 * or a listing's page that leads nowhere. A `TypeError`, which `faultOf` sorts as an answer that
 * cannot be read.
 */
export function refuseStrangeAnswers<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  service: string,
): void {
  stack.add(
    (next, context) => async (args) => {
      const result = await next(args).catch((thrown: unknown) => {
        throw withMessage(thrown);
      });
      const operation = (context["commandName"] ?? "").replace(/Command$/, "");
      const paths = ofService[`${service}:${operation}`] ?? always[operation] ?? [];
      const isStrange = inXml.includes(service) && isPage(result.response);
      if (
        isStrange ||
        leadsNowhere(result.output, args.input) ||
        paths.some((path) => lacks(result.output, path, args.input))
      ) {
        throw new TypeError("the answer is not the operation's");
      }
      return result;
    },
    { step: "deserialize", priority: "high", name: "refuseStrangeAnswers" },
  );
}

/** The SDK hands an error's message on as the answer has it, a number or a list too. */
function withMessage(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { message: said }: { readonly message: unknown } = thrown;
  return typeof said === "string" ? thrown : Object.assign(thrown, { message: "" });
}

/**
 * A page whose next one is itself, which a paginator would always read once more, or has no name: it would
 * take what is there for the whole.
 */
function leadsNowhere(output: unknown, input: unknown): boolean {
  if (!isRecord(output) || !isRecord(input)) return false;
  const isItself = ["Marker", "NextToken", "nextToken"].some(
    (name) => output[name] && output[name] === input[name],
  );
  return isItself || (output["IsTruncated"] === true && !output["Marker"]);
}

function isPage(response: unknown): boolean {
  const headers = isRecord(response) ? response["headers"] : null;
  const type = isRecord(headers) ? headers["content-type"] : null;
  return typeof type === "string" && type.startsWith("text/html");
}

function lacks(output: unknown, path: string, input: object): boolean {
  const [members = "", asked] = path.split("=");
  const values = valuesAt([output], members.split("."));
  if (values === null) return true;
  if (asked === undefined) return false;
  const wanted = isRecord(input) ? input[asked] : undefined;
  return values.some((value) => String(value).toLowerCase() !== String(wanted).toLowerCase());
}

/** The values at a path; null where one of them is missing. */
function valuesAt(
  values: readonly unknown[],
  [member, ...rest]: readonly string[],
): readonly unknown[] | null {
  if (member === undefined) return values;
  const name = member.replace("[]", "");
  const found = values.map((value) => (isRecord(value) ? (value[name] ?? null) : null));
  if (found.includes(null)) return null;
  if (name === member) return found.includes("") ? null : valuesAt(found, rest);
  if (!found.every(Array.isArray)) return null;
  const entries = found.flat(1);
  return entries.includes(null) ? null : valuesAt(entries, rest);
}
