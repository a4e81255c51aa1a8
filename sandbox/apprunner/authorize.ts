import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
} from "../input/authorization.ts";
import { isRecord } from "../input/members.ts";
import type { Call } from "../server/operation.ts";
import type { AppRunnerServices } from "./service.ts";

/**
 * What IAM checks for an App Runner call. CreateService is checked on the name with any id, and the
 * list calls on everything. A call that passes roles also needs `iam:PassRole` on each. Source:
 * Service Authorization Reference, AWS App Runner.
 */
export function authorizeAppRunner(
  services: AppRunnerServices,
  call: Call,
): readonly Authorization[] {
  const action = `apprunner:${call.operation}`;
  const place = `arn:aws:apprunner:${call.region}:${call.account}`;
  switch (call.operation) {
    case "ListServices":
      return [{ action, resource: "*" }];
    case "CreateService": {
      const resource = `${place}:service/${textIn(call.input, "ServiceName") ?? ""}/*`;
      const context = requestTagContext(tagsIn(call.input, "Tags"));
      return [{ action, resource, context }, ...passedRoles(call)];
    }
    default: {
      const resource = textIn(call.input, "ServiceArn") ?? textIn(call.input, "ResourceArn") ?? "";
      const context = resourceTagContext(services.get(resource)?.tags ?? new Map());
      return [{ action, resource, context }, ...passedRoles(call)];
    }
  }
}

/**
 * The roles that a request passes, each with the principal that it has to trust. App Runner does
 * not document these principals; people see them.
 */
function passedRoles({ input }: Call): readonly Authorization[] {
  const source = structureIn(input, "SourceConfiguration");
  const passed = [
    [structureIn(input, "InstanceConfiguration"), "InstanceRoleArn", "tasks"],
    [structureIn(source, "AuthenticationConfiguration"), "AccessRoleArn", "build"],
  ] as const;
  return passed.flatMap(([structure, member, principal]) => {
    const resource = textIn(structure, member);
    if (resource === null) return [];
    const context = new Map([["iam:PassedToService", [`${principal}.apprunner.amazonaws.com`]]]);
    return [{ action: "iam:PassRole", resource, context }];
  });
}

function structureIn(input: Call["input"], name: string): Call["input"] {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  return isRecord(value) ? value : {};
}
