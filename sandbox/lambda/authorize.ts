import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
} from "../input/authorization.ts";
import type { Call } from "../server/operation.ts";
import { functionArn, readReference } from "./reference.ts";
import type { Functions } from "./state.ts";

/**
 * What IAM checks for a Lambda call: the action on the function. A call that may ask for a version
 * or an alias and does is checked on that one's own ARN, whichever way it names it. Creating a
 * function also needs `iam:PassRole` on its role. Sources: Service Authorization Reference, AWS
 * Lambda; the qualifier as AWS announced it for January 2022.
 */
export function authorizeLambda(functions: Functions, call: Call): readonly Authorization[] {
  const action = call.operation === "Invoke" ? "lambda:InvokeFunction" : `lambda:${call.operation}`;
  if (call.operation === "ListFunctions") return [{ action, resource: "*" }];
  const text = textIn(call.input, "FunctionName") ?? "";
  const named = readReference(text) ?? { name: text, qualifier: null };
  const qualifier = textIn(call.input, "Qualifier") ?? named.qualifier;
  const resource = functionArn(call, { name: named.name, qualifier });
  const context = new Map([
    ...requestTagContext(tagsIn(call.input, "Tags")),
    ...resourceTagContext(functions.get(named.name)?.tags ?? new Map()),
  ]);
  return [{ action, resource, context }, ...passedRole(call)];
}

function passedRole(call: Call): readonly Authorization[] {
  const resource = textIn(call.input, "Role");
  if (resource === null) return [];
  const context = new Map([["iam:PassedToService", ["lambda.amazonaws.com"]]]);
  return [{ action: "iam:PassRole", resource, context }];
}
