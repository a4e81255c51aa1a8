import type { MiddlewareStack } from "@smithy/types";
import { isRecord } from "../json.ts";

/**
 * What an operation's answer always has: a path to each member, with `[]` behind a list each of whose
 * entries has the rest. An answer without them says nothing, neither that something is absent nor that
 * a list is empty. What is behind `?` may be left out, but is of that type where it is there. A member is a text,
 * with `#` a number, with `!` true or false, with `{}` an object. `=` is followed by the member of the
 * request that it repeats. The SDK hands on what an answer of JSON has, whatever its types say.
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
  GetParameters: ["Parameters[].Name", "Parameters[].Version#", "Parameters[].Value"],
  GetParametersByPath: ["Parameters[].Name", "Parameters[].Version#", "Parameters[].Value"],
  GetParameterHistory: ["Parameters[].Version#", "Parameters[].Value"],
  PutParameter: ["Version#"],
  DescribeRepositories: ["repositories[].repositoryArn"],
  DescribeServices: [
    "services[].serviceName",
    "services[].serviceArn",
    "services[].status",
    // Left out where task sets have their own, and where ECS deploys.
    "services[].taskDefinition?",
    "services[].deploymentController?.type?",
    "services[].resourceManagementType?",
    "failures?[].arn?",
  ],
  ListApps: ["apps[].appId"],
  ListBranches: ["branches[].branchArn"],
  LookupEvents: ["Events[]{}"],
  Publish: ["MessageId"],
  PutEvents: ["Entries[]{}"],
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

/** The values at a path; null where one of them is missing, or of another type. */
function valuesAt(
  values: readonly unknown[],
  [member, ...rest]: readonly string[],
): readonly unknown[] | null {
  if (member === undefined) return values;
  if (!values.every(isRecord)) return null;
  const [name = ""] = member.split(/\W/, 1);
  const mayLack = member.includes("?");
  const found = values
    .map((value) => value[name] ?? null)
    .filter((value) => !mayLack || value !== null);
  const isList = member.includes("[]");
  if (isList && !found.every(Array.isArray)) return null;
  const entries = isList ? found.flat(1) : found;
  if (rest.length > 0) return valuesAt(entries, rest);
  return entries.every((value) => isOfType(value, member, mayLack)) ? entries : null;
}

function isOfType(value: unknown, member: string, mayBeEmpty: boolean): boolean {
  if (member.endsWith("#")) return Number.isFinite(value);
  if (member.endsWith("!")) return typeof value === "boolean";
  if (member.endsWith("{}")) return isRecord(value);
  return typeof value === "string" && (mayBeEmpty || value !== "");
}
