import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
  textsIn,
} from "../input/authorization.ts";
import type { Call } from "../server/operation.ts";
import { parameterArn, selected } from "./name.ts";
import type { Parameters } from "./parameter.ts";
import { parameterAt } from "./read.ts";

/**
 * What IAM checks for a Parameter Store call: the action on each parameter that it names, with the
 * keys `ssm:Overwrite`, `ssm:Recursive` and those of tags. Source: Service Authorization Reference,
 * AWS Systems Manager.
 */
export function authorizeParameters(parameters: Parameters, call: Call): readonly Authorization[] {
  const action = `ssm:${call.operation}`;
  if (call.operation === "DescribeParameters") {
    return [{ action, resource: `arn:aws:ssm:${call.region}:${call.account}:*` }];
  }
  const tags = requestTagContext(tagsIn(call.input, "Tags"));
  return targetsOf(call).flatMap((reference) => {
    const { name } = selected(reference);
    const parameter = parameterAt(parameters, name);
    const resource = name.startsWith("arn:") ? name : parameterArn(call, name);
    const context = new Map([
      ...resourceTagContext(parameter?.tags ?? new Map(), "ssm"),
      ...tags,
      ...ownKeys(call),
    ]);
    const checks = [{ action, resource, context }];
    const alsoTags = call.operation === "PutParameter" && tags.size > 0;
    return alsoTags ? [...checks, { action: "ssm:AddTagsToResource", resource, context }] : checks;
  });
}

function targetsOf(call: Call): readonly string[] {
  const names = textsIn(call.input, "Names");
  if (names.length > 0) return names;
  const one =
    textIn(call.input, "Name") ?? textIn(call.input, "Path") ?? textIn(call.input, "ResourceId");
  return [one ?? ""];
}

function ownKeys(call: Call): readonly (readonly [string, readonly string[]])[] {
  switch (call.operation) {
    case "PutParameter":
      return [["ssm:Overwrite", [String(call.input["Overwrite"] === true)]]];
    case "GetParametersByPath":
      return [["ssm:Recursive", [String(call.input["Recursive"] === true)]]];
    default:
      return [];
  }
}
