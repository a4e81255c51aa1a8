import type { MiddlewareStack } from "@smithy/types";
import { isRecord } from "../json.ts";
import { asked, type Form, flag, isLike, maybe, number, text } from "./answer-form.ts";

const parameters: Form = { Parameters: [{ Name: text, Version: number, Value: text }] };

/**
 * What an operation's answer has: an answer without it, or with something of another type, says nothing, neither
 * that something is absent nor that a list is empty. Listed is what a decision rests on. What AWS may leave out is
 * `maybe` there: a setting that nobody made, and a list that is empty, unless each example of it has the list.
 * The SDK hands on what an answer of JSON has, whatever its own types say.
 * Source: the API references of the services, response elements and examples.
 *
 * These are those of IAM and Parameter Store that a run reads; the others are in late-answers.ts.
 */
const always: Readonly<Record<string, Form>> = {
  GetRole: {
    Role: {
      RoleName: asked("RoleName"),
      Arn: text,
      Path: text,
      AssumeRolePolicyDocument: text,
      MaxSessionDuration: maybe(number),
    },
  },
  ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: text }] },
  ListRolePolicies: { PolicyNames: [text] },
  GetRolePolicy: { PolicyName: asked("PolicyName"), PolicyDocument: text },
  GetPolicy: {
    Policy: {
      Arn: asked("PolicyArn"),
      DefaultVersionId: text,
      AttachmentCount: number,
      PermissionsBoundaryUsageCount: maybe(number),
    },
  },
  GetPolicyVersion: {
    PolicyVersion: { VersionId: asked("VersionId"), Document: text },
  },
  ListPolicyVersions: { Versions: [{ VersionId: text, IsDefaultVersion: flag }] },
  GetOpenIDConnectProvider: { Url: text },
  GetParameter: { Parameter: { Value: text } },
  GetParameters: parameters,
  // What one of them lacks, it is asked for by its name.
  GetParametersByPath: { Parameters: [{ Name: text }] },
  PutParameter: { Version: number },
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
      const form = await formOf(service, operation);
      const isStrange = inXml.includes(service) && isPage(result.response);
      if (
        isStrange ||
        leadsNowhere(result.output, args.input) ||
        !isLike(form, result.output, args.input)
      ) {
        throw new TypeError("the answer is not the operation's");
      }
      return result;
    },
    { step: "deserialize", priority: "high", name: "refuseStrangeAnswers" },
  );
}

async function formOf(service: string, operation: string): Promise<Form> {
  const known = ["iam", "ssm"].includes(service) ? always[operation] : undefined;
  if (known !== undefined) return known;
  const { lateAnswers } = await import("./late-answers.ts");
  return lateAnswers[service]?.[operation] ?? {};
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
